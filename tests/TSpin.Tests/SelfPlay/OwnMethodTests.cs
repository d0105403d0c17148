using System.Text.Json;
using Shouldly;
using TSpin.Data;
using TSpin.Files;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Scoring;
using TSpin.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>Methods that come from outside, through a whole run: what the contract can carry beyond the paper's.</summary>
public sealed class OwnMethodTests
{
    private static readonly Method Recorded = Register("test-recorded", ReferencePolicy.Initial, [ResponseRole.Rejected, ResponseRole.Synthetic, ResponseRole.EarlierSynthetic]);

    private static readonly Method Diverging = Register("test-diverging", ReferencePolicy.Initial, []);

    private static readonly MethodSetting Margin = new("test_margin", 0.5, "[0, 10]", "A margin.");

    private static readonly Method Continuing = Register("test-continuing", ReferencePolicy.Iterate, [], [Margin]);

    [Fact]
    public void Rejected_and_earlier_responses_and_the_initial_reference_reach_the_objective()
    {
        using var tiny = new TinyRun();
        var recipe = Preferences(tiny, Recorded);
        Seen.Clear();

        var run = tiny.Run(recipe, "run");

        Seen.ShouldNotBeEmpty();
        foreach (var (iteration, policy, reference) in Seen)
        {
            policy.Rejected.ShouldNotBeNull();
            policy.EarlierSynthetic.ShouldNotBeNull();
            reference.Rejected.ShouldNotBeNull();
            iteration.ShouldBeInRange(0, 1);
        }

        // pi_0 in both iterations: what does not change (prompt, y and the rejected response) has the same log-probabilities.
        var first = References(run, 0);
        var second = References(run, 1);
        first.Zip(second).ShouldAllBe(pair => Math.Abs(pair.First.Annotated - pair.Second.Annotated) < 1e-3 && Math.Abs(pair.First.Rejected!.Value - pair.Second.Rejected!.Value) < 1e-3);
        // The trained policy would have given others.
        var metrics = JsonLinesReader.Read<StepMetrics>(Path.Combine(run, "iteration-01", "metrics.jsonl")).ToArray();
        metrics.ShouldAllBe(step => step.Terms!.ContainsKey("log_prob_rejected") && step.Terms.ContainsKey("log_prob_earlier_synthetic") && step.Terms["own"] == 3);
        Math.Abs(metrics.Average(step => step.LogProbAnnotated) - second.Average(row => row.Annotated)).ShouldBeGreaterThan(0.1);
        // y' of iteration 0, twice: as the earlier one in iteration 1, and as its own earlier one in iteration 0.
        JsonLinesReader.Read<StepMetrics>(Path.Combine(run, "iteration-00", "metrics.jsonl")).ShouldAllBe(step => step.Terms!["log_prob_earlier_synthetic"] == step.LogProbSynthetic);
        File.ReadAllText(Path.Combine(run, "examples.jsonl")).ShouldContain("\"rejected\":\"No.\"");
    }

    [Fact]
    public void A_run_of_such_a_method_that_is_killed_ends_as_if_undisturbed()
    {
        using var tiny = new TinyRun();
        var recipe = Preferences(tiny, Recorded) with { Training = Preferences(tiny, Recorded).Training with { SaveEverySteps = 1 } };
        var whole = tiny.Run(recipe, "whole");
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => tiny.Run(recipe, "cut", seen =>
        {
            if (seen is Stepped { Iteration: 1, Metrics.Step: 2 })
            {
                stop.Cancel();
            }
        }, stop.Token));

        var cut = tiny.Run(recipe, "cut");

        TinyRun.Outcome(cut).ShouldBe(TinyRun.Outcome(whole));
    }

    [Fact]
    public void Distributions_are_compared_with_the_model_that_the_run_began_with()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Diverging);

        var run = tiny.Run(recipe, "run");

        var steps = new[] { 0, 1 }.SelectMany(iteration => JsonLinesReader.Read<StepMetrics>(Path.Combine(run, $"iteration-0{iteration}", "metrics.jsonl"))).ToArray();
        steps[0].Terms!["divergence"].ShouldBe(0, 1e-6);
        // In the second iteration the policy has left pi_0, so that its first step is far from it already.
        steps[^1].Iteration.ShouldBe(1);
        steps.First(step => step.Iteration == 1).Terms!["divergence"].ShouldBeGreaterThan(1e-4);
    }

    [Fact]
    public void Responses_made_within_a_step_are_those_of_the_policy_at_that_step()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Continuing) with { Objective = new ObjectiveSettings().With(Margin, 2) };

        var run = tiny.Run(recipe, "run");

        var steps = JsonLinesReader.Read<StepMetrics>(Path.Combine(run, "iteration-00", "metrics.jsonl")).ToArray();
        steps.ShouldAllBe(step => step.Terms!["tokens_continuation"] > 0 && step.Terms["tokens_continuation"] <= 3 && step.Terms["margin"] == 2);
        // Greedy answers: every token is the most probable one, so that none is less likely than 1 in the vocabulary.
        steps.ShouldAllBe(step => step.Terms!["log_prob_per_token_continuation"] > -Math.Log(280));
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldContain("test_margin: 2");
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        TinyRun.Outcome(tiny.Run(recipe, "again")).ShouldBe(TinyRun.Outcome(run));
    }

    [Fact]
    public void Data_without_rejected_responses_are_refused_before_anything_is_computed()
    {
        using var tiny = new TinyRun();
        Should.Throw<TSpinException>(() => tiny.Run(tiny.Recipe(Recorded), "run")).Message.ShouldContain("has no rejected response, which the method learns from");
    }

    [Fact]
    public void One_iteration_alone_is_refused_where_it_needs_what_came_before()
    {
        using var tiny = new TinyRun();
        var run = new SelfPlayRun(Preferences(tiny, Recorded), tiny["run"]);
        Should.Throw<TSpinException>(() => run.TrainOnce(1, null, null)).Message.ShouldContain("which iteration 1 by itself does not");
    }

    [Fact]
    public void Names_and_settings_are_taken_once_and_unknown_methods_refused()
    {
        Should.Throw<ArgumentException>(() => Methods.Register(Recorded)).Message.ShouldContain("there is a method test-recorded already");
        Should.Throw<ArgumentException>(() => Register("Test_Name", ReferencePolicy.Iterate, [])).Message.ShouldContain("use a-z, 0-9 and -");
        Should.Throw<ArgumentException>(() => Register("test-other-margin", ReferencePolicy.Iterate, [], [Margin with { Default = 1 }])).Message.ShouldContain("objective.test_margin");
        using var tiny = new TinyRun();
        var unknown = new Method { Name = "test-unknown", DisplayName = "?", Create = (_, _) => new SftObjective() };
        Should.Throw<ArgumentException>(() => new SelfPlayRun(tiny.Recipe(unknown), tiny["run"])).Message.ShouldContain("call Methods.Register before");
        // Docs and help are about the program's own.
        RecipeSchema.Entries.ShouldNotContain(entry => entry.Field.Contains("test_margin"));
        Should.Throw<RecipeException>(() => RecipeReader.Parse("method: test-recordet\nmodel: {path: m}\ndata: {train: d}", "x.yaml", [])).Message.ShouldContain("test-recorded");
    }

    private static List<(int Iteration, SequenceLogProbs Policy, SequenceLogProbs Reference)> Seen { get; } = [];

    private static Method Register(string name, ReferencePolicy reference, ResponseRole[] responses, MethodSetting[]? settings = null)
    {
        var method = new Method
        {
            Name = name,
            DisplayName = name,
            Reference = reference,
            Responses = responses,
            Settings = settings ?? [],
            Create = (values, iteration) => new TestObjective(name, iteration, settings is null ? 0 : values.Of(settings[0])),
        };
        Methods.Register(method);
        return method;
    }

    private static Recipe Preferences(TinyRun tiny, Method method)
    {
        var lines = File.ReadLines(tiny.Train).Select((line, i) =>
        {
            using var record = JsonDocument.Parse(line);
            var texts = record.RootElement.EnumerateObject().Select(field => field.Value.GetString()!).ToArray();
            return JsonSerializer.Serialize(new { prompt = texts[0], chosen = texts[1], rejected = i % 2 == 0 ? "No." : "I do not know." });
        });
        File.WriteAllLines(tiny["pairs.jsonl"], [.. lines]);
        var recipe = tiny.Recipe(method);
        return recipe with { Data = new DataSettings { Train = [tiny["pairs.jsonl"]] } };
    }

    private static ReferenceLogProbs[] References(string run, int iteration) =>
        [.. JsonLinesReader.Read<ReferenceLogProbs>(Path.Combine(run, $"iteration-0{iteration}", "reference-log-probs.jsonl"))];

    private sealed class TestObjective(string name, int iteration, double margin) : Objective, ITokenTerm
    {
        public override string Name => name;

        public override IReadOnlyList<ResponseRole> Responses => [];

        public override bool NeedsReference => name == "test-recorded";

        public override ITokenTerm? Term => name == "test-diverging" ? this : null;

        public override ContinuationSettings? Continuations => name == "test-continuing" ? new ContinuationSettings(3) : null;

        bool ITokenTerm.NeedsReference => true;

        public Tensor Evaluate(Tensor logProbs, Tensor? reference, Tensor targets) => (reference!.Exp() * (reference - logProbs)).Sum(1);

        public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
        {
            var annotated = policy.Of(ResponseRole.Annotated);
            switch (name)
            {
                case "test-recorded":
                    Seen.Add((iteration, policy, reference!));
                    var loss = (policy.Rejected! - policy.Annotated).Exp() * 0 - policy.Annotated + (policy.EarlierSynthetic! * 0.01);
                    return new ObjectiveValue(loss) { Terms = new Dictionary<string, Tensor> { ["own"] = (policy.Annotated.Detach() * 0) + 3 } };
                case "test-diverging":
                    var divergence = annotated.SumOf(annotated.Terms!);
                    return new ObjectiveValue((divergence * 0.1) - annotated.Sums) { Terms = new Dictionary<string, Tensor> { ["divergence"] = divergence.Detach() } };
                default:
                    var own = policy.Of(ResponseRole.Continuation);
                    return new ObjectiveValue(own.Means - annotated.Means) { Terms = new Dictionary<string, Tensor> { ["margin"] = (annotated.Sums.Detach() * 0) + margin } };
            }
        }
    }
}
