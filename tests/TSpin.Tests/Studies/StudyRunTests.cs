using Shouldly;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.SelfPlay;
using TSpin.Studies;
using Xunit;

namespace TSpin.Tests.Studies;

/// <summary>Whole studies over the tiny model: cells, ledger, interruptions, several machines, report.</summary>
public sealed class StudyRunTests
{
    [Fact]
    public void A_study_runs_every_cell_once_and_reports_what_they_say()
    {
        using var tiny = new TinyStudy();
        var plan = StudyPlan.Of(tiny.Whole("whole"));
        var said = new List<StudyEvent>();
        var run = new StudyRun(plan, new Relay<StudyEvent>(said.Add));
        run.Run().ShouldBe(0);
        var ledger = File.ReadAllText(run.Ledger.Path);
        var lines = run.Lines(out var stale);
        (lines.Count, stale).ShouldBe((8, 0));
        said.OfType<CellStarted>().Select(cell => cell.Left).ShouldBe([8, 7, 6, 5, 4, 3, 2, 1]);
        said.OfType<CellStarted>().Last().SecondsLeft!.Value.ShouldBeGreaterThan(0);
        lines.Where(line => line.AdoptedMinutes > 0).ShouldNotBeEmpty("the base is evaluated once for each seed");
        lines.Select(line => line.Of(-1)!.Find("gsm8k")!.Items!.Set).Distinct().Count().ShouldBe(1, "all are asked the same, whatever their order");
        lines.Select(line => line.Of(-1)!.Find("distance")!.Value).ShouldAllBe(distance => distance == 0);
        lines.Select(line => line.Of(0)!.Find("distance")!.Value).ShouldAllBe(distance => distance != 0);
        Nested(plan, lines);
        Directory.GetDirectories(plan.Study.Folder, "checkpoint", SearchOption.AllDirectories).ShouldBeEmpty("weights of finished cells go");

        run.Run().ShouldBe(0);
        File.ReadAllText(run.Ledger.Path).ShouldBe(ledger);

        var report = new StudyReport(plan, lines);
        var text = report.Markdown();
        text.ShouldContain("8 of 8 cells are finished: 2 methods, 2 amounts of data, 2 seeds, 1 setting each.");
        text.ShouldContain("|gsm8k/exact_match,strict-match|base|");
        text.ShouldContain("6 comparisons are made here");
        text.ShouldContain("Stands on 2 seeds, 4 cells at each amount.");
        report.Sentences.Count.ShouldBe(2);
        var page = report.Html();
        page.ShouldContain("against amount of data</figcaption>".Replace("</figcaption>", "", StringComparison.Ordinal));
        page.ShouldContain("distance, nats per token");
        page.ShouldNotContain("http://");
        report.Html().ShouldBe(page, "the same draws");
    }

    [Fact]
    public void A_study_that_was_killed_goes_on_and_finds_the_same()
    {
        using var tiny = new TinyStudy();
        const string keys = "methods: [sft, tspin]\nexamples: 2\nseeds: 1";
        using var stop = new CancellationTokenSource();
        var stopped = new StudyRun(StudyPlan.Of(tiny.Read("stopped", keys)), new Relay<StudyEvent>(value =>
        {
            if (value is CellMoved { Event: StageStarted { Iteration: 0, Stage: "training" } } && Directory.GetDirectories(tiny["studies", "stopped", "cells"]).Length == 2)
            {
                stop.Cancel();
            }
        }));
        Should.Throw<OperationCanceledException>(() => stopped.Run(cancellation: stop.Token));
        File.AppendAllText(stopped.Ledger.Path, "{\"cell\":\"tspin | 2 exam");
        stopped.Lines(out _).Count.ShouldBe(1);
        stopped.Run().ShouldBe(0);
        var whole = new StudyRun(StudyPlan.Of(tiny.Read("whole", keys)));
        whole.Run().ShouldBe(0);
        stopped.Lines(out _).Select(line => line.Finding()).ShouldBe(whole.Lines(out _).Select(line => line.Finding()));
    }

    [Fact]
    public void Ledgers_of_several_machines_are_one_and_an_unequal_cell_is_named()
    {
        using var tiny = new TinyStudy();
        const string keys = "methods: [sft, dft]\nexamples: 2\nseeds: [1, 2]";
        var (one, two) = (new StudyRun(StudyPlan.Of(tiny.Read("one", keys))), new StudyRun(StudyPlan.Of(tiny.Read("two", keys))));
        one.Run(new StudyLimits { Part = (1, 2) }).ShouldBe(2);
        two.Run(new StudyLimits { Part = (2, 2) }).ShouldBe(2);
        one.Lines(out _).Select(line => line.Seed).Distinct().ShouldBe([1UL], "a seed stays on one machine");
        one.Ledger.Merge([two.Ledger.Path]).ShouldBe(2);
        one.Ledger.Merge([two.Ledger.Path]).ShouldBe(0);
        one.Run().ShouldBe(0, "nothing is left to do");
        (one.Lines(out var stale).Count, stale).ShouldBe((4, 0));

        var before = File.ReadAllText(two.Ledger.Path);
        File.WriteAllText(two.Ledger.Path, before.Replace("\"steps\":2", "\"steps\":3", StringComparison.Ordinal));
        File.ReadAllText(two.Ledger.Path).ShouldNotBe(before);
        var error = Should.Throw<TSpinException>(() => one.Ledger.Merge([two.Ledger.Path]));
        error.Message.ShouldContain($"{two.Ledger.Path}:1: the cell \"sft | 2 examples | seed 2\" is another than in {one.Ledger.Path}:3, on the same kind of processor");
    }

    [Fact]
    public void Kinds_of_processor_are_never_pooled()
    {
        using var tiny = new TinyStudy();
        var plan = StudyPlan.Of(tiny.Read("kinds", "methods: [sft, dft]\nexamples: 2\nseeds: [1, 2]"));
        var run = new StudyRun(plan);
        run.Run(new StudyLimits { Part = (1, 2) });
        var lines = run.Lines(out _);
        run.Run();
        LedgerLine[] mixed = [.. lines, .. run.Lines(out _).Where(line => line.Seed == 2).Select(line => line with { Kind = "another" })];
        var kinds = StudyAnalysis.Of(plan, mixed);
        kinds.Count.ShouldBe(2);
        kinds.ShouldAllBe(kind => kind.Chosen("sft", 2).Count == 1);
        new StudyReport(plan, mixed).Markdown().ShouldContain("The ledger has cells of 2 kinds of processor. They differ in their last bits and are not compared with each other");
    }

    [Fact]
    public void Poor_settings_get_no_further_seeds_and_only_whole_ones_are_compared()
    {
        using var tiny = new TinyStudy();
        var plan = StudyPlan.Of(tiny.Read("drop", """
            methods: [sft, dft]
            examples: 2
            seeds: [1, 2]
            choose_on: validation/nats_per_token
            grid: {training.learning_rate: [1e-9, 1e-2]}
            drop: {after_seeds: 1}
            """));
        var run = new StudyRun(plan);
        run.Run(new StudyLimits { Only = "sft" });
        var first = StudyAnalysis.Of(plan, run.Lines(out _)).Single();
        first.Chosen("sft", 2).Count.ShouldBe(2, "it does not wait for the other method");
        first.Unfinished.ShouldBe([("dft", 2)]);
        new StudyReport(plan, run.Lines(out _)).Markdown().ShouldContain("Not compared yet at 2 examples, for lack of cells under the others' seeds: dft.");
        run.Run().ShouldBe(0);
        var lines = run.Lines(out _);
        lines.Count.ShouldBe(6);
        StudyAnalysis.Of(plan, lines).Single().Unfinished.ShouldBeEmpty();
        foreach (var method in (string[])["sft", "dft"])
        {
            LedgerLine[] own = [.. lines.Where(line => line.Method == method)];
            var best = own.Where(line => line.Seed == 1).MinBy(line => line.Result!.Find("validation/nats_per_token")!.Value)!.Setting;
            own.Single(line => line.Seed == 2).Setting.ShouldBe(best);
            var chosen = StudyAnalysis.Of(plan, lines).Single().Choices[(method, 2)];
            (chosen.Choice.Setting, chosen.Choice.Seeds, chosen.Settings).ShouldBe((best, 2, 2));
        }

        new StudyReport(plan, lines).Markdown().ShouldContain("6 of 8 cells are finished, 2 of settings that the first seeds showed to be poor were left out");
    }

    [Fact]
    public void Cells_that_would_not_end_in_time_are_not_started()
    {
        using var tiny = new TinyStudy();
        var said = new List<string>();
        var run = new StudyRun(StudyPlan.Of(tiny.Read("time", "methods: sft\nexamples: 2\nseeds: [1, 2]")), new Relay<StudyEvent>(value =>
        {
            if (value is StudyNoticed noticed)
            {
                said.Add(noticed.Text);
            }
        }));
        run.Run(new StudyLimits { Minutes = 10, Part = (1, 2) }).ShouldBe(1, "how long it takes is not known before");
        var first = run.Ledger.Read().Single() with { Minutes = 1000 };
        File.Delete(run.Ledger.Path);
        run.Ledger.Append(first);
        run.Run(new StudyLimits { Minutes = 10 }).ShouldBe(1);
        said.ShouldBe(["1 cell not started, since they would not end within 10 minutes"]);
        Should.Throw<TSpinException>(() => run.Run(new StudyLimits { Only = "tspin" })).Message.ShouldBe("--only tspin: the study has no such method; it has sft.");
        Should.Throw<TSpinException>(() => run.Run(new StudyLimits { Part = (3, 2) })).Message.ShouldStartWith("--part 3/2: there is no such part.");
    }

    [Fact]
    public void A_score_that_is_not_measured_is_said_after_the_first_cell()
    {
        using var tiny = new TinyStudy();
        var run = new StudyRun(StudyPlan.Of(tiny.Read("score", "methods: sft\nexamples: 2\nseeds: [1, 2]\nreport_on: gsm8k/acc")));
        Should.Throw<TSpinException>(() => run.Run()).Message.ShouldContain("report_on: \"gsm8k/acc\" was not measured in the cell \"sft | 2 examples | seed 1\"; there is validation/exact_match,strict-match, ");
        run.Ledger.Read().Count.ShouldBe(1);
    }

    [Fact]
    public void A_cell_that_has_nothing_left_to_train_on_is_a_finding()
    {
        using var tiny = new TinyStudy();
        var run = new StudyRun(StudyPlan.Of(tiny.Read("cut", "methods: [{method: tspin, set: {generation: {max_new_tokens: 1, cut_responses: drop}}}, sft]\nexamples: 2\nseeds: 1")));
        run.Run().ShouldBe(0);
        var lines = run.Ledger.Read();
        lines.Select(line => line.Failed is null).ShouldBe([false, true]);
        lines[0].Failed!.ShouldContain("generation.cut_responses drop leaves none to train on");
    }

    [Fact]
    public void What_a_kill_left_goes_at_the_next_start()
    {
        using var tiny = new TinyStudy();
        var plan = StudyPlan.Of(tiny.Read("left", "methods: sft\nexamples: 2\nseeds: 1"));
        var run = new StudyRun(plan);
        run.Run().ShouldBe(0);
        var line = run.Ledger.Read().Single();
        var weights = new RunFolder(Path.Combine(plan.Study.Folder, line.Folder)).Checkpoint(0);
        var half = Path.Combine(plan.Study.Folder, "shared", "evaluation-0.999999.tmp");
        Directory.CreateDirectory(weights);
        Directory.CreateDirectory(half);
        run.Run().ShouldBe(0);
        (Directory.Exists(weights), Directory.Exists(half)).ShouldBe((false, false));

        // A line of another recipe before: the report names lines of the file.
        var text = File.ReadAllText(run.Ledger.Path);
        File.WriteAllText(run.Ledger.Path, text.Replace(line.Work, "another", StringComparison.Ordinal) + text);
        new StudyReport(plan, run.Lines(out _)).Markdown().ShouldContain("|2|sft");

        StudyRun.MinutesOf(plan.Cells, [line with { Minutes = 5, AdoptedMinutes = 2 }]).ShouldBe(3);
        using var held = FolderLock.Acquire(plan.Study.Folder);
        Should.Throw<TSpinException>(() => run.Ledger.Merge([run.Ledger.Path])).Message.ShouldContain("in use by");
    }

    // Of each seed: the same validation, and the smaller amount is the beginning of the larger.
    private static void Nested(StudyPlan plan, IReadOnlyList<LedgerLine> lines)
    {
        foreach (var seed in plan.Study.Seeds)
        {
            string[] Of(int amount, string file) => File.ReadAllLines(Path.Combine(plan.Study.Folder, lines.First(line => line.Seed == seed && line.Examples == amount).Folder, file));
            Of(2, "examples.jsonl").ShouldBe(Of(4, "examples.jsonl")[..2]);
            Of(2, "validation.jsonl").ShouldBe(Of(4, "validation.jsonl"));
        }
    }
}
