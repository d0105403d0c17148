using Shouldly;
using TSpin.Data;
using TSpin.Randomness;
using TSpin.Tuning;
using Xunit;

namespace TSpin.Tests.Tuning;

/// <summary>Which candidate is chosen, and what is said of it, against plain arithmetic.</summary>
public sealed class TuneVerdictTests
{
    private static readonly TuneMetric Number =
        TuneMetric.Choose([new AnnotatedExample(0, "p", "#### 7", "f", 1)], null, null);

    [Fact]
    public void The_simplest_kind_within_one_paired_error_of_the_best_is_chosen()
    {
        // 100 examples; the second has 4 more right and 1 more wrong: +3 with an error of sqrt((5 - 9/100) / 99) / 10 = 2.2.
        double[] a = Shares(100, 0, 50), b = Shares(100, 1, 54);
        Plain(a, b).ShouldBe((0.03, Math.Sqrt((5 - 0.09) / 99) / 10), tolerance: 1e-12);
        TuneChoice.Of([a, b], [0, 2]).ShouldBe(1);
        // +1 and 3 flips: within its error.
        TuneChoice.Of([a, Shares(100, 1, 52)], [0, 2]).ShouldBe(0);
        // Equal means: the simpler kind; of one kind the earlier one.
        TuneChoice.Of([a, a, a], [2, 0, 0]).ShouldBe(1);
        // One gained of n has an error of the same size: no rounding decides.
        foreach (var n in new[] { 3, 7, 49, 300 })
        {
            TuneChoice.Of([Shares(n, 0, 1), Shares(n, 0, 2)], [0, 2]).ShouldBe(0, $"{n}");
        }

        // Of a kind the best mean stands for it, and a simpler kind near it goes before.
        TuneChoice.Of([Shares(100, 0, 10), Shares(100, 0, 60), Shares(100, 0, 79), Shares(100, 0, 80)],
            [0, 2, 2, 4]).ShouldBe(2);
    }

    [Fact]
    public void The_paired_difference_is_that_of_plain_arithmetic()
    {
        var random = new RandomStream(5);
        double[] a = [.. Enumerable.Range(0, 37).Select(_ => random.NextNormal())],
            b = [.. a.Select(x => x + 0.1 + (0.3 * random.NextNormal()))];
        var difference = TuneChoice.Difference(a, b);
        (difference.Difference, difference.StandardError!.Value).ShouldBe(Plain(a, b), tolerance: 1e-12);
    }

    [Fact]
    public void The_correction_takes_away_what_choosing_among_equals_flatters()
    {
        // Ten candidates that are all as good as the base: the best of them seems better by about 1.5 errors, and is not.
        var random = new RandomStream(11);
        var (seeming, corrected) = (0.0, 0.0);
        const int worlds = 8;
        for (var world = 0; world < worlds; world++)
        {
            double[][] scores = [.. Enumerable.Range(0, 11)
                .Select(_ => Enumerable.Range(0, 60).Select(_ => random.NextDouble() < 0.5 ? 1.0 : 0).ToArray())];
            int[] ranks = [0, .. Enumerable.Repeat(2, 10)];
            seeming += (scores.Max(own => own.Average()) - 0.5) / worlds;
            var found = TuneChoice.Corrected([.. scores.Select(own => new[] { own })], ranks, 42).ShouldNotBeNull();
            found.Low.ShouldBeLessThan(found.Gain);
            found.High.ShouldBeGreaterThan(found.Gain);
            corrected += (found.Gain + scores[0].Average() - 0.5) / worlds;
        }

        seeming.ShouldBeGreaterThan(0.07);
        corrected.ShouldBeInRange(-0.05, 0.05);
        double[][][] clear = [[Shares(80, 0, 12)], [Shares(80, 0, 65)]];
        TuneChoice.Corrected(clear, [0, 2], 42).ShouldBe(TuneChoice.Corrected(clear, [0, 2], 42));
        // A clear gain stays.
        TuneChoice.Corrected(clear, [0, 2], 42)!.Value.Gain.ShouldBe(53.0 / 80, 0.01);
        TuneChoice.Corrected([[Shares(9, 0, 1)], [Shares(9, 0, 8)]], [0, 2], 42).ShouldBeNull();
        TuneChoice.Corrected([[Shares(80, 0, 12)]], [0], 42).ShouldBeNull();
    }

    [Fact]
    public void The_choice_of_iteration_is_corrected_for_too()
    {
        // One trial of many iterations that are all as good as the base: what the chosen one seems to gain is chance.
        var random = new RandomStream(12);
        var (seeming, corrected) = (0.0, 0.0);
        const int worlds = 8;
        for (var world = 0; world < worlds; world++)
        {
            double[][] all = [.. Enumerable.Range(0, 13)
                .Select(_ => Enumerable.Range(0, 60).Select(_ => random.NextDouble() < 0.5 ? 1.0 : 0).ToArray())];
            var trial = TuneTrial.Of(new TuneCandidate(TuneKind.TSpin, 1e-5), "folder",
                new TuneOutcome(1, [.. all[1..].Select(scores => new TuneScores(scores, 0, 10))], []));
            seeming += Math.Max(0, trial.Result!.Mean - all[0].Average()) / worlds;
            var found = TuneChoice.Corrected([[all[0]], all[1..]], [0, 2], 42).ShouldNotBeNull();
            corrected += (found.Gain + all[0].Average() - 0.5) / worlds;
        }

        corrected.ShouldBeInRange(-0.05, 0.03);
        seeming.ShouldBeGreaterThan(corrected);
    }

    [Fact]
    public void Better_than_the_base()
    {
        var verdict = Judge(1, Trial(TuneKind.Base, Shares(80, 0, 12)), Trial(TuneKind.Sft, Shares(80, 0, 65), 1e-4));
        verdict.Sentence.ShouldBe("SFT at 1e-4 is better than the base: 81% against 15% of 80 held-out examples (+66 ±10 points).");
        verdict.Notes.ShouldHaveSingleItem().ShouldStartWith("Choosing the best of 2 on the same examples flatters it; corrected for that, what this choice gains over the base is +66 points (95% from +5");
    }

    [Fact]
    public void The_nearest_other_kind_is_named_with_what_would_tell()
    {
        TuneTrial[] trials =
        [
            Trial(TuneKind.Base, Shares(80, 0, 12)), Trial(TuneKind.Sft, Shares(80, 0, 65), 1e-4),
            Trial(TuneKind.Sft, Shares(80, 0, 64), 3e-5), Trial(TuneKind.TSpin, Shares(80, 2, 64), 1e-5),
        ];
        // 3 flips for the winner: 0.0375 with an error of 0.0214 needs 80 (2.8 * 0.0214 / 0.0375)^2 - 80 = 125 more.
        Judge(1, trials).Notes[0].ShouldBe("No difference found between SFT at 1e-4 and T-SPIN at 1e-5 with 78% (+3.8 ±4.2 points); about 130 held-out examples more would tell.");
        trials[3] = Trial(TuneKind.TSpin, Shares(80, 0, 20), 1e-5);
        Judge(1, trials).Notes[0].ShouldBe("SFT at 1e-4 is also better than T-SPIN at 1e-5 with 25% (+56 ±11 points).");
        trials[3] = Trial(TuneKind.TSpin, Shares(80, 0, 65), 1e-5);
        Judge(1, trials).Notes[0].ShouldBe("No difference found between SFT at 1e-4 and T-SPIN at 1e-5 with 81% (the same on every example).");
        trials[3] = Trial(TuneKind.TSpin, Shares(80, 1, 66), 1e-5);
        Judge(1, trials).Notes[0].ShouldBe("No difference found between SFT at 1e-4 and T-SPIN at 1e-5 with 81% (0 ±3.5 points); they are level, and no number of examples would tell a difference of nothing.");
    }

    [Fact]
    public void Nothing_beats_the_base()
    {
        Judge(0, Trial(TuneKind.Base, Shares(80, 0, 40)), Trial(TuneKind.Prompted, Shares(80, 0, 4), shots: 4),
            Trial(TuneKind.Sft, Shares(80, 1, 42), 1e-4)).Sentence
            .ShouldBe("Nothing beats the base, which has 50% of 80 held-out examples: the best other, SFT at 1e-4, has 51% (+1.3 ±4.3 points); about 1,900 held-out examples more would tell.");
        Judge(0, Trial(TuneKind.Base, Shares(80, 0, 40)), Trial(TuneKind.Sft, Shares(80, 0, 4), 1e-4)).Sentence
            .ShouldBe("Nothing beats the base, which has 50% of 80 held-out examples: the best other, SFT at 1e-4, has 5% (-45 ±11 points).");
        Judge(0, Trial(TuneKind.Base, Shares(80, 0, 40))).Sentence
            .ShouldBe("Nothing was tried beside the base, which has 50% of 80 held-out examples.");
    }

    [Fact]
    public void No_sure_difference_from_the_base()
    {
        Judge(1, Trial(TuneKind.Base, Shares(80, 0, 12)),
            Trial(TuneKind.Prompted, Shares(80, 1, 16), shots: 4)).Sentence
            .ShouldBe("No sure difference between the base with 4 examples in the prompt and the base: 19% against 15% of 80 held-out examples (+3.8 ±5.5 points); about 270 held-out examples more would tell.");
    }

    [Fact]
    public void Nats_say_what_they_favour_and_few_examples_that_they_flatter()
    {
        var likelihood = TuneMetric.Choose([new AnnotatedExample(0, "p", "a\nb", "f", 1)], null, null);
        TuneTrial[] trials = [Trial(TuneKind.Base, [-2, -1.5, -2.5]), Trial(TuneKind.Sft, [-1, -0.6, -1.4], 1e-4)];
        var verdict = TuneVerdict.Of(trials, 1, likelihood, 42);
        verdict.Sentence.ShouldBe("SFT at 1e-4 is better than the base: -1.000 against -2.000 of 3 held-out examples (+1.000 ±0.113 nats per token).");
        verdict.Notes[0].ShouldBe("The figures are of the examples that the choice was made with, so the best one's is flattered.");
        verdict.Notes[1].ShouldStartWith("Nats per token of annotated answers favour SFT");
    }

    private static TuneVerdict Judge(int chosen, params TuneTrial[] trials) =>
        TuneVerdict.Of(trials, chosen, Number, 42);

    private static TuneTrial Trial(TuneKind kind, double[] scores, double? rate = null, int shots = 0) => TuneTrial.Of(
        new TuneCandidate(kind, rate, Shots: shots), "folder", new TuneOutcome(1, [new TuneScores(scores, 0, 10)], []));

    // Ones from one index to another.
    private static double[] Shares(int examples, int from, int to) =>
        [.. Enumerable.Range(0, examples).Select(i => i >= from && i < to ? 1.0 : 0)];

    private static (double Difference, double Error) Plain(double[] a, double[] b)
    {
        double sum = 0, squares = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += b[i] - a[i];
        }

        var mean = sum / a.Length;
        for (var i = 0; i < a.Length; i++)
        {
            squares += Math.Pow(b[i] - a[i] - mean, 2);
        }

        return (mean, Math.Sqrt(squares / (a.Length - 1) / a.Length));
    }
}

file static class Tolerances
{
    public static void ShouldBe(this (double Difference, double Error) actual,
        (double Difference, double Error) expected, double tolerance)
    {
        actual.Difference.ShouldBe(expected.Difference, tolerance);
        actual.Error.ShouldBe(expected.Error, tolerance);
    }
}
