using Shouldly;
using TSpin.Objectives;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Recipes;

public sealed class RecipeFaultTests
{
    private const string Least = "model: {path: /m}\ndata: {train: /t.jsonl}\n";

    [Fact]
    public void Ten_faults_are_reported_together()
    {
        const string Yaml = """
            # A recipe with ten faults.
            name: My Run
            method: tspni
            model:
              dtype: float32
            data:
              train: /data/train.jsonl
              examples: 0
            prompt:
              template: "Question: "
            training:
              learning_rate: -1
              lerning_rate: 5e-7
              epochs: 2
              epochs: 3
            generation:
              top_p: [0.9]
            """;
        var error = Should.Throw<RecipeException>(() => RecipeReader.Parse(Yaml, "recipes/x.yaml", ["training.batch=8"]));
        error.ExitCode.ShouldBe(2);
        error.Faults.Count.ShouldBe(10);
        // Other tests may have registered methods of their own.
        error.Message.Replace(string.Join(", ", Methods.All.Select(method => method.Name)), "tspin, tspin-no-history, tspin-ref, spin, sft", StringComparison.Ordinal).ShouldBe("""
            The recipe has 10 faults:
            recipes/x.yaml:2:1: name: "My Run" cannot name a run folder; use 1 to 100 of a-z 0-9 - _ . starting with a letter or digit (the default is run)
            recipes/x.yaml:3:1: method: tspni is not known here; did you mean "tspin"? It is one of tspin, tspin-no-history, tspin-ref, spin, sft (the default is tspin)
            recipes/x.yaml:4:1: model.path: missing; add "path: ..." under "model:" (The starting model: a folder with config.json, safetensors and tokenizer.json, or a GGUF file.)
            recipes/x.yaml:8:3: data.examples: 0 is not in [1, 1000000000]; use a whole number in that range (the default is null)
            recipes/x.yaml:10:3: prompt.template: "Question: " does not hold {prompt}; use "paper", "none", "chat", or text with {prompt} where the prompt belongs (the default is paper)
            recipes/x.yaml:12:3: training.learning_rate: -1 is not in (0, 1]; use a number in that range (the default is 5e-7)
            recipes/x.yaml:13:3: training.lerning_rate: unknown key; did you mean "learning_rate"?
            recipes/x.yaml:15:3: key "epochs" is written twice, first in line 14; keep one of them
            recipes/x.yaml:17:3: generation.top_p: a list of 1 where a number belongs; use one in (0, 1] (the default is 1)
            --set training.batch=8: unknown key; did you mean "batch_size"?
            """);
    }

    [Theory]
    [InlineData("training: {epochs: 1.5}", "1.5 is not a whole number; use one in [1, 1000] (the default is 2)")]
    [InlineData("training: {epochs: \"3\"}", "\"3\" is not a whole number; use one in [1, 1000], without quotes (the default is 2)")]
    [InlineData("training: {epochs: 99999999999999999999}", "99999999999999999999 is not a whole number; use one in [1, 1000] (the default is 2)")]
    [InlineData("training: {epochs: }", "nothing where a whole number belongs; use one in [1, 1000] (the default is 2)")]
    [InlineData("training: {epochs: {a: 1}}", "a group of keys where a whole number belongs; use one in [1, 1000] (the default is 2)")]
    [InlineData("training: {learning_rate: .nan}", ".nan is not a number; use one in (0, 1] (the default is 5e-7)")]
    [InlineData("training: {learning_rate: [1e-6, 1e-6]}", "2 learning rates for 5 iterations; give one number for all, or one for each")]
    [InlineData("training: {learning_rate: [1e-6, 2, 1e-7], iterations: 3}", "2 is not in (0, 1]; use a number in that range (the default is 5e-7)")]
    [InlineData("training: 3", "3 where a group of keys belongs; use for example training.iterations")]
    [InlineData("training: {lr: 1}", "unknown key; did you mean \"learning_rate\"?")]
    [InlineData("temperature: 0.7", "unknown key; did you mean generation.temperature? Put \"temperature:\" under \"generation:\"")]
    [InlineData("training.epochs: 3", "unknown key; did you mean training.epochs? Put \"epochs:\" under \"training:\"")]
    [InlineData("objective: {zzz: 1}", "unknown key; known here: alpha, beta, link, lambda, sft_weight, log_prob")]
    [InlineData("seed: -1", "-1 is not a seed; use a whole number in [0, 2^64-1] (the default is 42)")]
    [InlineData("prompt: {template: 'chat:'}", "\"chat:\" names no template; write for example chat:tool_use")]
    [InlineData("prompt: {arguments: [thinking]}", "\"thinking\" is no NAME=VALUE; write for example enable_thinking=false")]
    [InlineData("prompt: {template: '{prompt} {prompt}'}", "\"{prompt} {prompt}\" holds {prompt} more than once; keep one")]
    [InlineData("prompt: {max_sequence_tokens: 700}", "700 tokens do not hold a prompt of 512 (prompt.max_prompt_tokens) and a response of 256")]
    [InlineData("checkpoints: {keep: best}", "best needs a score to compare by; keep some examples with data.validation, name a file in evaluation.data, or keep last or all")]
    [InlineData("generation: {stop: ['']}", "\"\" is no stop text; use 1 to 200 characters")]
    [InlineData("evaluation: {sampled: yes}", "yes is neither true nor false; use one of these words, without quotes (the default is false)")]
    [InlineData("name: &a x", "anchor &a is refused")]
    [InlineData("name: !!str x", "tag tag:yaml.org,2002:str is refused")]
    [InlineData("[1, 2]: x", "a list of 2 cannot be a key")]
    [InlineData("---\nname: x", "a second YAML document starts here")]
    [InlineData("name: 'x", "not valid YAML: ")]
    [InlineData("\tname: x", "not valid YAML: ")]
    [InlineData("training:\n  epochs: 1\n\tbatch_size: 3", "not valid YAML: ")]
    [InlineData("training:\n\tbatch_size: 3", "not valid YAML: ")]
    [InlineData("training: {epochs: 1", "not valid YAML: ")]
    public void Each_fault_says_what_and_how_to_cure_it(string yaml, string message)
    {
        var fault = Should.Throw<RecipeException>(() => RecipeReader.Parse(Least + yaml, "r.yaml", [])).Faults.ShouldHaveSingleItem();
        fault.ToString().ShouldStartWith($"r.yaml:{fault.Line}:{fault.Column}: ");
        fault.Message.ShouldStartWith(message);
        fault.Line.ShouldBeGreaterThan(2, fault.ToString());
    }

    [Theory]
    [InlineData("device: gpu", "model.device", "gpu is not a device; use cpu, cuda (the first GPU), or cuda:N")]
    [InlineData("device: cuda:x", "model.device", "cuda:x is not a device")]
    public void Model_faults(string line, string field, string message)
    {
        var fault = Should.Throw<RecipeException>(() => RecipeReader.Parse($"data: {{train: /t}}\nmodel:\n  path: /m\n  {line}\n", "r.yaml", [])).Faults.ShouldHaveSingleItem();
        fault.Field.ShouldBe(field);
        fault.Message.ShouldStartWith(message);
        (fault.Line, fault.Column).ShouldBe((4, 3));
    }

    [Fact]
    public void An_alias_bomb_is_refused_without_expanding_it()
    {
        var bomb = "a: &a [x, x]\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"k{i}: &n{i} [*n{i - 1}, *n{i - 1}]\n"));
        Should.Throw<RecipeException>(() => RecipeReader.Parse(bomb, "r.yaml", [])).Faults.ShouldContain(fault => fault.Message.Contains("is refused"));
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        foreach (var opening in new[] { "[", "{a: ", "- " })
        {
            var deep = string.Concat(Enumerable.Repeat(opening, 100_000));
            Should.Throw<RecipeException>(() => RecipeReader.Parse("name: " + deep, "r.yaml", [])).Faults.ShouldHaveSingleItem().Line.ShouldBe(1);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("null")]
    public void An_empty_recipe_lacks_two_fields(string yaml) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse(yaml, "r.yaml", [])).Faults.Select(fault => fault.ToString()).ShouldBe(
        [
            "r.yaml:1:1: model.path: missing; add \"path: ...\" under \"model:\" (The starting model: a folder with config.json, safetensors and tokenizer.json, or a GGUF file.)",
            "r.yaml:1:1: data.train: missing; add \"train: ...\" under \"data:\" (The annotated examples: a file, a folder of files, a pattern such as data/train-*.parquet, or a list of these.)",
        ]);

    [Theory]
    [InlineData("just text")]
    [InlineData("- a\n- b")]
    public void Something_else_is_no_recipe(string yaml) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse(yaml, "r.yaml", [])).Faults[0].Message.ShouldContain("is not a recipe");

    [Theory]
    [InlineData("training.epochs", "--set training.epochs: not of the form key.path=value; write for example --set training.epochs=1")]
    [InlineData("=3", "--set =3: not of the form key.path=value; write for example --set training.epochs=1")]
    [InlineData("a..b=3", "--set a..b=3: not of the form key.path=value; write for example --set training.epochs=1")]
    [InlineData("training.lerning_rate=3", "--set training.lerning_rate=3: unknown key; did you mean \"learning_rate\"?")]
    [InlineData("training.epochs.x=3", "--set training.epochs.x=3: a group of keys where a whole number belongs; use one in [1, 1000] (the default is 2)")]
    [InlineData("training=3", "--set training=3: 3 where a group of keys belongs; use for example training.iterations")]
    [InlineData("data.train=[a", "--set data.train=[a: not valid YAML: ")]
    [InlineData("model.path=", "--set model.path=: nothing where a path belongs; use a Hugging Face model folder")]
    [InlineData("extends=x.yaml", "--set extends=x.yaml: \"extends\" cannot be overridden")]
    public void Faults_of_overrides_name_them(string text, string expected) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse(Least, "r.yaml", [text])).Faults.ShouldHaveSingleItem().ToString().ShouldStartWith(expected);

    [Fact]
    public void Garbage_never_crashes()
    {
        var stream = new TSpin.Randomness.RandomStream(5);
        const string Alphabet = "abc:-[]{}&*!|>'\"%@`#,?\n\n  \t~\\0\u0000\ud800é";
        for (var i = 0; i < 2000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, stream.NextInt(60)).Select(_ => Alphabet[stream.NextInt(Alphabet.Length)]));
            Should.Throw<RecipeException>(() => RecipeReader.Parse(text, "r.yaml", []));
        }
    }
}
