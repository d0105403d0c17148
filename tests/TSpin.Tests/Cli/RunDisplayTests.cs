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
    public void A_terminal_gets_a_line_that_is_rewritten_in_place()
    {
        var output = Show(isTerminal: true);
        output.ShouldContain("\r\x1b[2Ktspin    step 4 of 4");
        output.ShouldEndWith("ALARM: saturation: all\n");
    }

    private static string Show(bool isTerminal)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var display = new RunDisplay(output, isTerminal, "tspin");
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
