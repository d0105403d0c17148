using Shouldly;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Objectives;

/// <summary>Objectives that learn from y alone, in float64 against plain arithmetic.</summary>
public sealed class SupervisedObjectiveTests
{
    private static readonly double[][] Y = [[-0.7, -1.9, -0.2], [-3.1, -0.4]];

    [Fact]
    public void DFT_weighs_each_token_by_its_probability_without_a_slope_of_the_weight()
    {
        using var scope = new TensorScope();
        var texts = new Texts().Add(ResponseRole.Annotated, Y);
        var objective = new DftObjective();
        var value = objective.Evaluate(texts.Policy());

        Near(value.PerExample.ToArray<double>(), [.. Y.Select(text => -text.Sum(log => Math.Exp(log) * log))]);
        value.PerExample.Sum().Backward();
        Near(texts.Gradient(ResponseRole.Annotated), [.. Y.SelectMany(text => text.Select(log => -Math.Exp(log)))]);
        (objective.DividesByTokens, objective.HasTokenLoss).ShouldBe((true, false));
    }

    [Fact]
    public void ASFT_adds_the_divergence_of_whole_distributions_from_the_initial_model()
    {
        using var scope = new TensorScope();
        double[] own = [-0.3, 1.2, 0.4, 2.0, -1.0, 0.1];
        double[] start = [0.5, -0.2, 0.9, -0.7, 0.3, 0.0];
        var logits = Tensor.From<double>(own, [2, 3]);
        logits.RequiresGrad = true;
        var objective = new AsftObjective(0.2);

        var terms = objective.Evaluate(
            logits.LogSoftmax(-1), Tensor.From<double>(start, [2, 3]).LogSoftmax(-1), Tensor.From([0L, 2L]));

        Near(terms.ToArray<double>(), [Kl(own[..3], start[..3]), Kl(own[3..], start[3..])]);
        terms.Sum().Backward();
        // d KL(p0 || p) / d logits = p - p0.
        Near(logits.Grad()!.ToArray<double>(),
            [.. Softmax(own[..3]).Zip(Softmax(start[..3]), (p, q) => p - q),
            .. Softmax(own[3..]).Zip(Softmax(start[3..]), (p, q) => p - q)]);
        ((ITokenTerm)objective).NeedsReference.ShouldBeTrue();

        var (leaf, texts) = Texts.Of([[-0.7, -1.9]]);
        var kl = Tensor.From([0.25, 0.5]);
        var withTerms = new ResponseLogProbs(leaf, [0], [2], texts.Sums, kl);
        var responses = new Dictionary<ResponseRole, ResponseLogProbs> { [ResponseRole.Annotated] = withTerms };
        var value = objective.Evaluate(new SequenceLogProbs(texts.Sums) { Responses = responses });
        Near(value.PerExample.ToArray<double>(), [(0.7 * Math.Exp(-0.7)) + (1.9 * Math.Exp(-1.9)) + (0.2 * 0.75)]);
        value.Terms["divergence"].Item().ShouldBe(0.375, 1e-15);
    }

    [Fact]
    public void Unlikelihood_falls_on_the_tokens_that_end_a_repeated_n_gram()
    {
        UnlikelihoodObjective.Repeats([1, 2, 3, 4, 1, 2, 3, 4, 1], 4)
            .ShouldBe([false, false, false, false, false, false, false, true, true]);
        UnlikelihoodObjective.Repeats([7, 7, 7], 1).ShouldBe([false, true, true]);
        UnlikelihoodObjective.Repeats([7, 7], 4).ShouldBe([false, false]);
        // 1 2 and 12: tokens are compared, not their digits in a row.
        UnlikelihoodObjective.Repeats([1, 21, 12, 1], 2).ShouldBe([false, false, false, false]);

        using var scope = new TensorScope();
        Triplet[] triplets = [new(0, [9], [5, 6]) { Continuation = [1, 2, 1, 2] },
            new(1, [9], [5]) { Continuation = [3, 3, 3] }];
        var texts = new Texts { Triplets = triplets }.Add(ResponseRole.Annotated, [-1, -2], [-3])
            .Add(ResponseRole.Continuation, [-0.1, -0.2, -0.3, -1e-9], [-0.5, -0.6, -2]);
        var objective = new UnlikelihoodObjective(0.5, 2, 16);
        var value = objective.Evaluate(texts.Policy());

        // Of 1 2 1 2 the last token ends the second 1 2; of 3 3 3 the last one the second 3 3.
        Near(value.PerExample.ToArray<double>(), [-Math.Log(1e-9), -Math.Log(1 - Math.Exp(-2))], 1e-8);
        value.PerExample.Sum().Backward();
        var slope = Math.Exp(-2) / (1 - Math.Exp(-2));
        var gradient = texts.Gradient(ResponseRole.Continuation);
        Near([.. gradient[..3], gradient[4], gradient[5], gradient[6]], [0, 0, 0, 0, 0, slope]);
        gradient[3].ShouldBe(1e9, 1);
        texts.Gradient(ResponseRole.Annotated).ShouldAllBe(ofY => ofY == 0);
        Near(value.Terms["repeated_share"].ToArray<double>(), [0.25, 1 / 3.0]);
        triplets.Sum(objective.TokensOf).ShouldBe(7);
        objective.Continuations.ShouldBe(new ContinuationSettings(16) { Share = 0.5 });
    }

    [Fact]
    public void Unlikelihoods_other_steps_are_SFT()
    {
        using var scope = new TensorScope();
        var objective = new UnlikelihoodObjective(0.5, 4, 16);
        objective.Evaluate(new Texts().Add(ResponseRole.Annotated, Y).Policy()).PerExample.ToArray<double>()
            .ShouldBe([.. Y.Select(text => -text.Sum())]);
        objective.TokensOf(new Triplet(0, [9], [5, 6])).ShouldBe(2);
    }

    private static double[] Softmax(double[] logits) =>
        [.. logits.Select(logit => Math.Exp(logit) / logits.Sum(Math.Exp))];

    private static double Kl(double[] own, double[] start) =>
        Softmax(start).Zip(Softmax(own), (q, p) => q * Math.Log(q / p)).Sum();

    private static void Near(double[] actual, double[] expected, double within = 1e-12)
    {
        actual.Length.ShouldBe(expected.Length);
        actual.Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < within);
    }
}
