using Shouldly;
using TSpin.Cli;
using TSpin.SelfPlay;
using TSpin.Tuning;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>What tuning shows as it goes.</summary>
public sealed class TuneDisplayTests
{
    [Fact]
    public void Plain_output_has_a_line_for_each_finding_and_trial() => Show(isTerminal: false).ShouldBe(
        """
        chosen by something
        1 of 3  the base: about 0:30, 59:00 left in all
        the base                                     15% ±4          0:31  best so far
        SFT at 1e-4                                  81% ±4          done before  best so far  (saturation)
        T-SPIN at 1e-5                               not tried: no time left

        """);

    [Fact]
    public void A_terminal_shows_trial_stage_and_what_is_left_and_rewrites_them()
    {
        var shown = Show(isTerminal: true);
        shown.ShouldContain("1 of 3  the base  0:15 left, 58:45 in all\n");
        shown.ShouldContain("  evaluating\n");
        shown.ShouldContain("\x1b[1A\x1b[2K");
    }

    private static string Show(bool isTerminal)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var display = new TuneDisplay(output, isTerminal, () => 120);
        var (basis, sft) = (Trial(TuneKind.Base, null, 31), Trial(TuneKind.Sft, 1e-4, 9, "saturation"));
        display.Report(new TuneSaid("chosen by something"));
        display.Report(new TuneStarted(basis.Candidate, 1, 3, 30, 3540));
        Thread.Sleep(isTerminal ? 110 : 0);
        display.Report(new TuneMoved(new StageStarted(-1, "evaluating", false), 0.5, 15, 3525));
        display.Report(new TuneFinished(basis, "15% ±4", IsBest: true, WasDone: false));
        display.Report(new TuneFinished(sft, "81% ±4", IsBest: true, WasDone: true));
        display.Report(new TuneSkipped(new TuneTrial(new TuneCandidate(TuneKind.TSpin, 1e-5), "f", null,
            Reason: "no time left")));
        display.Close();
        return output.ToString();
    }

    private static TuneTrial Trial(TuneKind kind, double? rate, double seconds, params string[] alarms) => TuneTrial.Of(
        new TuneCandidate(kind, rate), "f", new TuneOutcome(seconds, [new TuneScores([0, 1], 0, 5)], alarms));
}
