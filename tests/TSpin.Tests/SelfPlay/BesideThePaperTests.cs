using System.Text.Json;
using Shouldly;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>
/// What stands beside the paper's method, off by default: the likelihood of y, cut responses, two iterations'
/// responses together.
/// </summary>
public sealed class BesideThePaperTests
{
    private const int Limit = 8;

    // With these, some of the tiny model's answers end within the limit and others do not: most of its tokens are
    // single bytes.
    private static readonly GenerationSettings Short = new()
    {
        MaxNewTokens = Limit,
        BatchSize = 4,
        Stop = ["!", "#", "$", "%", "&", "(", ")", "*", "+", ",", "-", ".", "/", ":", ";", "="],
    };

    [Fact]
    public void The_likelihood_of_y_is_added_as_the_mean_over_the_steps_tokens()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();

        var plain = Steps(tiny.Run(recipe, "plain"), 0);
        var run = tiny.Run(recipe with { Objective = recipe.Objective with { SftWeight = 0.7 } }, "weighted");
        var weighted = Steps(run, 0);

        // Before the first update both are the same model.
        weighted[0].Loss.ShouldBe(plain[0].Loss - (0.7 * plain[0].LogProbPerTokenAnnotated), 1e-5);
        weighted[0].CurrentTerm!.Value.ShouldBe(plain[0].CurrentTerm!.Value, 1e-6);
        weighted[0].Terms!["nll"].ShouldBeGreaterThan(0);
        weighted[^1].LogProbAnnotated.ShouldNotBe(plain[^1].LogProbAnnotated);
        plain[0].Terms.ShouldBeNull();
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldContain("sft_weight: 0.7");
    }

    [Fact]
    public void Triplets_of_cut_responses_are_dropped_and_counted()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe() with { Generation = Short with { CutResponses = CutResponses.Drop } };

        var run = tiny.Run(recipe, "run");

        foreach (var iteration in new[] { 0, 1 })
        {
            var lines = Responses(run, iteration);
            var cut = lines.Where(line => line.FinishReason == FinishReason.Length).Select(line => line.Index)
                .ToArray();
            cut.Length.ShouldBeInRange(1, 5, "the test needs both kinds, in both iterations");
            JsonLinesReader.Read<TripletMetrics>(
                Path.Combine(run, $"iteration-0{iteration}", "triplets-metrics.jsonl")).Select(line => line.Index)
                .Distinct().Order()
                .ShouldBe(Enumerable.Range(0, 6).Except(cut));
            Metrics(run, iteration).ShouldBe((6, 0, cut.Length));
        }

        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("y′ dropped");
        var tooShort = new GenerationSettings { MaxNewTokens = 1, CutResponses = CutResponses.Drop };
        Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe() with { Generation = tooShort }, "none"))
            .Message.ShouldContain("all 6 responses were cut at generation.max_new_tokens 1");
    }

    [Fact]
    public void Cut_responses_are_continued_once_and_a_killed_run_ends_as_if_undisturbed()
    {
        using var tiny = new TinyRun();
        var kept = tiny.Run(tiny.Recipe() with { Generation = Short }, "kept");
        var recipe = tiny.Recipe() with { Generation = Short with { CutResponses = CutResponses.Retry } };

        var run = tiny.Run(recipe, "run");

        var (first, again) = (Responses(kept, 0), Responses(run, 0));
        var cut = first.Count(line => line.FinishReason == FinishReason.Length);
        cut.ShouldBeInRange(1, 5, "the test needs both kinds");
        Metrics(run, 0).ShouldBe((6, cut, 0));
        foreach (var (one, other) in first.Zip(again))
        {
            other.Index.ShouldBe(one.Index);
            // The seed is the same, so that the second answer goes on where the first was cut.
            (one.FinishReason == FinishReason.Length ? other.Tokens[..Limit] : other.Tokens).ShouldBe(one.Tokens);
            other.Tokens.Length.ShouldBeInRange(1, one.FinishReason == FinishReason.Length ? 2 * Limit : Limit);
        }

        again.Any(line => line.Tokens.Length > Limit).ShouldBeTrue();
        File.Exists(Path.Combine(run, "iteration-00", "responses-first.jsonl")).ShouldBeFalse();
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "stopped", seen =>
        {
            if (seen is Noticed { Text: var text } && text.Contains("answered once more", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }, stop.Token));
        File.Exists(Path.Combine(tiny["stopped"], "iteration-00", "responses-first.jsonl")).ShouldBeTrue();
        TinyRun.Outcome(tiny.Run(recipe, "stopped")).ShouldBe(TinyRun.Outcome(run));
    }

    [Fact]
    public void Two_iterations_responses_are_trained_on_together()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Methods.Spin);
        recipe = recipe with { Generation = recipe.Generation with { MixPrevious = true } };

        var run = tiny.Run(recipe, "run");

        (Steps(run, 0).Length, Steps(run, 1).Length).ShouldBe((4, 6));
        RunPlan.Of(recipe).StepsInAll.ShouldBe(10);
        // Of each example a triplet with y' of this iteration and one with y' of the last, twice for two epochs.
        var lines = JsonLinesReader.Read<TripletMetrics>(Path.Combine(run, "iteration-01", "triplets-metrics.jsonl"))
            .ToArray();
        lines.GroupBy(line => line.Index).ShouldAllBe(example => example.Count() == 4);
        Should.Throw<TSpinException>(() => new SelfPlayRun(recipe, tiny["one"])
            .TrainOnce(1, Path.Combine(run, "iteration-01", "responses.jsonl"), null))
            .Message.ShouldContain("generation.mix_previous");
    }

    [Fact]
    public void Alpha_beta_and_lambda_may_be_lists_by_iteration()
    {
        var recipe = RecipeReader.Parse(
            "objective: {alpha: [1, 0.5], beta: [0.1], lambda: [0.1, 0.2, 5]}\nmodel: {path: m}\ndata: {train: d}",
            "x.yaml", []);
        var settings = recipe.Objective;

        (settings.At(0).Alpha, settings.At(1).Alpha, settings.At(7).Alpha).ShouldBe((1, 0.5, 0.5));
        (settings.At(0).Lambda, settings.At(1).Lambda, settings.At(2).Lambda, settings.At(3).Lambda)
            .ShouldBe((0.1, 0.2, 5, 5));
        settings.BetaSchedule.ShouldBeEmpty();
        RecipeReader.Parse(RecipeWriter.Write(recipe), "y.yaml", []).Objective.ShouldBe(settings);
        // One number is what it was, also as a list.
        RecipeReader.Parse("objective: {alpha: [0.5]}\nmodel: {path: m}\ndata: {train: d}", "x.yaml", [])
            .Objective.ShouldBe(new ObjectiveSettings { Alpha = 0.5 });
        RecipeWriter.Write(recipe with { Objective = new ObjectiveSettings() }).ShouldContain("  alpha: 1\n");
        Should.Throw<RecipeException>(
            () => RecipeReader.Parse("objective: {alpha: [1, 0]}\nmodel: {path: m}\ndata: {train: d}", "x.yaml", []))
            .Message.ShouldContain("0 is not in (0, 1000]");

        using var scope = new TSpin.Torch.TensorScope();
        var probs = new TSpin.Tests.Objectives.Texts().Add(TSpin.Prompts.ResponseRole.Annotated, [-4])
            .Add(TSpin.Prompts.ResponseRole.Synthetic, [-6]).Policy();
        Methods.TSpinNoHistory.ObjectiveOf(settings, 1).Evaluate(probs).RewardAnnotated!.Item().ShouldBe(-2);
    }

    [Fact]
    public void Settings_that_a_method_would_ignore_are_refused()
    {
        Fault("method: sft\nobjective: {sft_weight: 0.1}")
            .ShouldContain(
            "objective.sft_weight: it adds the likelihood of the annotated responses, which method sft has already");
        Fault("method: cpo\nobjective: {sft_weight: 0.1}").ShouldContain("method cpo has already");
        Fault("method: sft\ngeneration: {cut_responses: drop}")
            .ShouldContain("generation.cut_responses: method sft trains on no synthetic responses");
        Fault("method: dpo\ngeneration: {mix_previous: true}")
            .ShouldContain("generation.mix_previous: method dpo trains on no synthetic responses");
        Should.Throw<TSpinException>(() => Methods.Orpo.ObjectiveOf(new ObjectiveSettings { SftWeight = 1 }, 0))
            .Message.ShouldContain("method orpo has already");

        static string Fault(string text) =>
            Should.Throw<RecipeException>(
            () => RecipeReader.Parse($"{text}\nmodel: {{path: m}}\ndata: {{train: d}}", "x.yaml", [])).Message;
    }

    [Fact]
    public void Steps_tell_how_likely_the_ends_are()
    {
        using var tiny = new TinyRun();
        var steps = Steps(tiny.Run(tiny.Recipe() with { Generation = Short }, "run"), 0);

        // Every y ends; none of these y' ends by the model's own end token unless it drew it.
        steps.ShouldAllBe(step => step.EndLogProbAnnotated < 0);
        steps[^1].EndLogProbAnnotated.ShouldNotBe(steps[0].EndLogProbAnnotated);
    }

    private static (int Answers, int Retried, int Dropped) Metrics(string run, int iteration)
    {
        using var record = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(run, $"iteration-0{iteration}", "responses-metrics.json")));
        return (record.RootElement.GetProperty("answers").GetInt32(),
            record.RootElement.GetProperty("retried").GetInt32(), record.RootElement.GetProperty("dropped").GetInt32());
    }

    private static ResponseLine[] Responses(string run, int iteration) =>
        [.. ResponseFile.Read(Path.Combine(run, $"iteration-0{iteration}", "responses.jsonl"))];

    private static StepMetrics[] Steps(string run, int iteration) =>
        [.. JsonLinesReader.Read<StepMetrics>(Path.Combine(run, $"iteration-0{iteration}", "metrics.jsonl"))];
}
