using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Cli;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.Safetensors;
using TSpin.Tests.Gguf;
using TSpin.Tests.Parquet;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>
/// Every verb with inputs that are wrong in many ways: it works, or it ends with a documented exit code and a sentence that names a file of the command (or an
/// option) and says what to do. The code for unforeseen faults is none of them.
/// </summary>
public sealed partial class MutatedInputTests
{
    // More of them by hand: TSPIN_MUTATIONS=200.
    private static readonly int Mutations = int.TryParse(Environment.GetEnvironmentVariable("TSPIN_MUTATIONS"), CultureInfo.InvariantCulture, out var count) ? count : 6;

    private static readonly int[] Documented = [0, 1, 2, 3, 4];

    public static TheoryData<string> Verbs => [.. Cases.Keys];

    private static Dictionary<string, Case> Cases { get; } = new(StringComparer.Ordinal)
    {
        ["generate"] = new(GenerateCommand.Create, "model/config.json model/tokenizer.json model/model.safetensors model/generation_config.json train.jsonl",
            "model --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["generate, ids"] = new(GenerateCommand.Create, "ids.jsonl", "model --prompts ids.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["generate, continued"] = new(GenerateCommand.Create, "answers/a.jsonl answers/a.json", "model --prompts train.jsonl --out answers/a.jsonl --max-new-tokens 2 --batch-size 1"),
        ["generate, chat"] = new(GenerateCommand.Create, "chat/chat_template.jinja chat/tokenizer_config.json", "chat --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2 --template @chat"),
        ["generate, adapter"] = new(GenerateCommand.Create, "adapter/adapter_config.json adapter/adapter_model.safetensors", "adapter --base model --prompts train.jsonl --out OUT/a.jsonl --max-new-tokens 2"),
        ["score"] = new(() => ScoreCommand.Create(), "model/config.json model/model.safetensors pairs.jsonl", "model pairs.jsonl --out OUT/s.jsonl"),
        ["tokenize"] = new(() => TokenizeCommand.Create(), "model/tokenizer.json", "model/tokenizer.json Ann_has_figs"),
        ["tokenize, file"] = new(() => TokenizeCommand.Create(), "text.txt", "model/tokenizer.json --file text.txt --lines"),
        ["eval"] = new(EvalCommand.Create, "model/tokenizer.json held-out.jsonl", "model --data held-out.jsonl --max-new-tokens 2 --out OUT"),
        ["eval, tasks"] = new(
            EvalCommand.Create,
            "sets/ARC-Easy/test.jsonl sets/ARC-Easy/train.jsonl sets/main/test.jsonl sets/main/train.jsonl sets/default/validation.jsonl sets/winogrande_xl/validation.jsonl "
            + "sets/gpqa_main/train.jsonl sets/multiple_choice/validation.jsonl sets/navigate/test.jsonl sets/algebra/test.jsonl sets/harness/math_fewshot.json sets/harness/bbh_mc/navigate.yaml",
            "model --tasks arc_easy,gsm8k,hellaswag,winogrande,leaderboard_gpqa_main,truthfulqa_mc2,leaderboard_bbh_navigate,leaderboard_math_algebra_hard --data sets --max-new-tokens 2 --num-fewshot 1 --out OUT"),
        ["eval, own"] = new(EvalCommand.Create, "sets/sums.yaml sets/sums.jsonl",
            "model --tasks sets/sums.yaml --max-new-tokens 2 --out OUT"),
        ["compare"] =
            new(CompareCommand.Create,
            "cmp/a/samples_sums_2026-01-01T00-00-00.000000.jsonl cmp/a/results_2026-01-01T00-00-00.000000.json",
            "cmp/a cmp/b"),
        ["compare, runs"] =
            new(CompareCommand.Create,
            "runs/whole/iteration-00/evaluation-answers.jsonl runs/whole/iteration-00/evaluation.json",
            "runs/whole runs/whole"),
        ["chat"] = new(() => ChatCommand.Create(new StringReader("How many?\n")), "model/config.json model/tokenizer.json", "model --max-new-tokens 2"),
        ["data info"] = new(() => DataInfoCommand.Create(), "train.jsonl rows.parquet", "INPUT"),
        ["data show"] = new(() => DataShowCommand.Create(), "train.jsonl rows.parquet model/tokenizer.json", "INPUT?train.jsonl --model model --count 2"),
        ["data audit"] = new(DataAuditCommand.Create, "train.jsonl rows.parquet held-out.jsonl", "INPUT?train.jsonl --test held-out.jsonl --out OUT/audit.jsonl"),
        ["data convert"] = new(DataConvertCommand.Create, "train.jsonl rows.parquet", "INPUT OUT/a.jsonl"),
        ["data convert, pairs"] = new(DataConvertCommand.Create, "train.jsonl chats.jsonl", "INPUT OUT/a.jsonl --pairs"),
        ["run"] = new(RunCommand.Create, "recipe.yaml train.jsonl held-out.jsonl model/config.json model/tokenizer.json model/model.safetensors", "recipe.yaml --set output.directory=OUT"),
        ["run, dry"] = new(RunCommand.Create, "recipe.yaml train.jsonl model/config.json", "recipe.yaml --dry-run"),
        ["run, continued"] = new(
            RunCommand.Create,
            "runs/half/manifest.json runs/half/recipe.yaml runs/half/run.json runs/half/sources.json runs/half/environment.json runs/half/examples.jsonl runs/half/alarms.jsonl "
            + "runs/half/iteration-00/responses.jsonl runs/half/iteration-00/responses.json runs/half/iteration-00/metrics.jsonl runs/half/iteration-00/training-state.safetensors",
            "recipe.yaml --run half --set training.save_every_steps=1")
        {
            Restores = "runs/half",
        },
        ["sft"] = new(RunCommand.CreateSft, "recipe.yaml", "recipe.yaml --set output.directory=OUT"),
        ["train"] = new(TrainCommand.Create, "recipe.yaml responses.jsonl train.jsonl", "recipe.yaml --synthetic responses.jsonl --set output.directory=OUT"),
        ["train, proto"] = new(TrainCommand.Create, "proto.jsonl", "recipe.yaml --iteration 1 --synthetic responses.jsonl --proto proto.jsonl --set output.directory=OUT"),
        ["merge"] = new(MergeCommand.Create, "adapter/adapter_config.json adapter/adapter_model.safetensors model/config.json", "adapter --base model --out OUT/merged"),
        ["report"] = new(ReportCommand.Create, "runs/whole/run.json runs/whole/recipe.yaml runs/whole/iteration-00/metrics.jsonl runs/whole/iteration-00/evaluation.json "
            + "runs/whole/iteration-00/responses.jsonl runs/whole/iteration-00/responses-metrics.json runs/whole/alarms.jsonl", "runs/whole --out OUT/r.html"),
        ["doctor"] = new(DoctorCommand.Create, "recipe.yaml train.jsonl model/config.json", "recipe.yaml") { UnlessRight = "run, dry" },
        ["pretrain"] = new(PretrainCommand.Create, "pretrain.yaml documents.jsonl", "pretrain.yaml --out OUT/base --set training.cycles=[2] --set model.layers=1"),
        ["check model"] = new(CheckCommand.Create, "model/expected.json model/config.json", "@model model"),
        ["check weights"] = new(CheckCommand.Create, "prompt.json model/expected.safetensors model/config.json", "weights model --prompt prompt.json"),
        ["check tokenizer"] = new(CheckCommand.Create, "record.json texts.json model/tokenizer.json", "tokenizer record.json --texts texts.json --tokenizer model"),
        ["check templates"] = new(CheckCommand.Create, "cases.jsonl conversations.json chat/chat_template.jinja", "templates cases.jsonl --conversations conversations.json --root chat"),
        ["check adapter"] = new(CheckCommand.Create, "adapter/expected.json adapter/expected.safetensors adapter/adapter_config.json", "@adapter adapter --base model"),
        ["check gguf"] = new(CheckCommand.Create, "small.gguf small.safetensors", "gguf small.gguf --expected small.safetensors"),
        ["check parquet"] = new(CheckCommand.Create, "rows.parquet rows.jsonl", "parquet rows.parquet --rows rows.jsonl"),
        ["check training"] = new(CheckCommand.Create, "training/objectives.json", "@training training"),
        ["check graphs"] = new(CheckCommand.Create, "model/config.json", "graphs model"),
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_mutated_input_ends_in_a_documented_code_and_a_sentence_with_file_and_cure(string name)
    {
        using var tiny = new TinyRun();
        Prepare(tiny);
        var one = Cases[name];
        var faults = new List<string>();
        var (clean, said) = Invoke(tiny, one.UnlessRight is { } right ? Cases[right] : one, one.Inputs[0], 0);
        clean.ShouldBeOneOf([0, 1, .. name == "check graphs" ? new[] { 2, 3 } : []], $"{name} with right inputs: {said}");
        var n = 1;
        foreach (var input in one.Inputs.Where(input => File.Exists(tiny[input])))
        {
            var bytes = File.ReadAllBytes(tiny[input]);
            if (one.Restores is { } folder)
            {
                TinyRun.Snapshot(tiny[folder], tiny["kept"]);
            }

            var random = new Random(HashOf(name + input));
            for (var i = 0; i < Mutations; i++, n++)
            {
                var (what, mutated) = MutatedInput.Of(input, bytes, random);
                File.WriteAllBytes(tiny[input], mutated);
                if (one.UnlessRight is { } quick && Invoke(tiny, Cases[quick], input, n).Code == 0)
                {
                    continue;
                }

                var clock = Stopwatch.StartNew();
                var (code, message) = Invoke(tiny, one, input, n);
                var fault = !Documented.Contains(code) ? "is no documented code"
                    : code is 0 or 1 ? null
                    : !NamesFile(message, tiny) ? "names no file"
                    : !Cure().IsMatch(message) ? "names no cure"
                    : null;
                if (fault is not null || clock.Elapsed.TotalSeconds > 20)
                {
                    faults.Add($"{name}, {input}: {what}: exit {code} {fault} ({clock.Elapsed.TotalSeconds:F0} s)\n    {message.Trim().ReplaceLineEndings("\n    ")}");
                }

                if (one.Restores is { } again)
                {
                    Directory.Delete(tiny[again], recursive: true);
                    TinyRun.Snapshot(tiny["kept"], tiny[again]);
                }
            }

            File.WriteAllBytes(tiny[input], bytes);
        }

        faults.ShouldBeEmpty(string.Join("\n", faults));
    }

    private static (int Code, string Message) Invoke(TinyRun tiny, Case one, string input, int number)
    {
        var output = tiny[$"out-{number}"];
        string[] words = [.. one.Arguments.Split(' ').Select(word =>
        {
            var wanted = word.Split('?');
            return wanted[0] == "INPUT" ? (wanted.Length == 1 || !input.StartsWith("model", StringComparison.Ordinal) ? tiny[input] : tiny[wanted[1]])
                : word.Contains("OUT", StringComparison.Ordinal) ? word.Replace("OUT", output, StringComparison.Ordinal)
                : word[0] == '@' ? word[1..]
                : Path.Exists(tiny[word]) ? tiny[word]
                : word;
        })];
        Directory.CreateDirectory(output);
        using var errors = new StringWriter();
        var printed = "";
        var code = Outcome.Of([one.Create().Name], () =>
        {
            var (result, text) = InvokedVerb.Invoke(one.Create(), words);
            printed = text;
            return result;
        }, errors);
        Directory.Delete(output, recursive: true);
        // check prints its faults as a report.
        return (code, code == 2 && errors.ToString().Length == 0 ? printed : errors.ToString());
    }

    private static bool NamesFile(string message, TinyRun tiny) =>
        message.Contains(tiny["."].TrimEnd('.'), StringComparison.Ordinal) || FileName().IsMatch(message) || message.Contains("--", StringComparison.Ordinal);

    private static int HashOf(string text) => text.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter));

    private static void Prepare(TinyRun tiny)
    {
        string model = tiny.Model, yaml = $"name: tiny\nseed: 7\nmodel:\n  path: {tiny.Model}\n  dtype: float32\ndata:\n  train: {tiny.Train}\nprompt:\n  max_prompt_tokens: 80\n  max_sequence_tokens: 160\n"
            + $"generation:\n  max_new_tokens: 4\n  batch_size: 4\nobjective:\n  alpha: 0.1\ntraining:\n  iterations: 1\n  epochs: 1\n  batch_size: 4\n  learning_rate: 1e-3\n"
            + $"evaluation:\n  data: {tiny.HeldOut}\n  max_new_tokens: 4\noutput:\n  directory: {tiny["runs"]}\n";
        File.WriteAllText(tiny["recipe.yaml"], yaml);
        File.WriteAllText(tiny["model", "generation_config.json"], "{\"eos_token_id\": 0, \"temperature\": 1.0}");
        var tokenizer = Tokenizer.Load(model);
        File.WriteAllText(tiny["ids.jsonl"], "{\"prompt_ids\": [3, 4, 5]}\n{\"prompt_ids\": [6]}\n");
        File.WriteAllText(tiny["pairs.jsonl"], "{\"prompt\": \"How many?\", \"response\": \"Two.\"}\n{\"prompt_ids\": [3], \"response_ids\": [4, 5]}\n{\"ids\": [3, 4]}\n");
        File.WriteAllText(tiny["text.txt"], "Ann has figs\nand more\n");
        File.WriteAllText(tiny["chats.jsonl"], "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\n");
        Directory.CreateDirectory(tiny["answers"]);
        InvokedVerb.Invoke(GenerateCommand.Create(), model, "--prompts", tiny.Train, "--out", tiny["answers", "a.jsonl"], "--max-new-tokens", "2", "--batch-size", "1");
        Copy(model, tiny["chat"]);
        File.WriteAllText(tiny["chat", "chat_template.jinja"], "{% for m in messages %}{{ m['role'] }}: {{ m.content | trim }}<|end|>\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        File.WriteAllText(tiny["chat", "tokenizer_config.json"], "{\"eos_token\": \"<|end|>\", \"add_bos_token\": false}");
        Write(tiny);
        var recipe = RecipeReader.Read(tiny["recipe.yaml"], []);
        tiny.Run(recipe, Path.Combine("runs", "whole"));
        File.Copy(new RunFolder(tiny["runs", "whole"]).Responses(0), tiny["responses.jsonl"]);
        File.Copy(new RunFolder(tiny["runs", "whole"]).Responses(0), tiny["proto.jsonl"]);
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(
            recipe with { Training = recipe.Training with { SaveEverySteps = 1 } }, Path.Combine("runs", "half"), value => { if (value is TSpin.SelfPlay.Stepped) { stop.Cancel(); } }, stop.Token));
        File.WriteAllText(tiny["prompt.json"], "{\"prompt\": [3, 4, 5]}");
        var ids = tokenizer.Encode("Ann has", addSpecialTokens: false);
        File.WriteAllText(tiny["texts.json"], "[\"Ann has\"]");
        File.WriteAllText(tiny["record.json"], $"{{\"ids\": [[{string.Join(',', ids)}]], \"decoded_ids\": [\"Ann has\"]}}");
        File.WriteAllText(tiny["conversations.json"], "{\"conversations\": {\"one\": [{\"role\": \"user\", \"content\": \"a\"}]}, \"tools\": []}");
        File.WriteAllText(tiny["cases.jsonl"], "{\"template\": \"chat_template.jinja\", \"conversation\": \"one\", \"arguments\": {}, \"text\": \"user: a<|end|>\\n\"}\n");
        File.WriteAllText(tiny["pretrain.yaml"],
            $"name: base\nseed: 1\nmodel:\n  hidden_size: 16\n  intermediate_size: 16\n  layers: 1\n  heads: 2\n  key_value_heads: 2\n  max_positions: 64\n  dtype: float32\n"
            + $"data:\n  documents: {tiny["documents.jsonl"]}\n  vocabulary_size: 280\n  tokenizer_documents: 4\ntraining:\n  cycles: [2]\n  batch_size: 2\n  micro_batch_size: 2\n");
        File.WriteAllLines(tiny["documents.jsonl"], Enumerable.Range(0, 6).Select(i => $"{{\"prompt\": \"How many {i}?\", \"response\": \"Just {i}.\"}}"));
        Directory.CreateDirectory(tiny["training"]);
        File.WriteAllText(tiny["training", "objectives.json"],
            "[{\"objective\": \"spin\", \"link\": \"exponential\", \"lambda\": 0.25, \"logprobs\": {\"annotated\": [-4], \"synthetic\": [-6], \"proto_synthetic\": [-5]}, "
            + "\"reference_logprobs\": {\"annotated\": [-7], \"synthetic\": [-5], \"proto_synthetic\": [-1]}, \"per_example\": [0.36787944117144233], \"loss\": 0.36787944117144233, "
            + "\"gradient\": {\"annotated\": [-0.09196986029286058], \"synthetic\": [0.09196986029286058], \"proto_synthetic\": null}}]");
    }

    private static void WriteSets(TinyRun tiny)
    {
        const string arc = """{"question": "Q?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"}""";
        const string gsm = """{"question": "1+1?", "answer": "#### 2"}""";
        const string swag = """{"activity_label": "Tea", "ctx_a": "Pour.", "ctx_b": "then", "endings": ["a", "b"], "label": "0", "ind": 1}""";
        const string grande = """{"sentence": "Ann saw _ go.", "option1": "Bo", "option2": "Cy", "answer": "1"}""";
        foreach (var (file, row) in ((string, string)[])[
            ("ARC-Easy/test.jsonl", arc), ("ARC-Easy/train.jsonl", arc), ("main/test.jsonl", gsm), ("main/train.jsonl", gsm), ("default/validation.jsonl", swag), ("default/train.jsonl", swag.Replace("Tea", "Pie", StringComparison.Ordinal)),
            ("winogrande_xl/validation.jsonl", grande), ("winogrande_xl/train.jsonl", grande.Replace("Ann", "Di", StringComparison.Ordinal)),
            ("gpqa_main/train.jsonl", """{"Question": "Q", "Correct Answer": "a", "Incorrect Answer 1": "b", "Incorrect Answer 2": "c", "Incorrect Answer 3": null}"""),
            ("multiple_choice/validation.jsonl", """{"question": "Q", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}, "mc2_targets": {"choices": ["a", "b"], "labels": [1, 0]}}"""),
            ("navigate/test.jsonl", """{"input": "Go.", "target": "No"}"""), ("algebra/test.jsonl", """{"problem": "P", "level": "Level 5", "solution": "\\\\boxed{1}"}"""),
            ("harness/math_fewshot.json", """[{"problem": "P", "solution": "S", "few_shot": "1"}]"""),
            ("harness/bbh_mc/navigate.yaml", "description: 'Walk.'\ndoc_to_choice: [\"No\", \"Yes\"]\nfewshot_config:\n  sampler: first_n\n  samples:\n  - input: Stop.\n    target: 'No'\n")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(tiny["sets", file])!);
            File.WriteAllText(tiny["sets", file], file.EndsWith(".jsonl", StringComparison.Ordinal) ? row + "\n" + row.Replace(": \"Q", ": \"R", StringComparison.Ordinal) + "\n" : row);
        }
    }

    // A task of one's own, and what two evaluations of it might have written.
    private static void WriteOwn(TinyRun tiny)
    {
        File.WriteAllText(tiny["sets", "sums.yaml"],
            "data: sums.jsonl\ndoc_to_text: 'Question: {{question}}'\ndoc_to_target: answer\nnum_fewshot: 1\nfilter:\n  function: final_number\n");
        File.WriteAllLines(tiny["sets", "sums.jsonl"],
            ["""{"question": "1+1?", "answer": "2"}""", """{"question": "1+2?", "answer": "3"}"""]);
        foreach (var folder in (string[])["a", "b"])
        {
            Directory.CreateDirectory(tiny["cmp", folder]);
            File.WriteAllLines(tiny["cmp", folder, "samples_sums_2026-01-01T00-00-00.000000.jsonl"],
                Enumerable.Range(0, 2).Select(i =>
                $$$"""{"doc_id": {{{i}}}, "doc": {}, "target": "2", "arguments": {"gen_args_0": {"arg_0": "1+1", "arg_1": "x"} }, "resps": [["{{{folder}}}"]], "filter": "none", "metrics": ["exact_match"], "doc_hash": "x", "exact_match": 1.0}"""));
            File.WriteAllText(tiny["cmp", folder, "results_2026-01-01T00-00-00.000000.json"],
                """{"higher_is_better": {"sums": {"exact_match": true}}}""");
        }
    }

    // Weights, adapters, Parquet, GGUF.
    private static void Write(TinyRun tiny)
    {
        WriteSets(tiny);
        WriteOwn(tiny);
        using (var decoder = DecoderLoader.Load(tiny.Model))
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, Alpha = 4, TargetModules = ["q_proj", "v_proj"], BaseModel = tiny.Model }, decoder, 5))
        {
            Directory.CreateDirectory(tiny["adapter"]);
            adapter.Save(tiny["adapter"]);
        }

        var logits = Enumerable.Repeat(0.5f, 3 * 280).ToArray();
        SafetensorsWriter.Write(tiny["model", "expected.safetensors"],
            [WeightToWrite.FromValues("logits", WeightType.Float32, [3, 280], logits), WeightToWrite.FromValues("logits.0", WeightType.Float32, [3, 280], logits)], SafetensorsWriter.TransformersMetadata);
        File.WriteAllText(tiny["model", "expected.json"],
            "{\"family\": \"llama\", \"prompts\": [[3, 4, 5]], \"token_logprobs\": [[-5.5, -5.5]], \"greedy\": [{\"prompt\": [3, 4], \"tokens\": [5], \"smallest_lead\": 1, \"same_without_cache\": true}], "
            + "\"triplet\": {\"prompt\": [3], \"annotated\": [4], \"synthetic\": [5], \"proto_synthetic\": [6], \"alpha\": 1, \"beta\": 0.1, \"loss\": \"logistic\", "
            + "\"logprob_annotated\": -5, \"logprob_synthetic\": -5, \"logprob_proto_synthetic\": -5, \"value\": 1, \"gradients\": {}}}");
        File.Copy(tiny["model", "expected.safetensors"], tiny["adapter", "expected.safetensors"]);
        File.WriteAllText(tiny["adapter", "expected.json"],
            "{\"prompt\": [3, 4, 5], \"triplet\": {\"prompt\": [3], \"annotated\": [4, 5], \"synthetic\": [6], \"proto_synthetic\": [7], \"alpha\": 1, \"beta\": 0.1}, "
            + "\"gradients\": {}, \"steps\": [{\"loss\": 1, \"gradient_norm\": 1}], \"moved\": {}}");
        string[] rows = ["{\"prompt\":\"How many?\",\"response\":\"Two.\"}", "{\"prompt\":\"And now?\",\"response\":\"Three.\"}"];
        File.WriteAllBytes(tiny["rows.parquet"], new TestParquet(TestColumn.Text("prompt"), TestColumn.Text("response")) { UseDictionary = true }.Write(rows));
        File.WriteAllLines(tiny["rows.jsonl"], rows);
        new GgufTestFile().Set("general.architecture", "llama").Set("general.name", "small").Tensor("a", [2, 3], [1f, 2, 3, 4, 5, 6]).Save(tiny["small.gguf"]);
        SafetensorsWriter.Write(tiny["small.safetensors"], [WeightToWrite.FromValues("a", WeightType.Float32, [2, 3], [1f, 2, 3, 4, 5, 6])], SafetensorsWriter.TransformersMetadata);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    // A sentence that tells what to do begins with, or has after a comma or colon, a verb in the imperative.
    [GeneratedRegex(
        @"(^|[.;:,(]\s+|\bor |\bthen |\band |\bso |\b[Pp]lease )(use|give|check|restore|delete|remove|write|choose|correct|lower|raise|name|put|add|keep|convert|download|generate|export|save|leave|make|set|move|go|"
        + @"evaluate|bring|try|free|take|split|copy|replace|shorten|start|wait|did you mean|known here|state|must|train|mend|rename|fetch|merge|list|compare|record|run|change|close|quote|indent|fill|point|see|look)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Cure();

    [GeneratedRegex(@"[\w-]+\.(json|jsonl|yaml|safetensors|jinja|gguf|parquet|txt)\b|(^|\s)(/[\w.-]+)+: ", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    private sealed record Case(Func<Command> Create, string Files, string Arguments)
    {
        public string[] Inputs => Files.Split(' ');

        /// <summary>A folder that the verb changes: put back after each time.</summary>
        public string? Restores { get; init; }

        /// <summary>A verb that measures the machine where its inputs are right: not run where this other one takes them.</summary>
        public string? UnlessRight { get; init; }
    }
}
