using Shouldly;
using TSpin.Checks;
using TSpin.Models;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Scoring;

/// <summary>Continuations that share beginnings against each alone, by whole matrices of logits.</summary>
public sealed class ContinuationScorerTests
{
    private static readonly int[] Examples = SmallModels.Ids(12, 3);

    // Choices of one token, of several, of one that begins like another; questions that share examples; one that shares nothing, one twice.
    private static readonly (int[] Context, int[] Continuation)[] Sequences =
    [
        ([.. Examples, 4, 5], [6]), ([.. Examples, 4, 5], [7]), ([.. Examples, 4, 5], [6, 8, 9]), ([.. Examples, 4, 5], [6, 8]),
        ([.. Examples, 9], [3]), ([.. Examples, 9], [4]), (Examples, [4, 5]), ([8], SmallModels.Ids(4, 5)), (SmallModels.Ids(20, 9), [5, 5, 5]), ([.. Examples, 4, 5], [7]),
    ];

    public static TheoryData<string> Models => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_continuation_has_the_log_probabilities_it_has_alone(string model)
    {
        var config = SmallModels.All[model];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        foreach (var passTokens in (int[])[4096, 24, 1])
        {
            var scores = new ContinuationScorer(decoder, passTokens).Score(Sequences);
            for (var i = 0; i < Sequences.Length; i++)
            {
                var (logProbs, isGreedy) = Alone(decoder, Sequences[i].Context, Sequences[i].Continuation);
                scores[i].TokenLogProbs.Length.ShouldBe(logProbs.Length);
                for (var token = 0; token < logProbs.Length; token++)
                {
                    ((double)scores[i].TokenLogProbs[token]).ShouldBe(logProbs[token], 2e-5, $"{model}, sequence {i}, token {token}");
                }

                scores[i].IsGreedy.ShouldBe(isGreedy);
            }
        }
    }

    [Fact]
    public void Greedy_continuations_are_seen()
    {
        using var decoder = SmallModels.Decoder();
        int[] answer = PlainInference.Greedy(decoder, Examples, 5, []);
        var scores = new ContinuationScorer(decoder).Score([(Examples, answer), (Examples, [.. answer[..4], (answer[4] + 1) % 19])]);
        scores[0].IsGreedy.ShouldBe(true);
        scores[1].IsGreedy.ShouldBe(false);
    }

    [Fact]
    public void Finished_passes_are_not_computed_again()
    {
        using var folder = new TemporaryFolder();
        using var decoder = SmallModels.Decoder();
        var file = folder["scores.jsonl"];
        var undisturbed = new ContinuationScorer(decoder, 24).Score(Sequences);
        using var kill = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => new ContinuationScorer(decoder, 24).Score(Sequences, _ => kill.Cancel(), file, kill.Token));
        var first = File.ReadAllText(file);
        first.Count(c => c == '\n').ShouldBe(1);
        File.AppendAllText(file, "{\"of\": \"half a line");
        var done = new List<double>();
        var scores = new ContinuationScorer(decoder, 24).Score(Sequences, done.Add, file);
        File.ReadAllText(file).ShouldStartWith(first);
        scores.Select(score => (score.LogProb, score.IsGreedy)).ShouldBe(undisturbed.Select(score => (score.LogProb, score.IsGreedy)));
        done.ShouldBe(done.Order());
        done[^1].ShouldBe(1);
        // What is written counts: it is not computed a third time.
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"log_probs\":[[-", "\"log_probs\":[[-9", StringComparison.Ordinal));
        new ContinuationScorer(decoder, 24).Score(Sequences, file: file).Select(score => score.LogProb).ShouldNotBe(undisturbed.Select(score => score.LogProb));
        Should.Throw<TSpinException>(() => new ContinuationScorer(decoder, 24).Score(Sequences[1..], file: file)).Message.ShouldContain("scores.jsonl: belongs to other questions");
    }

    [Fact]
    public void What_is_shared_is_computed_once()
    {
        int[][] sequences = [[1, 2, 3, 4], [1, 2, 3, 5, 6], [7, 8], [1, 2, 3]];
        var pass = SharedPrefixes.Plan(sequences, 100).ShouldHaveSingleItem();
        pass.Select(group => (group.Length, string.Join(' ', group.Sequences))).ShouldBe([(3, "3 0 1"), (2, "2")]);
        // A pass has no more tokens than it may; a sequence longer than that is alone.
        SharedPrefixes.Plan(sequences, 4).Select(groups => groups.Sum(group => group.Length + group.Sequences.Sum(i => sequences[i].Length - group.Length))).ShouldBe([4, 5, 2]);
        // Beginnings that are shared by few tokens are not worth it where that parts more than it joins.
        int[][] two = [[1, 5, 5, 5, 5, 2], [1, 5, 5, 5, 5, 3], [1, 6, 6, 6, 6, 2], [1, 6, 6, 6, 6, 3]];
        SharedPrefixes.Plan(two, 100)[0].Select(group => (group.Length, group.Sequences.Length)).ShouldBe([(5, 2), (5, 2)]);
    }

    private static (double[] LogProbs, bool IsGreedy) Alone(Decoder decoder, int[] context, int[] continuation)
    {
        using var scope = new TensorScope();
        int[] ids = [.. context, .. continuation];
        // As the harness: the last token is not read.
        var logits = PlainInference.Logits(decoder, ids[..^1]);
        var wanted = logits.Narrow(0, context.Length - 1, continuation.Length);
        var best = wanted.ArgMax(-1).ToArray<long>();
        return (PlainInference.TokenLogProbs(logits, ids)[(context.Length - 1)..], best.Zip(continuation).All(pair => pair.First == pair.Second));
    }
}
