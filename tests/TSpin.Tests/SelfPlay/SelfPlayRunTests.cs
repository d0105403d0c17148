using System.Text.Json;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

public sealed class SelfPlayRunTests
{
    [Theory]
    [InlineData("tspin", "tspin")]
    [InlineData("tspin-no-history", "tspin-no-history")]
    [InlineData("tspin-ref", "tspin-ref")]
    [InlineData("spin", "spin")]
    [InlineData("sft", "sft")]
    public void Every_method_leaves_the_documented_run_folder(string named, string word)
    {
        var method = Methods.Named(named);
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(method);
        var run = tiny.Run(recipe, "run");

        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).ShouldBe(recipe);
        var status = Json(run, "run.json");
        (status.GetProperty("id").GetString(), status.GetProperty("method").GetString(), status.GetProperty("status").GetString(), status.GetProperty("iterations").GetInt32())
            .ShouldBe(("run", word, "finished", 2));
        Json(run, "environment.json").GetProperty("compute_type").GetString().ShouldBe("float32");
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("</html>");
        File.ReadAllLines(Path.Combine(run, "examples.jsonl")).Length.ShouldBe(6);

        var files = Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(run, file)).ToArray();
        string[] perIteration = [
            "metrics.jsonl", "triplets-metrics.jsonl", "evaluation.json", "evaluation-answers.jsonl",
            "checkpoint/config.json", "checkpoint/generation_config.json", "checkpoint/model.safetensors", "checkpoint/tokenizer.json"];
        string[] responses = method == Methods.Sft ? [] : ["responses.jsonl", "responses.json", "responses-metrics.json"];
        string[] reference = (method == Methods.Spin || method == Methods.TSpinRef) ? ["reference-log-probs.jsonl"] : [];
        files.ShouldBe(
            [
                "recipe.yaml", "environment.json", "run.json", "sources.json", "manifest.json", "examples.jsonl", "audit.jsonl", "alarms.jsonl", "report.html", ".tspin.lock",
                "initial/evaluation.json", "initial/evaluation-answers.jsonl",
                .. from t in Enumerable.Range(0, 2) from name in (string[])[.. perIteration, .. responses, .. reference] select $"iteration-{t:D2}/{name}",
            ],
            ignoreOrder: true);

        var manifest = RunManifest.Open(run);
        foreach (var artifact in (string[])["examples.jsonl", "iteration-00/checkpoint", "iteration-01/checkpoint", "iteration-01/evaluation.json", .. responses.Take(1).Select(name => "iteration-01/" + name)])
        {
            manifest.Verify(artifact);
        }

        using var trained = DecoderLoader.Load(Path.Combine(run, "iteration-01", "checkpoint"));
        trained.Config.HiddenSize.ShouldBe(16);
        var summary = RunSummary.Read(run);
        summary.Notes.ShouldBeEmpty();
        summary.Method.ShouldBe(word);
        summary.Iterations.Count.ShouldBe(2);
        summary.Initial.ShouldNotBeNull();
        summary.LastEvaluated!.Iteration.ShouldBe(1);
    }

    [Theory]
    [InlineData("tspin", true, true)]
    [InlineData("tspin-no-history", true, false)]
    [InlineData("tspin-ref", true, true)]
    [InlineData("spin", true, false)]
    [InlineData("sft", false, false)]
    public void Metrics_are_finite_and_of_the_method(string word, bool hasSynthetic, bool hasProto)
    {
        var method = Methods.Named(word);
        using var tiny = new TinyRun();
        var steps = new List<Stepped>();
        var run = tiny.Run(tiny.Recipe(method), "run", value => { if (value is Stepped step) { steps.Add(step); } });
        steps.Select(step => (step.Iteration, step.Metrics.Step)).ShouldBe([(0, 1), (0, 2), (0, 3), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4)]);
        foreach (var metrics in steps.Select(step => step.Metrics))
        {
            double.IsFinite(metrics.Loss).ShouldBeTrue();
            metrics.GradientNorm.ShouldBeGreaterThan(0);
            metrics.LogProbAnnotated.ShouldBeLessThan(0);
            metrics.LogProbSynthetic.HasValue.ShouldBe(hasSynthetic);
            metrics.LogProbProtoSynthetic.HasValue.ShouldBe(hasProto);
        }

        foreach (var line in new[] { 0, 1 }.SelectMany(t => File.ReadLines(Path.Combine(run, $"iteration-{t:D2}", "metrics.jsonl"))))
        {
            line.ShouldNotContain("NaN");
            line.ShouldNotContain("Infinity");
        }
    }

    [Fact]
    public void Iteration_0_plays_against_the_proto_synthetic_responses_and_pays_for_them_once()
    {
        using var tiny = new TinyRun();
        var steps = new List<Stepped>();
        var stages = new List<string>();
        var run = tiny.Run(tiny.Recipe(), "run", value =>
        {
            if (value is Stepped step)
            {
                steps.Add(step);
            }
            else if (value is StageStarted stage)
            {
                stages.Add($"{stage.Iteration} {stage.Stage}");
            }
        });

        stages.ShouldBe([
            "-1 evaluating the starting model", "0 proto-synthetic responses", "0 training", "0 evaluating", "1 synthetic responses", "1 training", "1 evaluating"]);
        foreach (var metrics in steps.Where(step => step.Iteration == 0).Select(step => step.Metrics))
        {
            metrics.HistoricalAdvantage.ShouldBe(0);
            metrics.HistoricalTerm!.Value.ShouldBe(Math.Log(2), 1e-6);
            metrics.LogProbProtoSynthetic.ShouldBe(metrics.LogProbSynthetic);
            metrics.Loss.ShouldBe(metrics.CurrentTerm!.Value, 1e-6);   // beta is 0 here
        }

        var first = steps.First(step => step.Iteration == 1).Metrics;
        first.HistoricalAdvantage!.Value.ShouldNotBe(0);
        first.Loss.ShouldBe(first.CurrentTerm!.Value + (0.1 * first.HistoricalTerm!.Value), 1e-6);

        var (proto, synthetic) = (Tokens(run, 0), Tokens(run, 1));
        proto.Count.ShouldBe(6);
        synthetic.Keys.ShouldBe(proto.Keys, ignoreOrder: true);
        synthetic.Any(line => !line.Value.SequenceEqual(proto[line.Key])).ShouldBeTrue();
    }

    [Fact]
    public void The_generator_and_the_trainer_agree_on_the_log_probability_of_a_response()
    {
        using var tiny = new TinyRun();
        var run = tiny.Run(tiny.Recipe() with { Training = tiny.Recipe().Training with { Iterations = 1, BatchSize = 6, Epochs = 1 } }, "run");
        var generated = ResponseFile.Read(Path.Combine(run, "iteration-00", "responses.jsonl")).ToDictionary(line => line.Index, line => line.LogProbs.Sum(value => (double)value));
        var trained = File.ReadLines(Path.Combine(run, "iteration-00", "triplets-metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        trained.Length.ShouldBe(6);
        foreach (var line in trained)
        {
            line.GetProperty("log_prob_synthetic").GetDouble().ShouldBe(generated[line.GetProperty("index").GetInt32()], 1e-3);
        }
    }

    [Fact]
    public void Sft_lowers_its_loss()
    {
        using var tiny = new TinyRun();
        var losses = new List<double>();
        var recipe = tiny.Recipe(Methods.Sft);
        tiny.Run(recipe with { Training = recipe.Training with { Epochs = 6, LearningRate = [5e-3] } }, "run", value => { if (value is Stepped step) { losses.Add(step.Metrics.Loss); } });
        losses[^1].ShouldBeLessThan(losses[0] - 0.5);
    }

    private static Dictionary<int, int[]> Tokens(string run, int iteration) =>
        ResponseFile.Read(Path.Combine(run, $"iteration-{iteration:D2}", "responses.jsonl")).ToDictionary(line => line.Index, line => line.Tokens);

    private static JsonElement Json(string run, string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, name))).RootElement;
}
