using Shouldly;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.Scoring;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>Texts that several processes score: the bits of one, and passes for all.</summary>
public sealed class DividedScoringTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public DividedScoringTests() => Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(2, ShardingKind.None)]
    [InlineData(3, ShardingKind.None)]
    [InlineData(3, ShardingKind.Full)]
    public void Each_process_computes_passes_and_all_scores_are_those_of_one(int count, ShardingKind sharding)
    {
        (int[] Context, int[] Continuation)[] sequences = [.. Enumerable.Range(0, 14).Select(i => (Ids(i % 4, 6 + (i % 3)), Ids(i + 7, 1 + (i % 5))))];
        using var whole = DecoderLoader.Load(_tiny.Model);
        var continuations = Bits(new ContinuationScorer(whole, 12).Score(sequences));
        var responses = Bits(new ResponseScorer(whole, 3, comparesWithGreedy: true).Score(sequences));

        var passes = LaunchedProcesses.InThreads(count, TimeSpan.FromSeconds(30), group =>
        {
            using var model = sharding == ShardingKind.Full ? DecoderLoader.LoadShare(_tiny.Model, group, DType.Float32, DType.Float32) : DecoderLoader.Load(_tiny.Model);
            if (!group.Leads)
            {
                return Follow(group, model);
            }

            var divided = new DividedScoring(model, group);
            Bits(new ContinuationScorer(model, 12, divided).Score(sequences)).ShouldBe(continuations);
            Bits(new ResponseScorer(model, 3, comparesWithGreedy: true, processes: divided).Score(sequences)).ShouldBe(responses);
            using var turn = group.Order(new RankOrder.Stop(0).ToBytes());
            turn.Done();
            return 0;
        });

        passes[1..].ShouldAllBe(computed => computed >= 2);
    }

    /// <summary>What one of them cannot score is the fault of all.</summary>
    [Fact]
    public void A_fault_of_another_process_is_told() => LaunchedProcesses.InThreads(2, TimeSpan.FromSeconds(30), group =>
    {
        using var model = DecoderLoader.Load(_tiny.Model);
        if (!group.Leads)
        {
            group.Receive();
            group.Gather(RankAnswer<ScoredResponse[]>.Of(() => throw new TSpinException("the model is full of NaN")).ToBytes());
            return 0;
        }

        (int[], int[])[] sequences = [(Ids(1, 4), Ids(2, 2)), (Ids(3, 4), Ids(4, 2))];
        Should.Throw<TSpinException>(() => new ResponseScorer(model, 1, processes: new DividedScoring(model, group)).Score(sequences)).Message.ShouldBe("the model is full of NaN");
        return 0;
    });

    // As RankWorker does; returns how many passes it computed.
    private static int Follow(RankGroup group, Decoder model)
    {
        var computed = 0;
        while (RankOrder.Of(group.Receive()) is RankOrder.ScoreTexts score)
        {
            group.Gather(AnsweringPace.Answer(group, model.Weights.Shards, () =>
            {
                if (group.Rank >= score.Passes.Length)
                {
                    return null;
                }

                computed++;
                return score.Passes[group.Rank].Run(model);
            }));
        }

        return computed;
    }

    private static int[] Ids(int seed, int count) => [.. Enumerable.Range(0, count).Select(i => 1 + (((seed * 31) + (i * 17)) % 90))];

    private static string[] Bits(IReadOnlyList<ScoredResponse> scores) =>
        [.. scores.Select(score => $"{string.Join(' ', score.TokenLogProbs.Select(BitConverter.SingleToInt32Bits))} {score.IsGreedy}")];
}
