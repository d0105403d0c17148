using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Extending;
using Shouldly;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Scoring;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Samples;

/// <summary>samples/Extending: everything it adds goes through an ordinary run.</summary>
public sealed class ExtendingTests
{
    private static string _choices = "";

    static ExtendingTests()
    {
        Methods.Register(SampleDft.Method);
        Methods.Register(SampleIpo.Method);
        EvaluationTasks.Register(MultipleChoiceTask.TaskName, (_, _) => new MultipleChoiceTask(_choices));
    }

    [Fact]
    public void An_objective_that_weighs_tokens_trains()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe(Methods.Named("sample-dft"));

        var run = tiny.Run(recipe, "run");

        File.Exists(Path.Combine(run, "iteration-00", "responses.jsonl")).ShouldBeFalse();
        var steps = Steps(run, 0);
        steps.ShouldNotBeEmpty();
        RecipeReader.Read(Path.Combine(run, "recipe.yaml"), []).Method.ShouldBe(SampleDft.Method);
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("<h1>DFT: run</h1>");
    }

    [Fact]
    public void Its_loss_and_gradient_are_those_of_the_equation()
    {
        using var scope = new TensorScope();
        var tokens = Tensor.From([-0.5, -2.0, -0.1, -1.0, -3.0]);
        tokens.RequiresGrad = true;
        var annotated = new ResponseLogProbs(tokens, [0, 3], [3, 2], Tensor.From([-2.6, -4.0]));
        var value = new SampleDft().Evaluate(new SequenceLogProbs(annotated.Sums) { Responses = new Dictionary<ResponseRole, ResponseLogProbs> { [ResponseRole.Annotated] = annotated } });

        var logs = new[] { -0.5, -2.0, -0.1, -1.0, -3.0 };
        var terms = logs.Select(log => -Math.Exp(log) * log).ToArray();
        Near(value.PerExample, [terms[..3].Sum(), terms[3..].Sum()]);
        value.PerExample.Sum().Backward();
        Near(tokens.Grad()!, [.. logs.Select(log => -Math.Exp(log))]);
    }

    [Fact]
    public void A_preference_objective_compares_with_the_initial_model()
    {
        using var tiny = new TinyRun();
        var lines = File.ReadLines(tiny.Train).Select(line =>
        {
            using var record = JsonDocument.Parse(line);
            var texts = record.RootElement.EnumerateObject().Select(field => field.Value.GetString()!).ToArray();
            return JsonSerializer.Serialize(new { prompt = texts[0], chosen = texts[1], rejected = "I do not know." });
        });
        File.WriteAllLines(tiny["pairs.jsonl"], [.. lines]);
        var recipe = tiny.Recipe(Methods.Named("sample-ipo")) with { Data = new DataSettings { Train = [tiny["pairs.jsonl"]] } };

        var run = tiny.Run(recipe, "run");

        // At the start policy and reference are one: the loss is (1 / (2 beta))^2, whatever the recipe says of sums and means.
        Steps(run, 0)[0].Loss.ShouldBe(25, 1e-3);
        Steps(run, 1)[^1].Loss.ShouldBeLessThan(Steps(run, 0)[0].Loss);
        Steps(run, 1)[0].RewardGap!.Value.ShouldBeGreaterThan(0, "the second iteration still compares with the model that the run began with");
        File.Exists(Path.Combine(run, "iteration-00", "responses.jsonl")).ShouldBeFalse();
        var mean = tiny.Run(recipe with { Objective = recipe.Objective with { LogProb = LogProbReduction.Mean } }, "mean");
        Steps(mean, 1)[^1].Loss.ShouldBe(Steps(run, 1)[^1].Loss, 1e-3);
    }

    [Fact]
    public void A_task_brings_its_own_problems_and_chooses_the_checkpoint()
    {
        using var tiny = new TinyRun();
        _choices = tiny["choices.jsonl"];
        File.WriteAllLines(_choices, [.. Enumerable.Range(1, 5).Select(n => JsonSerializer.Serialize(new { question = $"Ann has {n} figs and buys 2 more. How many figs has Ann?", choices = new[] { $"#### {n + 2}", "none at all, for she ate them", "#### 99" }, answer = 0 }))]);
        var recipe = tiny.Recipe(Methods.Sft) with
        {
            Evaluation = new EvaluationSettings { Tasks = [MultipleChoiceTask.TaskName] },
            Checkpoints = new() { Keep = TSpin.Checkpoints.CheckpointKeeping.Best },
        };

        var run = tiny.Run(recipe, "run");

        var evaluation = EvaluationFiles.ReadResult(Path.Combine(run, "iteration-01", EvaluationFiles.ResultFile));
        evaluation.First.Metrics.Select(metric => metric.Title).ShouldBe(["acc", "acc_norm"]);
        evaluation.First.Metrics.ShouldAllBe(metric => metric.Examples == 5);
        var answers = EvaluationFiles.ReadAnswers(Path.Combine(run, "iteration-01", EvaluationFiles.AnswersFile), []);
        answers.Count.ShouldBe(5);
        answers.Average(answer => answer.Scores["acc,none"]).ShouldBe(evaluation.Main!.Value, 1e-12);
        Directory.GetDirectories(run, "checkpoint", SearchOption.AllDirectories).Length.ShouldBe(1);
        File.ReadAllText(Path.Combine(run, "report.html")).ShouldContain("acc_norm");
        File.AppendAllText(_choices, "{\"question\": \"x\", \"choices\": [\"a\"], \"answer\": 3}\n");
        Should.Throw<TSpinException>(() => tiny.Run(recipe, "bad")).Message.ShouldContain("choices.jsonl:6: answer 3 is none of the 1 choices");
    }

    [Fact]
    public void A_run_whose_answers_come_over_HTTP_is_the_run_of_this_process()
    {
        using var tiny = new TinyRun();
        var recipe = tiny.Recipe();
        using var server = new StandInServer(0);

        new SelfPlayRun(recipe, tiny["over-http"], engine: new HttpEngine(server.Address)).Run(TestContext.Current.CancellationToken);
        var here = tiny.Run(recipe, "here");

        // 6 prompts twice, and 2 held-out ones before and after each of two iterations.
        server.Answered.ShouldBe(18);
        foreach (var iteration in new[] { 0, 1 })
        {
            var (over, own) = (Responses("over-http", iteration), Responses("here", iteration));
            over.Select(line => line.Text).ShouldBe(own.Select(line => line.Text));
            over.Zip(own).ShouldAllBe(pair => pair.First.Seed == pair.Second.Seed && pair.First.Tokens.SequenceEqual(pair.Second.Tokens));
        }

        File.ReadAllText(Path.Combine(tiny["over-http"], "iteration-00", "responses.json")).ShouldContain("sample server");
        Directory.Exists(Path.Combine(here, "iteration-01", "checkpoint")).ShouldBeTrue();

        ResponseLine[] Responses(string name, int iteration) => [.. ResponseFile.Read(Path.Combine(tiny[name], $"iteration-0{iteration}", "responses.jsonl")).OrderBy(line => line.Index)];
    }

    [Fact]
    public void A_server_that_is_gone_is_named_with_the_cure()
    {
        using var tiny = new TinyRun();
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        Should.Throw<TSpinException>(() => new SelfPlayRun(tiny.Recipe(), tiny["run"], engine: new HttpEngine(address)).Run(TestContext.Current.CancellationToken))
            .Message.ShouldContain($"{address}: the server gave no answer");
    }

    private static StepMetrics[] Steps(string run, int iteration) => [.. JsonLinesReader.Read<StepMetrics>(Path.Combine(run, $"iteration-0{iteration}", "metrics.jsonl"))];

    private static void Near(Tensor actual, double[] expected) => actual.ToArray<double>().Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-12);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
