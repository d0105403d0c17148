using Shouldly;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using Xunit;

namespace TSpin.Tests.Generation;

public sealed class ResponseGenerationTests
{
    private static readonly SamplingOptions Options = new() { MaxNewTokens = 10, BatchSize = 3, StopTexts = ["4 4"] };

    [Fact]
    public void Writes_one_readable_line_per_prompt_and_returns_them_in_the_order_of_the_list()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(7);
        var path = folder["iteration-00", "responses.jsonl"];
        var responses = Run(decoder, prompts, path);

        responses.Select(response => response.Index).ShouldBe(prompts.Select(prompt => prompt.Index));
        var lines = ResponseFile.Read(path).ToArray();
        lines.Select(line => line.Index).ShouldBe(WavePlan.Of(prompts, 3).SelectMany(wave => wave).Select(prompt => prompt.Index));
        foreach (var line in lines)
        {
            var response = responses.Single(response => response.Index == line.Index);
            line.Prompt.ShouldBe(prompts.Single(prompt => prompt.Index == line.Index).Text);
            line.ToResponse().ShouldBeEquivalentTo(response);
        }

        File.ReadLines(path).First().ShouldStartWith("{\"index\":" + lines[0].Index + ",\"prompt\":\"prompt “");
        File.ReadLines(path).ShouldAllBe(line => line.Contains("\"finish_reason\":\"eos\"") || line.Contains("\"finish_reason\":\"length\"") || line.Contains("\"finish_reason\":\"stop\""));
        File.ReadAllText(ResponseFile.SettingsPath(path)).ShouldContain("\"prompts_sha256\"");
    }

    [Fact]
    public void Cut_at_any_byte_it_ends_with_the_same_bytes_and_repeats_no_whole_wave()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        const int wave = 2 * WavePlan.BatchesPerWave;
        var prompts = TinyModel.Prompts((2 * wave) + 1, maxLength: 6);
        var path = folder["responses.jsonl"];
        var options = Options with { MaxNewTokens = 2, BatchSize = 2 };
        Run(decoder, prompts, path, options: options);
        var whole = File.ReadAllBytes(path);
        int[] lineEnds = [.. Enumerable.Range(0, whole.Length).Where(i => whole[i] == '\n').Select(i => i + 1)];
        int[] waveEnds = [lineEnds[wave - 1], lineEnds[(2 * wave) - 1], lineEnds[2 * wave]];

        int[] cuts = [0, 1, .. waveEnds.SelectMany(end => new[] { end - 1, end, end + 1 }), .. Enumerable.Range(0, 60).Select(i => i * whole.Length / 60)];
        foreach (var length in cuts.Where(cut => cut <= whole.Length))
        {
            File.WriteAllBytes(path, whole[..length]);
            var tokens = 0L;
            var responses = Run(decoder, prompts, path, new Listener<GenerationProgress>(progress => tokens = progress.Tokens), options);
            File.ReadAllBytes(path).ShouldBe(whole, $"cut at byte {length}");
            var kept = waveEnds.Count(end => end <= length);
            var expected = WavePlan.Of(prompts, 2).Skip(kept).SelectMany(wave => wave).Sum(prompt => responses.Single(response => response.Index == prompt.Index).Tokens.Length);
            tokens.ShouldBe(expected, $"cut at byte {length}");
        }
    }

    [Fact]
    public void Progress_counts_up_to_the_total()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var heard = new List<GenerationProgress>();
        var responses = Run(decoder, TinyModel.Prompts(8), folder["responses.jsonl"], new Listener<GenerationProgress>(heard.Add));
        heard[0].ShouldBe(new GenerationProgress(0, 8, 0, 0, null));
        heard[^1].Done.ShouldBe(8);
        heard[^1].SecondsLeft.ShouldBe(0);
        heard[^1].Tokens.ShouldBe(responses.Sum(response => response.Tokens.Length));
        heard[^1].TokensPerSecond.ShouldBeGreaterThan(0);
        heard.Select(progress => progress.Done).ShouldBe(heard.Select(progress => progress.Done).Order());
    }

    [Fact]
    public void Other_settings_are_refused_and_named()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(4);
        var path = folder["responses.jsonl"];
        Run(decoder, prompts, path);
        var before = File.ReadAllBytes(path);

        Fault(() => Run(decoder, prompts, path, options: Options with { Temperature = 0.5 })).ShouldContain("sampling.temperature: \"1\" then, \"0.5\" now");
        Fault(() => Run(decoder, TinyModel.Prompts(3), path)).ShouldContain("prompt_count");
        Fault(() => Run(decoder, [.. prompts.Select(prompt => prompt with { Text = "x" })], path)).ShouldContain("prompts_sha256");
        Fault(() => ResponseGeneration.Run(new Generator(decoder, TinyModel.Tokenizer, Options), prompts, TinyModel.Seeds with { Iteration = 7 }, path, "tiny")).ShouldContain("iteration: \"2\" then, \"7\" now");
        Fault(() => ResponseGeneration.Run(new Generator(decoder, TinyModel.Tokenizer, Options), prompts, TinyModel.Seeds, path, "other")).ShouldContain("model");
        File.ReadAllBytes(path).ShouldBe(before);

        Fault(() => Run(decoder, prompts, folder["responses.json"])).ShouldContain("give the file the extension .jsonl");

        File.WriteAllText(ResponseFile.SettingsPath(path), "{");
        Fault(() => Run(decoder, prompts, path)).ShouldContain("responses.json: cannot be read");
        File.Delete(ResponseFile.SettingsPath(path));
        Fault(() => Run(decoder, prompts, path)).ShouldContain("is missing");
        File.ReadAllBytes(path).ShouldBe(before);
    }

    [Theory]
    [InlineData("nonsense", "responses.jsonl:2: not an answer")]
    [InlineData("", "responses.jsonl:2: not an answer")]
    [InlineData("null", "responses.jsonl:2: not an answer")]
    [InlineData("{\"index\":99,\"prompt\":\"\",\"text\":\"\",\"tokens\":[1],\"log_probs\":[0],\"finish_reason\":\"eos\",\"seed\":1}", "is the answer to prompt 99 with seed 1")]
    [InlineData("{\"index\":99,\"prompt\":\"\",\"text\":\"\",\"tokens\":[1],\"log_probs\":[0],\"finish_reason\":\"tired\",\"seed\":1}", "responses.jsonl:2: not an answer")]
    public void A_line_of_other_hands_is_refused_with_its_number(string line, string message)
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(4);
        var path = folder["responses.jsonl"];
        Run(decoder, prompts, path);
        var lines = File.ReadAllLines(path);
        lines[1] = line;
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        Fault(() => Run(decoder, prompts, path)).ShouldContain(message);
    }

    [Fact]
    public void More_lines_than_prompts_and_uneven_lists_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(4);
        var path = folder["responses.jsonl"];
        Run(decoder, prompts, path);
        var whole = File.ReadAllText(path);
        File.WriteAllText(path, whole + whole);
        Fault(() => Run(decoder, prompts, path)).ShouldContain("responses.jsonl:5: there are only 4 prompts");
        File.WriteAllText(path, whole.Replace("\"log_probs\":[", "\"log_probs\":[0,", StringComparison.Ordinal));
        Fault(() => Run(decoder, prompts, path)).ShouldContain("there must be as many of both");
    }

    [Fact]
    public void A_batch_size_that_memory_chose_is_kept_when_the_file_is_continued()
    {
        using var folder = new TemporaryFolder();
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(4);
        var path = folder["responses.jsonl"];
        Run(decoder, prompts, path, options: Options with { BatchSize = null });
        File.ReadAllText(ResponseFile.SettingsPath(path)).ShouldContain($"\"batch_size\": {BatchSizeChoice.MostOnCpu}");
        ResponseFile.BatchSizeOf(path).ShouldBe(BatchSizeChoice.MostOnCpu);

        var other = folder["other.jsonl"];
        Run(decoder, prompts, other, options: Options with { BatchSize = 5 });
        var before = File.ReadAllBytes(other);
        File.WriteAllBytes(other, before[..^3]);
        Run(decoder, prompts, other, options: Options with { BatchSize = null });
        File.ReadAllBytes(other).ShouldBe(before);
        // Another size is taken for what is left to answer, here nothing.
        Run(decoder, prompts, other, options: Options with { BatchSize = 6 });
        File.ReadAllBytes(other).ShouldBe(before);
        ResponseFile.BatchSizesOf(other).Size.ShouldBe(5);

        ResponseFile.BatchSizeOf(folder["none.jsonl"]).ShouldBeNull();
        foreach (var settings in new[] { "{", "[]", "null", """{"sampling":{"batch_size":0}}""", """{"sampling":{"batch_size":"5"}}""", """{"sampling":3}""", """{"sampling":{"batch_size":1e99}}""" })
        {
            File.WriteAllText(ResponseFile.SettingsPath(other), settings);
            ResponseFile.BatchSizeOf(other).ShouldBeNull();
        }
    }

    private static IReadOnlyList<Response> Run(
        Decoder decoder, PromptTokens[] prompts, string path, IProgress<GenerationProgress>? progress = null, SamplingOptions? options = null) =>
        ResponseGeneration.Run(new Generator(decoder, TinyModel.Tokenizer, options ?? Options), prompts, TinyModel.Seeds, path, "tiny", progress);

    private static string Fault(Action action) => Should.Throw<TSpinException>(action).Message;
}
