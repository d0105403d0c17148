using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Tokenizers;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Generation;

public sealed class GeneratorTests
{
    public static TheoryData<double, int, double> Samplings => new()
    {
        { 0, 0, 1 }, { 1, 0, 1 }, { 0.7, 0, 1 }, { 1.3, 5, 1 }, { 1, 0, 0.8 }, { 0.9, 20, 0.6 },
    };

    [Theory]
    [MemberData(nameof(Samplings))]
    public void Gives_the_tokens_and_log_probabilities_of_a_whole_forward_pass_per_token(double temperature, int topK, double topP)
    {
        using var decoder = TinyModel.Decoder();
        var options = new SamplingOptions { MaxNewTokens = 20, Temperature = temperature, TopK = topK, TopP = topP, BatchSize = 3 };
        var prompts = TinyModel.Prompts(8);

        var responses = new Generator(decoder, TinyModel.Tokenizer, options).Generate(prompts, TinyModel.Seeds).ToArray();

        responses.Select(response => response.Index).Order().ShouldBe(prompts.Select(prompt => prompt.Index));
        foreach (var response in responses)
        {
            ShouldEqualSlow(decoder, prompts.Single(prompt => prompt.Index == response.Index), response, options);
        }
    }

    [Fact]
    public void Sliding_windows_and_biases_generate_as_they_compute()
    {
        var config = TinyModel.Config with { Windows = [4, null], QueryKeyValueBias = true, TieEmbeddings = true };
        using var decoder = TinyModel.Decoder(config);
        var options = new SamplingOptions { MaxNewTokens = 24, BatchSize = 4 };
        foreach (var response in new Generator(decoder, TinyModel.Tokenizer, options).Generate(TinyModel.Prompts(4), TinyModel.Seeds))
        {
            ShouldEqualSlow(decoder, TinyModel.Prompts(4).Single(prompt => prompt.Index == response.Index), response, options);
        }
    }

    [Fact]
    public void The_batch_size_changes_no_token()
    {
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(20);
        var runs = new[] { 1, 3, 8 }.Select(size => new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 30, BatchSize = size })
            .Generate(prompts, TinyModel.Seeds).OrderBy(response => response.Index).ToArray()).ToArray();

        foreach (var run in runs)
        {
            run.Select(response => string.Join(',', response.Tokens)).ShouldBe(runs[0].Select(response => string.Join(',', response.Tokens)));
            run.Select(response => response.FinishReason).ShouldBe(runs[0].Select(response => response.FinishReason));
        }

        runs[0].Select(response => response.FinishReason).ShouldContain(FinishReason.Eos);
        runs[0].Select(response => response.FinishReason).ShouldContain(FinishReason.Length);
    }

    [Fact]
    public void Seeds_come_from_run_purpose_iteration_and_prompt_and_matter()
    {
        using var decoder = TinyModel.Decoder();
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 12 });
        var prompts = TinyModel.Prompts(3);
        var answers = new[] { TinyModel.Seeds, TinyModel.Seeds with { Iteration = 3 }, TinyModel.Seeds with { RunSeed = 12 }, TinyModel.Seeds with { Purpose = "evaluation" } }
            .Select(seeds => string.Join(';', generator.Generate(prompts, seeds).Select(response => string.Join(',', response.Tokens)))).ToArray();
        answers.ShouldBeUnique();
        generator.Generate(prompts, TinyModel.Seeds).First().Seed.ShouldBe(TinyModel.Seeds.Of(generator.Generate(prompts, TinyModel.Seeds).First().Index));
    }

    [Fact]
    public void An_answer_that_ends_keeps_its_end_token_last_and_out_of_the_text()
    {
        using var decoder = TinyModel.Decoder();
        var responses = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 40, BatchSize = 7 })
            .Generate(TinyModel.Prompts(12), TinyModel.Seeds).ToArray();
        foreach (var response in responses)
        {
            response.Tokens.Length.ShouldBe(response.LogProbs.Length);
            var ended = response.FinishReason == FinishReason.Eos;
            TinyModel.Config.EosIds.Contains(response.Tokens[^1]).ShouldBe(ended);
            response.Tokens[..^1].ShouldAllBe(id => !TinyModel.Config.EosIds.Contains(id));
            response.Text.ShouldBe(TinyModel.Text(ended ? response.Tokens.AsSpan(0, response.Tokens.Length - 1) : response.Tokens));
            ended.ShouldBe(response.Tokens.Length < 40 || ended);
        }
    }

    [Fact]
    public void Near_zero_temperature_is_greedy()
    {
        using var decoder = TinyModel.Decoder();
        var prompts = TinyModel.Prompts(6);
        var greedy = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 15, Temperature = 0 }).Generate(prompts, TinyModel.Seeds);
        var cold = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 15, Temperature = 1e-6 }).Generate(prompts, TinyModel.Seeds);
        cold.Select(response => string.Join(',', response.Tokens)).ShouldBe(greedy.Select(response => string.Join(',', response.Tokens)));
    }

    [Fact]
    public void The_models_last_position_ends_an_answer_and_a_full_prompt_is_refused()
    {
        using var decoder = TinyModel.Decoder(TinyModel.Config with { EosIds = [] });
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 100, BatchSize = 2 });
        PromptTokens[] prompts = [new(0, [.. Enumerable.Repeat(4, 60)]), new(1, [5]), new(2, [.. Enumerable.Repeat(3, 63)])];
        var responses = generator.Generate(prompts, TinyModel.Seeds).OrderBy(response => response.Index).ToArray();
        responses.Select(response => response.Tokens.Length).ShouldBe([4, 63, 1]);
        responses.ShouldAllBe(response => response.FinishReason == FinishReason.Length);
        foreach (var response in responses)
        {
            ShouldEqualSlow(decoder, prompts[response.Index], response, generator.Options);
        }
    }

    [Fact]
    public void Prompts_too_many_for_one_pass_are_read_in_several_with_the_same_result()
    {
        using var decoder = TinyModel.Decoder(TinyModel.Config with { MaxPositions = 1700, Windows = [50, null], EosIds = [] });
        var random = new RandomStream(8);
        // More than the 4096 tokens of a pass together.
        var lengths = Enumerable.Range(0, 21).Select(_ => random.NextInt(1, 40)).Concat([1400, 1500, 1600]);
        PromptTokens[] prompts = [.. lengths.Select((length, index) => new PromptTokens(index, [.. Enumerable.Range(0, length).Select(_ => random.NextInt(50))]))];
        var options = new SamplingOptions { MaxNewTokens = 2 };
        foreach (var response in new Generator(decoder, TinyModel.Tokenizer, options).Generate(prompts, TinyModel.Seeds))
        {
            ShouldEqualSlow(decoder, prompts[response.Index], response, options);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(40)]
    public void Rows_that_are_filled_again_answer_as_a_plain_loop_does(int batchSize)
    {
        // Answers of 1 to 50 tokens: places become free one by one, in the middle and at the end, and are taken by longer and shorter prompts.
        using var decoder = TinyModel.Decoder(TinyModel.Config with { EosIds = [2, 7, 11, 12] });
        var prompts = TinyModel.Prompts(40);
        var options = new SamplingOptions { MaxNewTokens = 50, BatchSize = batchSize };
        var responses = new Generator(decoder, TinyModel.Tokenizer, options).GenerateWave([.. prompts.Reverse()], TinyModel.Seeds, batchSize);
        responses.Select(response => response.Index).ShouldBe(prompts.Reverse().Select(prompt => prompt.Index));
        responses.Select(response => response.Tokens.Length).Distinct().Count().ShouldBeGreaterThan(8);
        foreach (var response in responses)
        {
            ShouldEqualSlow(decoder, prompts.Single(prompt => prompt.Index == response.Index), response, options);
        }
    }

    [Fact]
    public void Places_that_become_free_are_filled_from_the_same_wave()
    {
        using var decoder = TinyModel.Decoder(TinyModel.Config with { EosIds = [2, 7, 11, 12] });
        var prompts = TinyModel.Prompts(64);
        var options = new SamplingOptions { MaxNewTokens = 40 };
        var generator = new Generator(decoder, TinyModel.Tokenizer, options);
        var steps = new List<WaveStep>();
        var responses = generator.GenerateWave(prompts, TinyModel.Seeds, 8, new Listener<WaveStep>(steps.Add));

        steps.Sum(step => step.Tokens).ShouldBe(responses.Sum(response => response.Tokens.Length));
        (steps.Sum(step => step.Answers), steps.Sum(step => step.AnswerTokens)).ShouldBe((64, responses.Sum(response => response.Tokens.Length)));
        steps.ShouldAllBe(step => step.Tokens >= 1 && step.Tokens <= 8);
        // One batch after the other would take as many steps as the longest answers of each.
        var oneByOne = prompts.Chunk(8).Sum(batch => batch.Max(prompt => responses.Single(response => response.Index == prompt.Index).Tokens.Length));
        steps.Count(step => step.Tokens > 1).ShouldBeLessThan(oneByOne * 2 / 3);
    }

    [Fact]
    public void The_batch_size_follows_from_memory_when_it_is_not_given()
    {
        BatchSizeChoice.Fitting(freeBytes: 1000, bytesPerRow: 100, most: 32).ShouldBe(5);
        BatchSizeChoice.Fitting(1L << 40, 1 << 20, 32).ShouldBe(32);
        BatchSizeChoice.Fitting(1 << 20, 1L << 40, 32).ShouldBe(1);
        // Two layers of keys and values, 2 heads of 8 numbers of 4 bytes, 64 positions; 32 bytes for each of 50 logits.
        BatchSizeChoice.BytesPerRow(TinyModel.Config, DType.Float32, 64).ShouldBe((2 * 2 * 2 * 8 * 64 * 4) + (50 * 32));
        using var decoder = TinyModel.Decoder();
        new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions()).BatchSizeFor(TinyModel.Prompts(3)).ShouldBe(BatchSizeChoice.MostOnCpu);
    }

    [Fact]
    public void Bad_prompts_are_named_before_any_work()
    {
        using var decoder = TinyModel.Decoder();
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions());
        Fault([new(4, [])]).ShouldBe("Prompt 4 has no tokens; give it some text, or leave it out.");
        Fault([new(1, [3]), new(9, new int[64])]).ShouldContain("Prompt 9 has 64 tokens, and the model has 64 positions");
        Fault([new(1, [3, 50])]).ShouldContain("Prompt 1: token 1 has the id 50, but the model's vocabulary has 50");
        Fault([new(1, [-1])]).ShouldContain("the id -1");
        Fault([new(1, [3]), new(1, [4])]).ShouldContain("Prompt 1 is in the list twice");
        Should.Throw<TSpinException>(() => generator.Stream([], 0)).Message.ShouldContain("has no tokens");

        string Fault(PromptTokens[] prompts) => Should.Throw<TSpinException>(() => generator.Generate(prompts, TinyModel.Seeds)).Message;
    }

    [Fact]
    public void No_prompts_give_no_answers()
    {
        using var decoder = TinyModel.Decoder();
        new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions()).Generate([], TinyModel.Seeds).ShouldBeEmpty();
    }

    [Fact]
    public void Bad_options_are_all_named_at_once()
    {
        var options = new SamplingOptions { MaxNewTokens = 0, Temperature = double.NaN, TopP = 0, TopK = -1, StopTexts = [""], BatchSize = 0 };
        var message = Should.Throw<TSpinException>(options.Validate).Message;
        foreach (var name in new[] { "MaxNewTokens is 0", "Temperature is NaN", "TopP is 0", "TopK is -1", "StopTexts", "BatchSize is 0" })
        {
            message.ShouldContain(name);
        }

        new SamplingOptions { Temperature = 0, TopP = 1e-9 }.Validate();
    }

    [Fact]
    public void A_NaN_in_the_model_names_the_prompt_that_met_it()
    {
        using var decoder = TinyModel.Decoder();
        using (var scope = new TensorScope())
        {
            decoder.Parameters["model.embed_tokens.weight"].Select(0, 13).Fill(double.NaN);
        }

        PromptTokens[] prompts = [new(21, [4, 5]), new(22, [4, 13])];
        foreach (var temperature in new[] { 0.0, 1.0 })
        {
            var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { Temperature = temperature, TopP = 0.9, MaxNewTokens = 1 });
            var fault = Should.Throw<TSpinException>(() => generator.Generate(prompts, TinyModel.Seeds).ToArray());
            fault.Message.ShouldContain("Prompt 22: the model's logits at position 1 hold a NaN");
            fault.ExitCode.ShouldBe(4);
        }
    }

    [Fact]
    public void A_stop_text_may_span_tokens_and_is_cut_from_the_text_only()
    {
        using var decoder = TinyModel.Decoder(TinyModel.Config with { EosIds = [] });
        var prompts = TinyModel.Prompts(5);
        var free = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 12 }).Generate(prompts, TinyModel.Seeds).ToArray();
        foreach (var whole in free)
        {
            // From the last character of token 4 into token 6.
            var stop = TinyModel.Text(whole.Tokens.AsSpan(4, 3))[1..^1];
            var completed = Enumerable.Range(1, 12).First(count => TinyModel.Text(whole.Tokens.AsSpan(0, count)).Contains(stop, StringComparison.Ordinal));
            var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 12, StopTexts = ["never", stop] });
            var stopped = generator.Generate(prompts, TinyModel.Seeds).Single(response => response.Index == whole.Index);

            stopped.FinishReason.ShouldBe(FinishReason.Stop);
            stopped.Tokens.ShouldBe(whole.Tokens[..completed]);
            stopped.Text.ShouldBe(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)]);
        }
    }

    [Fact]
    public void Streaming_says_what_generating_says()
    {
        using var decoder = TinyModel.Decoder();
        var stops = new SamplingOptions { MaxNewTokens = 30, StopTexts = ["9 1", "3 4", "x"] };
        var generator = new Generator(decoder, TinyModel.Tokenizer, stops);
        foreach (var prompt in TinyModel.Prompts(10))
        {
            var response = generator.Generate([prompt], TinyModel.Seeds).Single();
            var pieces = generator.Stream(prompt.Ids, TinyModel.Seeds.Of(prompt.Index)).ToArray();
            string.Concat(pieces).ShouldBe(response.Text);
            pieces.ShouldAllBe(piece => piece.Length > 0);
        }
    }

    [Fact]
    public void Training_parameters_collect_no_gradient_history()
    {
        using var decoder = TinyModel.Decoder();
        decoder.Training.RequireGradients(true);
        var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 4 });
        generator.Generate(TinyModel.Prompts(2), TinyModel.Seeds).Count().ShouldBe(2);
        decoder.Parameters.Values.ShouldAllBe(parameter => parameter.Grad() == null);
    }

    [Fact]
    public void Stories260K_tells_its_recorded_story()
    {
        var folder = SharedFolder.Require("data", "models", "stories260K", "hf");
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden_greedy.json")));
        int[] ids = [.. golden.RootElement.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] prompt = [.. golden.RootElement.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        using var decoder = DecoderLoader.Load(folder);
        var options = new SamplingOptions { MaxNewTokens = ids.Length - prompt.Length, Temperature = 0 };
        // Other prompts in the same wave change nothing.
        PromptTokens[] prompts = [new(0, prompt), new(1, ids[..100]), new(2, ids[..7])];
        var responses = new Generator(decoder, Tokenizer.Load(folder), options, endIds: []).Generate(prompts, TinyModel.Seeds).OrderBy(response => response.Index).ToArray();
        responses[0].Tokens.ShouldBe(ids[prompt.Length..]);
        golden.RootElement.GetProperty("text").GetString()!.ShouldStartWith(responses[0].Text.TrimStart(' '));
        responses[1].Tokens[..(ids.Length - 100)].ShouldBe(ids[100..]);
        responses[2].Tokens[..(ids.Length - 7)].ShouldBe(ids[7..]);
    }

    [Fact]
    public void Prints_tokens_per_second_on_stories260K()
    {
        var folder = SharedFolder.Require("data", "models", "stories260K", "hf");
        using var decoder = DecoderLoader.Load(folder);
        foreach (var batch in new[] { 1, 8, 32 })
        {
            var generator = new Generator(decoder, TinyModel.Tokenizer, new SamplingOptions { MaxNewTokens = 128, BatchSize = batch });
            var prompts = Enumerable.Range(0, batch).Select(index => new PromptTokens(index, [1, 403, 407])).ToArray();
            generator.Generate(prompts, TinyModel.Seeds).Count().ShouldBe(batch);
            var clock = Stopwatch.StartNew();
            var tokens = generator.Generate(prompts, TinyModel.Seeds with { Iteration = 9 }).Sum(response => response.Tokens.Length);
            TestContext.Current.TestOutputHelper!.WriteLine($"batch {batch}: {tokens / clock.Elapsed.TotalSeconds:0} tokens/s, {TorchLibrary.Threads} threads");
        }
    }

    private static void ShouldEqualSlow(Decoder decoder, PromptTokens prompt, Response response, SamplingOptions options)
    {
        var (tokens, logProbs) = TinyModel.Slow(decoder, prompt.Ids, options, TinyModel.Seeds.Of(prompt.Index));
        response.Tokens.ShouldBe(tokens);
        response.LogProbs.Zip(logProbs, (fast, slow) => Math.Abs(fast - slow)).Max().ShouldBeLessThan(1e-5);
    }
}
