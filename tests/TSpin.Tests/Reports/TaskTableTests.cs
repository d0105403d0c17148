using Shouldly;
using TSpin.Reports;
using Xunit;

namespace TSpin.Tests.Reports;

/// <summary>The paper's table: methods and iterations down, tasks and their average across.</summary>
public sealed class TaskTableTests
{
    [Fact]
    public void Runs_with_several_tasks_have_the_papers_table()
    {
        using var main = new RunFolder("main");
        main.Write("run.json", "{\"id\":\"main\",\"method\":\"tspin\",\"iterations\":2}");
        main.WriteEvaluation("initial", Evaluation(0.25, 0.5, 7.5));
        main.WriteEvaluation("iteration-00", Evaluation(0.5, 0.625, 6));
        main.WriteEvaluation("iteration-01", Evaluation(0.75, 0.5, 8));
        using var sft = new RunFolder("sft-run");
        sft.Write("run.json", "{\"id\":\"sft-run\",\"method\":\"sft\"}");
        sft.WriteEvaluation("initial", Evaluation(0.25, 0.5, 7.5));
        sft.WriteEvaluation("iteration-00",
            new { results = new[] { Task("gsm8k", 0.5, ("exact_match", "strict-match", true, 0.5)) } });

        RunReport.Markdown([main.Path, sft.Path]).ShouldContain("""

            | method | iteration | gsm8k exact\_match strict-match, % | hellaswag acc\_norm, % | taste score | average of 2, % |
            |---|---|--:|--:|--:|--:|
            | base |  | 25.0 ± 3.0 | 50.0 ± 3.0 | 7.50 ± 0.03 | 37.5 ± 2.1 |
            | T-SPIN | 0 | 50.0 ± 3.0 | **62.5 ± 3.0** | **6.00 ± 0.03** | 56.2 ± 2.1 |
            | T-SPIN | 1 | **75.0 ± 3.0** | 50.0 ± 3.0 | 8.00 ± 0.03 | **62.5 ± 2.1** |
            | SFT | 0 | 50.0 ± 3.0 |  |  |  |

            """);
        var html = RunReport.Html([main.Path, sft.Path]);
        html.ShouldContain("<h3>Tasks</h3>");
        html.ShouldContain("average of 2, %");
        // The table of all metrics, the sentence and the charts do not make a percentage of the judge's score either.
        html.ShouldContain("taste score");
        html.ShouldContain("Score per iteration, taste score");
        html.ShouldNotContain("750");
        RunReport.Markdown([main.Path, sft.Path]).ShouldNotContain("750");
    }

    [Fact]
    public void One_task_needs_none()
    {
        using var main = new RunFolder("main")
            .WriteWholeRun("tspin", iterations: 1, examples: 20, stepsPerIteration: 5);
        RunReport.Html([main.Path]).ShouldNotContain("<h3>Tasks</h3>");
        RunReport.Markdown([main.Path]).ShouldNotContain("average");
    }

    // Of the judge's score less is better, and it is no share.
    private static object Evaluation(double sums, double normalized, double taste) => new
    {
        results = new[]
        {
            Task("gsm8k", sums, ("exact_match", "strict-match", true, sums),
                ("exact_match", "flexible-extract", true, 0.9)),
            Task("hellaswag", normalized, ("acc", "none", true, 0.4), ("acc_norm", "none", true, normalized)),
            Task("taste", taste, ("score", "none", false, taste)),
        },
    };

    private static object Task(string name, double first,
        params (string Name, string Filter, bool Higher, double Value)[] metrics) => new
        {
            task = name,
            examples = 100,
            metrics = metrics.Select(metric =>
                new
                {
                    name = metric.Name,
                    filter = metric.Filter,
                    mode = "",
                    title = metric.Name,
                    value = metric.Value,
                    standard_error = 0.03,
                    examples = 100,
                    higher_is_better = metric.Higher
                }),
            answers = Array.Empty<object>(),
            seconds = first,
        };
}
