using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using TSpin.Adapters;
using TSpin.Checks;
using TSpin.Cli;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>The verbs that take and give token ids: tokenize, score, generate.</summary>
public sealed class TokenVerbTests
{
    [Fact]
    public void Tokenize_and_back_is_the_text()
    {
        using var tiny = new TinyRun();
        var ids = Tokenizer.Load(tiny.Model).Encode("Ann has\n7 figs é", addSpecialTokens: false);

        var (_, json) = Invoke(TokenizeCommand.Create(), tiny.Model, "Ann has\n7 figs é", "--json");
        var record = JsonDocument.Parse(json).RootElement;
        record.GetProperty("ids").Deserialize<int[]>().ShouldBe(ids);
        record.GetProperty("pieces").GetArrayLength().ShouldBe(ids.Length);
        record.GetProperty("text").GetString().ShouldBe("Ann has\n7 figs é");

        Invoke(TokenizeCommand.Create(), tiny.Model, string.Join(", ", ids), "--decode").Output.ShouldBe("Ann has\n7 figs é\n");
        Invoke(TokenizeCommand.Create(new StringReader("Ann\n")), tiny.Model).Output.ShouldContain("\"Ċ\"");
    }

    [Fact]
    public void Tokenize_takes_a_text_per_line_of_a_file()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["texts.txt"], "one\n\ntwo\n");
        var lines = Invoke(TokenizeCommand.Create(), tiny.Model, "--file", tiny["texts.txt"], "--lines", "--json").Output.TrimEnd().Split('\n');
        lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()).ShouldBe(["one", "", "two"]);
    }

    [Fact]
    public void Special_tokens_are_left_out_of_decoded_text_unless_wanted()
    {
        using var tiny = new TinyRun();
        Invoke(TokenizeCommand.Create(), tiny.Model, "a<|end|>b", "--json").Output.ShouldContain("\"text\":\"a<|end|>b\"");
        var ids = string.Join(' ', Tokenizer.Load(tiny.Model).Encode("a<|end|>b", addSpecialTokens: false));
        Invoke(TokenizeCommand.Create(), tiny.Model, ids, "--decode").Output.ShouldBe("ab\n");
        Invoke(TokenizeCommand.Create(), tiny.Model, ids, "--decode", "--special").Output.ShouldBe("a<|end|>b\n");
    }

    [Fact]
    public void Tokenize_names_what_is_wrong()
    {
        using var tiny = new TinyRun();
        Should.Throw<TSpinException>(() => Invoke(TokenizeCommand.Create(), tiny.Model, "1 x", "--decode")).Message.ShouldStartWith("--decode: \"x\" is no token id");
        Should.Throw<TSpinException>(() => Invoke(TokenizeCommand.Create(), tiny.Model, "a", "--file", "b")).Message.ShouldStartWith("--file b: a text is given too");
        Should.Throw<TSpinException>(() => Invoke(TokenizeCommand.Create(), tiny.Model, "--file", tiny["none"])).Message.ShouldStartWith(tiny["none"]);
    }

    [Fact]
    public void Score_agrees_with_the_plainest_computation_for_text_and_for_ids()
    {
        using var tiny = new TinyRun();
        var tokenizer = Tokenizer.Load(tiny.Model);
        int[] prompt = tokenizer.Encode("How many figs?", addSpecialTokens: true);
        int[] response = [.. tokenizer.Encode("7 figs", addSpecialTokens: false), tokenizer.EosId ?? 0];
        File.WriteAllLines(
            tiny["pairs.jsonl"],
            [
                """{"prompt": "How many figs?", "response": "7 figs<|end|>"}""",
                JsonSerializer.Serialize(new { prompt_ids = prompt, response_ids = response }),
                JsonSerializer.Serialize(new { ids = prompt[..3] }),
                """{"prompt": "x", "response": ""}""",
            ]);
        Invoke(ScoreCommand.Create(), tiny.Model, tiny["pairs.jsonl"], "--out", tiny["scores.jsonl"], "--batch-size", "2", "--dtype", "float32").Code.ShouldBe(0);

        var lines = JsonLinesReader.Read<ScoreLine>(tiny["scores.jsonl"]).ToArray();
        lines.Select(line => line.Index).ShouldBe([0, 1, 2, 3]);
        lines.Select(line => line.PromptTokens).ShouldBe([prompt.Length, prompt.Length, 1, tokenizer.Encode("x", true).Length]);
        using var decoder = DecoderLoader.Load(tiny.Model);
        foreach (var (line, all) in lines.Zip([prompt.Concat(response), prompt.Concat(response), prompt[..3]], (line, all) => (line, all.ToArray())))
        {
            var expected = PlainInference.TokenLogProbs(PlainInference.Logits(decoder, all), all)[(line.PromptTokens - 1)..];
            line.ResponseIds.ShouldBe(all[line.PromptTokens..]);
            line.TokenLogProbs.Length.ShouldBe(expected.Length);
            line.TokenLogProbs.Zip(expected, (actual, exact) => Math.Abs(actual - exact)).Max().ShouldBeLessThan(1e-5);
            line.LogProb.ShouldBe(expected.Sum(), 1e-4);
            line.LogProbPerToken!.Value.ShouldBe(expected.Average(), 1e-5);
        }

        (lines[3].LogProb, lines[3].LogProbPerToken, lines[3].IsGreedy).ShouldBe((0, null, true));
    }

    [Fact]
    public void Score_knows_what_greedy_decoding_would_write_and_reads_standard_input()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["prompts.jsonl"], "{\"prompt_ids\": [40, 41, 42]}\n{\"prompt_ids\": [43], \"prompt\": \"shown\"}\n");
        Invoke(GenerateCommand.Create(), tiny.Model, "--prompts", tiny["prompts.jsonl"], "--out", tiny["answers.jsonl"], "--max-new-tokens", "6", "--temperature", "0", "--dtype", "float32")
            .Code.ShouldBe(0);
        var answers = JsonLinesReader.Read<ResponseLine>(tiny["answers.jsonl"]).ToDictionary(line => line.Index);
        answers[0].Prompt.ShouldBe(Tokenizer.Load(tiny.Model).Decode([40, 41, 42], skipSpecialTokens: false));
        answers[1].Prompt.ShouldBe("shown");

        var greedy = answers[0].Tokens;
        int[] other = [.. greedy[..^1], (greedy[^1] + 1) % 280];
        var input = string.Join('\n', new[] { greedy, other }.Select(tokens => JsonSerializer.Serialize(new { prompt_ids = new[] { 40, 41, 42 }, response_ids = tokens })));
        var lines = Invoke(ScoreCommand.Create(new StringReader(input)), tiny.Model, "--dtype", "float32").Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        lines.Select(line => line.GetProperty("is_greedy").GetBoolean()).ShouldBe([true, false]);
        lines[0].GetProperty("token_log_probs").Deserialize<float[]>()!.Zip(answers[0].LogProbs, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f);
    }

    [Fact]
    public void Score_reads_a_pipe_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo");
        using var tiny = new TinyRun();
        using (var made = Process.Start("mkfifo", [tiny["pipe"]]))
        {
            made.WaitForExit();
        }

        var written = Task.Run(() => File.WriteAllText(tiny["pipe"], """{"ids": [3, 4, 5]}"""), TestContext.Current.CancellationToken);
        Invoke(ScoreCommand.Create(), tiny.Model, tiny["pipe"], "--dtype", "float32").Output.ShouldContain("token_log_probs");
        written.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void Score_gives_the_recorded_log_probabilities_of_every_family()
    {
        foreach (var folder in Directory.GetDirectories(SharedFolder.Require("reference", "models")).Order(StringComparer.Ordinal))
        {
            using var record = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
            var prompts = record.RootElement.GetProperty("prompts").Deserialize<int[][]>()!;
            var input = string.Join('\n', prompts.Select(ids => JsonSerializer.Serialize(new { ids })));
            var lines = Invoke(ScoreCommand.Create(new StringReader(input)), folder, "--dtype", "float32").Output.TrimEnd().Split('\n');
            for (var i = 0; i < prompts.Length; i++)
            {
                // All prompts are one padded batch here; they were recorded one by one.
                var actual = JsonDocument.Parse(lines[i]).RootElement.GetProperty("token_log_probs").Deserialize<float[]>()!;
                var expected = record.RootElement.GetProperty("token_logprobs")[i].Deserialize<double[]>()!;
                actual.Length.ShouldBe(expected.Length);
                actual.Zip(expected, (a, b) => Math.Abs(a - b)).DefaultIfEmpty(0).Max().ShouldBeLessThan(2e-4, $"{folder}, prompt {i}");
            }
        }
    }

    [Fact]
    public void Ids_are_answered_by_weights_without_a_tokenizer()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(tiny["ids.jsonl"], """{"prompt_ids":[5,6,7]}""" + "\n" + """{"prompt_ids":[8]}""" + "\n");
        string[] options = ["--prompts", tiny["ids.jsonl"], "--temperature", "0", "--max-new-tokens", "6", "--dtype", "float32"];
        Invoke(GenerateCommand.Create(), [tiny.Model, "--out", tiny["with.jsonl"], .. options]).Code.ShouldBe(0);
        Invoke(GenerateCommand.Create(), [tiny.Model, "--out", tiny["on.jsonl"], "--ignore-eos", .. options]).Code.ShouldBe(0);
        foreach (var file in Directory.GetFiles(tiny.Model, "token*"))
        {
            File.Delete(file);
        }

        Invoke(GenerateCommand.Create(), [tiny.Model, "--out", tiny["without.jsonl"], .. options]).Code.ShouldBe(0);
        var without = Answers("without.jsonl");
        without.Select(line => line.Tokens).ShouldBe(Answers("with.jsonl").Select(line => line.Tokens));
        without.ShouldAllBe(line => line.Text.Length == 0 && line.Prompt.Length == 0);
        Answers("on.jsonl").ShouldAllBe(line => line.Tokens.Length == 6 && line.FinishReason == FinishReason.Length);

        Should.Throw<TSpinException>(() => Invoke(GenerateCommand.Create(), [tiny.Model, "--out", tiny["stop.jsonl"], "--stop", "x", .. options])).Message.ShouldContain("need a tokenizer");
        File.AppendAllText(tiny["ids.jsonl"], """{"prompt":"words"}""" + "\n");
        Should.Throw<TSpinException>(() => Invoke(GenerateCommand.Create(), [tiny.Model, "--out", tiny["words.jsonl"], .. options])).Message.ShouldContain("tokenizer.json");

        ResponseLine[] Answers(string name) => [.. JsonLinesReader.Read<ResponseLine>(tiny[name]).OrderBy(line => line.Index)];
    }

    [Fact]
    public void An_adapter_that_is_two_files_scores_text_and_its_answers_are_not_continued_with_anothers()
    {
        using var tiny = new TinyRun();
        using (var model = DecoderLoader.Load(tiny.Model))
        {
            foreach (var seed in new ulong[] { 1, 2 })
            {
                using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, model, seed);
                Directory.CreateDirectory(tiny[$"adapter{seed}"]);
                adapter.Save(tiny[$"adapter{seed}"]);
            }
        }

        File.WriteAllText(tiny["pair.jsonl"], """{"prompt":"How many figs?","response":"7 figs"}""" + "\n");
        Invoke(ScoreCommand.Create(), tiny["adapter1"], tiny["pair.jsonl"], "--base", tiny.Model, "--out", tiny["adapted.jsonl"], "--dtype", "float32").Code.ShouldBe(0);
        Invoke(ScoreCommand.Create(), tiny.Model, tiny["pair.jsonl"], "--out", tiny["plain.jsonl"], "--dtype", "float32").Code.ShouldBe(0);
        File.ReadAllText(tiny["adapted.jsonl"]).ShouldBe(File.ReadAllText(tiny["plain.jsonl"]), "a new adapter changes nothing");

        string[] options = ["--prompts", tiny["pair.jsonl"], "--out", tiny["answers.jsonl"], "--max-new-tokens", "3", "--base", tiny.Model];
        Invoke(GenerateCommand.Create(), [tiny["adapter1"], .. options]).Code.ShouldBe(0);
        Invoke(GenerateCommand.Create(), [tiny["adapter1"], .. options]).Code.ShouldBe(0);
        Should.Throw<TSpinException>(() => Invoke(GenerateCommand.Create(), [tiny["adapter2"], .. options])).Message.ShouldContain("answers.json");
    }

    [Fact]
    public void Score_in_bfloat16_is_near_float32()
    {
        using var tiny = new TinyRun();
        const string Input = """{"prompt": "Ann has 7 figs", "response": " and buys 9 more"}""";
        var exact = Sum("float32");
        Sum("bfloat16").ShouldBe(exact, Math.Abs(exact) * 0.02);

        double Sum(string type) => JsonDocument.Parse(Invoke(ScoreCommand.Create(new StringReader(Input)), tiny.Model, "--dtype", type).Output).RootElement.GetProperty("log_prob").GetDouble();
    }

    [Theory]
    [InlineData("""{"prompt": "a"}""", "record 0: has neither response nor response_ids")]
    [InlineData("""{"response": "a"}""", "record 0: has neither prompt nor prompt_ids")]
    [InlineData("""{"prompt_ids": [1, -1], "response": "a"}""", "record 0: field prompt_ids[1] is no token id")]
    [InlineData("""{"prompt_ids": "1", "response": "a"}""", "record 0: field prompt_ids is not a list")]
    [InlineData("""{"prompt": 7, "response": "a"}""", "record 0: field prompt is not text")]
    [InlineData("""{"prompt_ids": [], "response": "a"}""", "record 0: the prompt has no tokens")]
    [InlineData("""{"prompt_ids": [1], "response_ids": [280]}""", "record 0: token id 280 is not in the model's vocabulary of 280")]
    [InlineData("""{"ids": []}""", "record 0: field ids is empty")]
    [InlineData("""[1]""", "record 0: is not an object")]
    [InlineData("""{"prompt""", "line 1 is not JSON")]
    public void Score_names_the_record_and_the_field(string line, string fault)
    {
        using var tiny = new TinyRun();
        Should.Throw<TSpinException>(() => Invoke(ScoreCommand.Create(new StringReader(line)), tiny.Model)).Message.ShouldContain(fault);
    }

    [Fact]
    public void Score_goes_beyond_the_models_length_where_positions_rotate_and_refuses_batches_of_nothing()
    {
        using var tiny = new TinyRun();
        var longer = JsonSerializer.Serialize(new { ids = Enumerable.Repeat(7, 161) });
        JsonDocument.Parse(Invoke(ScoreCommand.Create(new StringReader(longer)), tiny.Model).Output).RootElement.GetProperty("token_log_probs").GetArrayLength().ShouldBe(160);
        Should.Throw<TSpinException>(() => Invoke(ScoreCommand.Create(), tiny.Model, "--batch-size", "0")).Message.ShouldStartWith("--batch-size 0");
    }

    private static (int Code, string Output) Invoke(Command command, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var code = command.Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output });
        return (code, output.ToString());
    }
}
