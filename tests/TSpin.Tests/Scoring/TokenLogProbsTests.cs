using Shouldly;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Scoring;

/// <summary>What objectives may ask for besides sums: tokens, prompts and terms of whole distributions, against whole matrices of logits and plain autograd.</summary>
public sealed class TokenLogProbsTests
{
    private static readonly Triplet[] Triplets =
    [
        new(0, SmallModels.Ids(1, 1), SmallModels.Ids(2, 3), SmallModels.Ids(6, 4), SmallModels.Ids(3, 5)) { Rejected = SmallModels.Ids(4, 20) },
        new(1, SmallModels.Ids(7, 2), SmallModels.Ids(5, 6), SmallModels.Ids(5, 6), SmallModels.Ids(1, 8)) { Rejected = [] },
        new(2, SmallModels.Ids(4, 11), [5], [], [5]) { Rejected = SmallModels.Ids(2, 21) },
    ];

    public static TheoryData<string> Models => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Tokens_of_responses_and_prompts_are_those_of_all_logits(string model)
    {
        var config = SmallModels.All[model];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), DType.Float64);
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        foreach (ITripletForward forward in (ITripletForward[])[new PackedForward(new LogProbWants { Prompts = true }), new PaddedForward(new LogProbWants { Prompts = true })])
        {
            var logProbs = forward.Run(decoder, Triplets);
            foreach (var role in (ResponseRole[])[ResponseRole.Annotated, ResponseRole.Synthetic, ResponseRole.ProtoSynthetic, ResponseRole.Rejected])
            {
                var expected = Triplets.Select(triplet => Plain(decoder, triplet.Prompt, triplet.Of(role)!)[(triplet.Prompt.Length - 1)..]).ToArray();
                Close(logProbs.Responses[role].Tokens, [.. expected.SelectMany(tokens => tokens)]);
                Close(logProbs.Responses[role].Sums, [.. expected.Select(tokens => tokens.Sum())]);
                Close(logProbs.Responses[role].SumOf(logProbs.Responses[role].Tokens), [.. expected.Select(tokens => tokens.Sum())]);
                Close(logProbs.Responses[role].Means, [.. expected.Select(tokens => tokens.Length == 0 ? 0 : tokens.Average())]);
                logProbs.Responses[role].Lengths.ShouldBe(Triplets.Select(triplet => triplet.Of(role)!.Length));
            }

            // Where a prompt depends on the length of what follows it, its own log-probabilities are those before the longest response of the batch.
            if (decoder.SharesPrompts)
            {
                Close(logProbs.Prompts!.Tokens, [.. Triplets.SelectMany(triplet => Plain(decoder, triplet.Prompt, [])[..(triplet.Prompt.Length - 1)])]);
                logProbs.Prompts.Lengths.ShouldBe([0, 6, 3]);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_term_of_distributions_has_the_value_and_gradient_of_the_whole_matrix(bool recomputes)
    {
        var config = SmallModels.Base;
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), DType.Float64);
        using var reference = SmallModels.Decoder(config, SmallModels.Weights(config, seed: 2), DType.Float64);
        using var scope = new TensorScope();
        decoder.Training.RequireGradients(true);
        Triplet[] triplets = [.. Triplets.Select(triplet => triplet with { Synthetic = null, ProtoSynthetic = null, Rejected = null })];
        var weights = new[] { 0.7, -0.3, 1.1, 0.2, 0.9, -1.3, 0.4, 0.6 };

        var expectedTerms = new List<double>();
        var expected = Gradients(decoder, () =>
        {
            var loss = Tensor.Zeros([1], DType.Float64).Sum();
            var next = 0;
            foreach (var triplet in triplets)
            {
                var (own, others) = (All(decoder, triplet), Detached(reference, triplet));
                var divergences = (others.Exp() * (others - own)).Sum(1);
                expectedTerms.AddRange(divergences.Detach().ToArray<double>());
                loss += (divergences * divergences * Tensor.From(weights[next..(next + triplet.Annotated.Length)])).Sum();
                loss += own.Gather(1, Tensor.From<long>([.. triplet.Annotated.Select(id => (long)id)], [triplet.Annotated.Length, 1])).Sum();
                next += triplet.Annotated.Length;
            }

            loss.Backward();
        });

        decoder.Training.RecomputesBlocks = recomputes;
        // Three rows at a time, so that eight tokens need several parts, the last of them smaller.
        var wants = new LogProbWants { Term = new Divergence(), Reference = reference, TermNumbers = 3L * config.VocabularySize };
        foreach (ITripletForward forward in (ITripletForward[])[new PackedForward(wants), new PaddedForward(wants)])
        {
            var terms = Array.Empty<double>();
            var gradients = Gradients(decoder, () =>
            {
                var logProbs = forward.Run(decoder, triplets);
                var annotated = logProbs.Responses[ResponseRole.Annotated];
                terms = annotated.Terms!.Detach().ToArray<double>();
                ((annotated.Terms * annotated.Terms * Tensor.From(weights)).Sum() + annotated.Tokens.Sum()).Backward();
                logProbs.FinishBackward!();
                decoder.Training.FinishBackward();
            });

            terms.Zip(expectedTerms).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
            foreach (var (name, values) in expected)
            {
                gradients[name].Zip(values).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeLessThan(1e-10, name);
                values.ShouldContain(value => Math.Abs(value) > 1e-8, name);
            }
        }
    }

    [Fact]
    public void A_term_that_needs_a_reference_says_so()
    {
        using var decoder = SmallModels.Decoder(DType.Float64);
        using var scope = new TensorScope();
        Should.Throw<ArgumentException>(() => new PackedForward(new LogProbWants { Term = new Divergence() }).Run(decoder, Triplets)).Message.ShouldContain("reference policy");
    }

    private static void Close(Tensor actual, double[] expected)
    {
        var values = actual.ToArray<double>();
        values.Length.ShouldBe(expected.Length);
        values.Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-11);
    }

    // Log-probabilities of all tokens but the first, by the model over one sequence.
    private static double[] Plain(Decoder decoder, int[] prompt, int[] response)
    {
        long[] ids = [.. prompt, .. response];
        if (ids.Length < 2)
        {
            return [];
        }

        var logits = decoder.Logits(decoder.Hidden(Tensor.From<long>(ids, [1, ids.Length]), AttentionLayout.Causal(ids.Length, default))).Squeeze(0).LogSoftmax(-1, DType.Float64);
        return logits.Narrow(0, 0, ids.Length - 1).Gather(1, Tensor.From<long>(ids.AsSpan(1), [ids.Length - 1, 1])).Squeeze(1).ToArray<double>();
    }

    private static Tensor Detached(Decoder decoder, Triplet triplet)
    {
        using var off = GradMode.Off();
        return All(decoder, triplet);
    }

    private static Tensor All(Decoder decoder, Triplet triplet)
    {
        long[] ids = [.. triplet.Prompt, .. triplet.Annotated];
        return decoder.Logits(decoder.Hidden(Tensor.From<long>(ids, [1, ids.Length]), AttentionLayout.Causal(ids.Length, default))).Squeeze(0).LogSoftmax(-1, DType.Float64)
            .Narrow(0, triplet.Prompt.Length - 1, triplet.Annotated.Length);
    }

    private static Dictionary<string, double[]> Gradients(Decoder decoder, Action backward)
    {
        backward();
        var gradients = decoder.Training.Parameters.Keys.ToDictionary(name => name, name => decoder.Training.Gradient(name)!.ToArray<double>());
        decoder.Training.ClearGradients();
        return gradients;
    }

    // KL(reference || policy) of a token's distribution, as ASFT has it.
    private sealed class Divergence : ITokenTerm
    {
        public bool NeedsReference => true;

        public Tensor Evaluate(Tensor logProbs, Tensor? reference, Tensor targets) => (reference!.Exp() * (reference - logProbs)).Sum(1);
    }
}
