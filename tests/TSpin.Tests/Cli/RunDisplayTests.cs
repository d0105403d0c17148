using Shouldly;
using TSpin.Cli;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.Cli;

public sealed class RunDisplayTests
{
    [Fact]
    public void Plain_output_has_a_line_per_stage_result_and_notice_and_no_control_characters()
    {
        var output = Show(isTerminal: false);
        output.ShouldBe(
            """
            tspin  computing in float32
            tspin  iteration 0: proto-synthetic responses
            tspin    2 of 2 answers  150 tokens/s  0:00 left
            tspin  iteration 0: training
            tspin    step 4 of 4  loss 0.7000  u 3.5  v -1.2  900 tokens/s  0:00 left
            tspin  iteration 0: greedy 50.0% ±50.0 strict, 100.0% ±0.0 flexible; 50% end in #### n; annotated answers -0.2500 nats per token
            tspin  iteration 0: ALARM: saturation: all

            """);
    }

    [Fact]
    public void A_terminal_keeps_the_same_lines_in_the_end()
    {
        // Nothing that was rewritten is left: what a stage ended with, its results and its notices.
        var shown = Screen(Show(isTerminal: true));
        shown.ShouldBe(Show(isTerminal: false).TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(120, false)]
    [InlineData(34, true)]
    public void A_terminals_last_lines_are_rewritten_in_place_and_never_wrap(int width, bool isColoured)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var display = new RunDisplay(output, isTerminal: true, "tspin", width: () => width, isColoured: isColoured);
        display.Report(new StageStarted(0, "training", false));
        for (var step = 1; step <= 3; step++)
        {
            Thread.Sleep(110);
            display.Report(new Stepped(0, Step(step) with { Loss = step, HistoricalAdvantage = -step }));
        }

        var text = output.ToString();
        text.Contains("\x1b[36m", StringComparison.Ordinal).ShouldBe(isColoured && width > 60);
        var lines = Screen(text);
        lines.Length.ShouldBe(3, text);
        lines.ShouldAllBe(line => line.Length < width);
        lines[1].ShouldContain("step 3 of 4");
        lines[1].Contains("━━━━━━━━━━━━━━━━━━┄┄┄┄┄┄", StringComparison.Ordinal).ShouldBe(width > 60);
        lines[2].ShouldContain("loss ▁▅█ 3.0000");
        if (width > 60)
        {
            lines[2].ShouldContain("v █▅▁ -3.0");
        }
    }

    [Fact]
    public void What_Ctrl_C_says_stays()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var block = new LiveBlock(output, () => 80, isColoured: false);
        block.Paint("step 1", "loss 1");
        output.Write("\nstopping\n");
        block.Leave();
        block.Paint("step 2", "loss 2");
        block.Paint("step 3", "loss 3");
        Screen(output.ToString()).ShouldBe(["step 1", "loss 1", "", "stopping", "step 3", "loss 3"]);
    }

    [Fact]
    public void Pretraining_shows_a_bar_in_a_terminal_and_lines_elsewhere()
    {
        using var screen = new StringWriter { NewLine = "\n" };
        var live = PretrainCommand.Watch(new RunDisplay(screen, isTerminal: true, width: () => 100));
        Thread.Sleep(110);
        live.Report(Step(2));
        Screen(screen.ToString()).ShouldContain(line => line.Contains("━━━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄┄┄", StringComparison.Ordinal)
            && line.Contains("step 2 of 4", StringComparison.Ordinal) && line.Contains("tokens/s", StringComparison.Ordinal)
            && line.EndsWith(" left", StringComparison.Ordinal));
        Screen(screen.ToString()).ShouldContain(line => line.Contains("loss ▁ 0.7000", StringComparison.Ordinal));

        using var plain = new StringWriter { NewLine = "\n" };
        var lines = PretrainCommand.Watch(plain, TimeProvider.System);
        lines.Report(Step(2));
        plain.ToString().ShouldBeEmpty("every fifty steps, and the last");
        lines.Report(Step(4));
        plain.ToString().ShouldStartWith("step      4 of 4  loss 0.7000 nats  gradient ");
        plain.ToString().ShouldNotContain("\x1b");
    }

    [Theory]
    [InlineData(new double[0], 8, "")]
    [InlineData(new[] { 1.0, 1.0 }, 8, "▁▁")]
    [InlineData(new[] { 0.0, double.NaN, 7.0 }, 8, "▁█")]
    [InlineData(new[] { 0.0, 0.0, 1.0, 1.0 }, 2, "▁█")]
    public void A_row_of_numbers_is_a_line_of_blocks(double[] values, int width, string line) =>
        Sparkline.Of(values, width).ShouldBe(line);

    // What a terminal shows of it: lines, of which the last ones were rewritten.
    private static string[] Screen(string text)
    {
        var lines = new List<string> { "" };
        var row = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text.AsSpan(i).StartsWith("\x1b[2K"))
            {
                (lines[row], i) = ("", i + 3);
            }
            else if (text.AsSpan(i).StartsWith("\x1b[1A"))
            {
                (row, i) = (row - 1, i + 3);
            }
            else if (text[i] == '\x1b')
            {
                i = text.IndexOf('m', i);
            }
            else if (text[i] == '\n')
            {
                row++;
                if (row == lines.Count)
                {
                    lines.Add("");
                }
            }
            else if (text[i] != '\r')
            {
                lines[row] += text[i];
            }
        }

        return [.. lines.Select(line => line.TrimEnd()).Reverse().SkipWhile(line => line.Length == 0).Reverse()];
    }

    private static string Show(bool isTerminal)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var display = new RunDisplay(output, isTerminal, "tspin", width: () => 100);
        display.Report(new Noticed(-1, "computing in float32"));
        display.Report(new StageStarted(0, "proto-synthetic responses", false));
        display.Report(new Generated(0, new GenerationProgress(1, 2, 20, 140, 3)));
        display.Report(new Generated(0, new GenerationProgress(2, 2, 40, 150, 0)));
        display.Report(new StageStarted(0, "training", false));
        display.Report(new Stepped(0, Step(4)));
        EvaluatedAnswer[] answers = [Gsm8kTask.Judge(0, "greedy", "", "#### 4", "#### 4", true, 3), Gsm8kTask.Judge(1, "greedy", "", "#### 5", "it is 5", true, 3)];
        display.Report(new Evaluated(0, new CheckpointEvaluation([new EvaluationResult(
            "gsm8k", 2, [MetricScore.Of("exact_match", "strict-match", "greedy", "greedy strict", answers), MetricScore.Of("exact_match", "flexible-extract", "greedy", "greedy flexible", answers)],
            [AnswerStatistics.Of("greedy", answers, FinalNumber.EndsInFormat)], -0.25, 10, 1)])));
        display.Report(new Noticed(0, "saturation: all", IsAlarm: true));
        return output.ToString();
    }

    private static StepMetrics Step(int step) => new()
    {
        Step = step,
        Steps = 4,
        Epoch = 0,
        Iteration = 0,
        LearningRate = 1e-5,
        Loss = 0.7,
        CurrentAdvantage = 3.5,
        HistoricalAdvantage = -1.25,
        LogProbAnnotated = -10,
        LogProbPerTokenAnnotated = -1,
        GradientNorm = 1,
        TokensAnnotated = 10,
        TokensPerSecond = 900,
        Seconds = 0.1,
        PeakMemoryBytes = 1,
    };
}
