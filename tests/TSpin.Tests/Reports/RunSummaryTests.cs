using Shouldly;
using TSpin.Reports;
using Xunit;

namespace TSpin.Tests.Reports;

public sealed class RunSummaryTests
{
    [Fact]
    public void Reads_a_whole_run()
    {
        using var folder = new RunFolder("whole").WriteWholeRun("tspin", iterations: 3, examples: 40, stepsPerIteration: 20);
        var summary = RunSummary.Read(folder.Path);
        (summary.Id, summary.Method, summary.Status, summary.PlannedIterations, summary.AnnotatedExamples).ShouldBe(("whole", "tspin", "finished", 3, 40));
        summary.Notes.ShouldBeEmpty();
        summary.Iterations.Select(iteration => iteration.Iteration).ShouldBe([0, 1, 2]);
        summary.Iterations.ShouldAllBe(iteration => iteration.Training!.Steps == 20 && iteration.Evaluation!.First.Examples == 300);
        summary.LastEvaluated!.Iteration.ShouldBe(2);
        var columns = ScoreColumn.Present([summary]);
        columns.Select(column => column.Title).ShouldBe(["greedy strict", "greedy flexible", "sampled strict", "sampled flexible", "held-out templates"]);
        columns[0].Of(summary.Initial)!.Value.ShouldBe(68 / 300.0, 1e-12);
        summary.Best(columns[0])!.Iteration.ShouldBe(2);
    }

    [Fact]
    public void Terms_are_means_over_the_last_fifth_of_the_steps()
    {
        using var folder = new RunFolder();
        folder.WriteLines("iteration-00/metrics.jsonl", Enumerable.Range(1, 10).Select(step => (object)new { step, loss = (double)step, current_advantage = (double?)(step == 10 ? null : 2.5), seconds = 0.5, peak_memory_bytes = 100 * step }));
        var terms = RunSummary.Read(folder.Path).Iterations.Single().Training!;
        (terms.Steps, terms.FirstLoss, terms.Loss, terms.CurrentAdvantage).ShouldBe((10, 1, 9.5, 2.5));
        terms.HistoricalAdvantage.ShouldBe(double.NaN);
        terms.Seconds.ShouldBe(5, 1e-12);
        terms.PeakMemoryBytes.ShouldBe(1000);
    }

    [Fact]
    public void After_a_resume_the_later_line_of_a_step_counts()
    {
        using var folder = new RunFolder();
        int[] steps = [1, 2, 3, 4, 3, 4, 5];
        folder.WriteLines("iteration-00/metrics.jsonl", steps.Select((step, line) => (object)new { step, loss = (double)line }));
        var record = RunRecord.Read(folder.Path);
        record.Steps.Select(step => step.Step).ShouldBe([1, 2, 3, 4, 5]);
        record.Steps.Select(step => step.Loss).ShouldBe([0, 1, 4, 5, 6]);
    }

    [Fact]
    public void Values_that_are_no_numbers_are_gaps_and_damaged_lines_are_noted()
    {
        using var folder = new RunFolder();
        folder.Write("iteration-00/metrics.jsonl", "{\"step\":1,\"loss\":NaN,\"gradient_norm\":-Infinity,\"learning_rate\":0.5}\n\n{\"step\":2,\"loss\":\"NaN\",\"gradient_norm\":[1]}\r\n[1,2]\n{\"step\":3,\"loss\":1.5}\n{\"step\":4,\"lo");
        var record = RunRecord.Read(folder.Path);
        record.Steps.Select(step => step.Loss).ShouldBe([double.NaN, double.NaN, 1.5]);
        record.Steps[0].LearningRate.ShouldBe(0.5);
        record.Summary.Notes.Single().ShouldContain("2 unreadable lines");
    }

    [Fact]
    public void Garbage_in_any_file_is_noted_and_passed_over()
    {
        using var folder = new RunFolder();
        foreach (var name in new[] { "run.json", "environment.json", "examples.jsonl", "alarms.jsonl", "initial/evaluation.json", "iteration-00/evaluation.json", "iteration-00/metrics.jsonl", "iteration-00/triplets-metrics.jsonl", "iteration-00/responses.jsonl" })
        {
            folder.Write(name, "\u0000\ufffd{{{[[[\"\n{\"a\":");
        }

        File.WriteAllBytes(Path.Combine(folder.Path, "recipe.yaml"), [0xff, 0xfe, 0x00, 0xd8, 0x41]);
        var summary = RunSummary.Read(folder.Path);
        summary.Iterations.ShouldBeEmpty();
        summary.Initial.ShouldBeNull();
        summary.Notes.Count.ShouldBe(9);
        RunReport.Html([folder.Path]).ShouldContain("Not shown");
    }

    [Fact]
    public void Fields_of_a_wrong_type_are_treated_as_missing()
    {
        using var folder = new RunFolder();
        folder.Write("run.json", "{\"id\":5,\"method\":null,\"iterations\":1e300,\"status\":{}}");
        folder.WriteEvaluation("initial", new { task = 3, examples = "many", greedy = new[] { 1 }, sampled = new { strict = 0.5, flexible = new { score = "high" } }, extra = new { a = 1 } });
        var summary = RunSummary.Read(folder.Path);
        (summary.Id, summary.Method, summary.PlannedIterations).ShouldBe(("demo", "", null));
        summary.Initial!.Main.ShouldBeNull();
        ScoreColumn.Present([summary]).ShouldBeEmpty();
    }

    [Fact]
    public void A_wrong_folder_is_refused_with_the_cure()
    {
        Should.Throw<TSpinException>(() => RunSummary.Read("/no/such/folder")).Message.ShouldContain("there is no such folder");
        using var folder = new RunFolder().Write("holiday.txt", "photos");
        Should.Throw<TSpinException>(() => RunSummary.Read(folder.Path)).Message.ShouldContain("not a run folder");
    }

    [Fact]
    public void A_lone_surrogate_in_a_response_does_not_lose_the_line()
    {
        using var folder = new RunFolder();
        folder.Write("iteration-00/responses.jsonl", "{\"index\":0,\"prompt\":\"p\",\"text\":\"a\\ud800b\\n\\\"\\u0041\",\"tokens\":[1,2],\"log_probs\":[-0.5,-0.25],\"finish_reason\":\"eos\"}\n");
        var sample = TripletSample.Choose(RunRecord.Read(folder.Path), 4, out var iteration).Single();
        iteration.ShouldBe(0);
        sample.ProtoSynthetic!.Text.ShouldBe("a\ud800b\n\"A");
        sample.ProtoSynthetic.LogProb.ShouldBe(-0.75);
    }

    [Fact]
    public void Samples_are_spread_over_the_data_and_come_from_the_last_iteration()
    {
        using var folder = new RunFolder().WriteWholeRun("tspin", iterations: 2, examples: 100, stepsPerIteration: 2);
        var samples = TripletSample.Choose(RunRecord.Read(folder.Path), 4, out var iteration);
        iteration.ShouldBe(1);
        samples.Select(sample => sample.Index).ShouldBe([0, 25, 50, 75]);
        samples.ShouldAllBe(sample => sample.Annotated.Contains("####") && sample.Synthetic != null && sample.ProtoSynthetic != null);
    }
}
