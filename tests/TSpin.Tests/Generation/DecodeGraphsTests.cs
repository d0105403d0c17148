using Shouldly;
using TSpin.Adapters;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Generation;

/// <summary>Waves whose decode steps are those that a CUDA graph records, and what decides which.</summary>
public sealed class DecodeGraphsTests
{
    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_answers_as_without(string name)
    {
        var config = SmallModels.All[name] with { EosIds = [] };
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), DType.Float64);
        PromptTokens[] prompts = [new(0, SmallModels.Ids(3)), new(1, SmallModels.Ids(5, 2)), new(2, SmallModels.Ids(4, 3))];
        var options = new SamplingOptions { MaxNewTokens = 12, BatchSize = 3 };
        ShouldEqual(Answers(decoder, options, prompts, GraphUse.Unrecorded), Answers(decoder, options, prompts, GraphUse.Off));
    }

    /// <summary>Answers that end early leave places that are filled again, so rows in use go up and down and their slots hold what others left.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    public void Rows_that_retire_and_are_filled_again_change_nothing(int batchSize)
    {
        using var decoder = TinyModel.Decoder();
        var options = new SamplingOptions { MaxNewTokens = 30, BatchSize = batchSize };
        var prompts = TinyModel.Prompts(30);
        var with = Answers(decoder, options, prompts, GraphUse.Unrecorded);
        ShouldEqual(with, Answers(decoder, options, prompts, GraphUse.Off));
        with.Select(answer => answer.Tokens.Length).Distinct().Count().ShouldBeGreaterThan(3, "some answers end early");
    }

    [Fact]
    public void An_adapter_is_part_of_the_step()
    {
        using var decoder = TinyModel.Decoder();
        var options = new SamplingOptions { MaxNewTokens = 20, BatchSize = 3 };
        var bare = Answers(decoder, options, TinyModel.Prompts(4), GraphUse.Unrecorded);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 3, Alpha = 6, TargetModules = ["all-linear"] }, decoder, 5);
        using var random = new RandomGenerator(1);
        foreach (var parameter in adapter.Parameters.Values)
        {
            parameter.FillUniform(-0.3, 0.3, random);
        }

        decoder.Adapter = adapter;
        var adapted = Answers(decoder, options, TinyModel.Prompts(4), GraphUse.Unrecorded);
        ShouldEqual(adapted, Answers(decoder, options, TinyModel.Prompts(4), GraphUse.Off));
        adapted.Select(answer => string.Join(' ', answer.Tokens)).ShouldNotBe(bare.Select(answer => string.Join(' ', answer.Tokens)));
    }

    [Fact]
    public void Answers_that_grow_into_the_next_number_of_slots_are_the_same()
    {
        var config = TinyModel.Config with { MaxPositions = 300, EosIds = [] };
        using var decoder = TinyModel.Decoder(config);
        var options = new SamplingOptions { MaxNewTokens = 150, BatchSize = 2 };
        var answers = Answers(decoder, options, TinyModel.Prompts(2), GraphUse.Unrecorded);
        ShouldEqual(answers, Answers(decoder, options, TinyModel.Prompts(2), GraphUse.Off));
        answers.ShouldAllBe(answer => answer.Tokens.Length == 150);
    }

    [Fact]
    public void A_size_is_recorded_once_when_it_has_been_met_a_few_times()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = TinyModel.Decoder();
        using var cache = new KeyValueCache(decoder.Config, 4, 300, DType.Float32, Device.Cpu);
        var recorded = 0;
        using var graphs = new DecodeGraphs(decoder, cache, new GraphRecording(GraphUse.On), work => (work, new Counted(() => recorded++)));
        bool[] first = [.. Enumerable.Range(0, 7).Select(step => graphs.Logits([3, 4, 5], [step, step, step]) is not null)];
        first.ShouldBe([false, false, false, false, true, true, true]);
        recorded.ShouldBe(1);
        Enumerable.Range(0, 5).Select(step => graphs.Logits([3, 4], [step, step]) is not null).ShouldBe([false, false, false, false, true], "another number of rows");
        Enumerable.Range(0, 5).Select(step => graphs.Logits([3, 4, 5], [200 + step, 0, 0]) is not null).ShouldBe([false, false, false, false, true], "another number of slots");
        graphs.Logits([3, 4, 5, 6], [9, 9, 9, 9])!.Shape.ShouldBe([4, 50], "rows of three were rounded up to four");
        recorded.ShouldBe(3);
    }

    [Fact]
    public void A_recording_that_fails_ends_the_use_of_graphs_unless_they_are_checked()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = TinyModel.Decoder();
        using var cache = new KeyValueCache(decoder.Config, 2, 20, DType.Float32, Device.Cpu);
        var tries = 0;
        var recording = new GraphRecording(GraphUse.On);
        using var graphs = new DecodeGraphs(decoder, cache, recording, Fail);
        Enumerable.Range(0, 12).Select(step => graphs.Logits([3, 4], [step, step])).ShouldAllBe(logits => logits == null);
        (tries, recording.Failure).ShouldBe((1, "no such stream"));
        DecodeGraphs.Of(decoder, cache, recording).ShouldBeNull("the next wave does not try again");
        using var strict = new DecodeGraphs(decoder, cache, new GraphRecording(GraphUse.AtOnce), Fail);
        Should.Throw<TorchException>(() => strict.Logits([3, 4], [0, 0])).Message.ShouldBe("no such stream");

        (Func<Tensor>, IDisposable) Fail(Func<Tensor> work)
        {
            tries++;
            throw new TorchException("no such stream");
        }
    }

    [Fact]
    public void Sizes_are_few_and_hardly_larger_than_needed()
    {
        foreach (var places in new long[] { 1, 6, 32, 48 })
        {
            for (var rows = 1L; rows <= places; rows++)
            {
                var size = DecodeGraphs.RowsFor(rows, places);
                size.ShouldBeInRange(rows, Math.Min(places, Math.Max(1, 2 * rows - 1)));
                (size == places || long.IsPow2(size)).ShouldBeTrue();
            }
        }

        const long capacity = 5000;
        var sizes = new SortedSet<long>();
        for (var used = 1L; used <= capacity; used++)
        {
            var slots = DecodeGraphs.SlotsFor(used, capacity);
            slots.ShouldBeInRange(used, capacity);
            slots.ShouldBeLessThanOrEqualTo(Math.Max(used + 127, used * 5 / 4));
            sizes.Add(slots);
        }

        sizes.Count.ShouldBeLessThan(20);
        sizes.Take(6).ShouldBe([128, 256, 384, 512, 640, 768]);
        sizes.Max.ShouldBe(capacity);
    }

    [Fact]
    public void Without_a_gpu_steps_are_ordinary_ones()
    {
        using var decoder = TinyModel.Decoder();
        using var cache = new KeyValueCache(decoder.Config, 2, 16, DType.Float32, Device.Cpu);
        DecodeGraphs.Of(decoder, cache, new GraphRecording(GraphUse.Off)).ShouldBeNull();
        DecodeGraphs.Of(decoder, cache, new GraphRecording(GraphUse.On)).ShouldBeNull();
        DecodeGraphs.Of(decoder, cache, new GraphRecording(GraphUse.AtOnce)).ShouldBeNull();
    }

    private static Response[] Answers(Decoder decoder, SamplingOptions options, PromptTokens[] prompts, GraphUse graphs) =>
        [.. new Generator(decoder, TinyModel.Tokenizer, options) { Graphs = graphs }.Generate(prompts, TinyModel.Seeds).OrderBy(answer => answer.Index)];

    private static void ShouldEqual(Response[] actual, Response[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        foreach (var (a, b) in actual.Zip(expected))
        {
            a.Tokens.ShouldBe(b.Tokens, $"prompt {a.Index}");
            a.FinishReason.ShouldBe(b.FinishReason);
            a.LogProbs.Zip(b.LogProbs, (x, y) => Math.Abs((double)x - y)).Max().ShouldBeLessThan(1e-4, $"prompt {a.Index}");
        }
    }

    private sealed class Counted : IDisposable
    {
        public Counted(Action made) => made();

        public void Dispose()
        {
        }
    }
}
