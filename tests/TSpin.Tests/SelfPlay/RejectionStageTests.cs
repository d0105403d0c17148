using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Evaluation.UserTasks;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.SelfPlay;

/// <summary>Rejection sampling: answers that a check accepts become annotated ones.</summary>
public sealed class RejectionStageTests
{
    // With these, some of the tiny model's answers end within the limit and others do not.
    private static readonly GenerationSettings Short = new()
    {
        MaxNewTokens = 8,
        BatchSize = 4,
        Stop = ["!", "#", "$", "%", "&", "(", ")", "*", "+", ",", "-", ".", "/", ":", ";", "="],
    };

    [Theory]
    [InlineData("tspin")]
    [InlineData("sft")]
    public void Accepted_answers_stand_behind_the_annotated_examples(string method)
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny, Methods.Named(method));
        var said = new List<string>();
        var run = tiny.Run(recipe, "run", value => { if (value is Noticed notice) { said.Add(notice.Text); } });

        var draws = Enumerable.Range(0, 3).Select(draw => ResponseFile.Read(new RunFolder(run).Drawn(draw)).ToDictionary(line => line.Index)).ToArray();
        var expected = new List<(string, string)>();
        var counts = JsonLinesReader.Read<RejectionCount>(Path.Combine(run, "rejection.jsonl")).ToArray();
        counts.Length.ShouldBe(5);
        for (var i = 0; i < 5; i++)
        {
            // The judge of these tests accepts lines of an even number of bytes.
            var right = Enumerable.Range(0, 3).Where(draw => draws[draw][i] is { FinishReason: not FinishReason.Length } line && line.Text.Trim().Length > 0 && IsEven(i, line.Text)).ToArray();
            var kept = right.DistinctBy(draw => draws[draw][i].Text).Take(2).ToArray();
            (counts[i].Drawn, counts[i].Accepted).ShouldBe((3, right.Length));
            counts[i].Kept.ShouldBe(kept);
            counts[i].Place.ShouldBe($"{tiny["prompts.jsonl"]}:{i + 1}");
            expected.AddRange(kept.Select(draw => ($"Tell me of {i} figs.", draws[draw][i].Text)));
        }

        expected.Count.ShouldBeInRange(2, 9, "the test needs both kinds");
        var examples = JsonLinesReader.Read<ExampleLine>(Path.Combine(run, "examples.jsonl")).ToArray();
        examples.Select(line => line.Index).ShouldBe(Enumerable.Range(0, 6 + expected.Count));
        examples.Skip(6).Select(line => (line.Prompt, line.Response)).ShouldBe(expected);
        JsonLinesReader.Read<ExampleLine>(Path.Combine(run, "annotated.jsonl")).ShouldBe(examples.Take(6));
        JsonLinesReader.Read<TripletMetrics>(Path.Combine(run, "iteration-01", "triplets-metrics.jsonl")).Select(line => line.Index).Distinct().Count().ShouldBe(6 + expected.Count);
        said.ShouldContain(text => text.StartsWith($"rejection sampling: {counts.Sum(count => count.Accepted)} of 15 answers accepted", StringComparison.Ordinal)
            && text.EndsWith($"{expected.Count} became annotated", StringComparison.Ordinal));
        RunManifest.Open(run).Verify("rejection.jsonl");
    }

    [Fact]
    public void A_run_that_is_stopped_anywhere_ends_with_the_same()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny, Methods.TSpin);
        recipe = recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 }, Evaluation = recipe.Evaluation with { Data = null } };
        var n = 0;
        var whole = tiny.Run(recipe, "whole", value =>
        {
            if (value is Generated { Iteration: -1 } or Noticed { Iteration: -1 } && n < 8)
            {
                TinyRun.Snapshot(tiny["whole"], tiny[$"killed-{n++}"]);
            }
        });
        var outcome = TinyRun.Outcome(whole);
        outcome.Keys.ShouldContain("rejection/draw-002.jsonl");
        n.ShouldBe(8);
        foreach (var i in new[] { 2, 4, 5, 6, 7 })
        {
            TinyRun.Outcome(tiny.Run(recipe, $"killed-{i}")).ShouldBe(outcome);
        }
    }

    [Fact]
    public void Answers_to_annotated_prompts_are_more_examples_of_them()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny, Methods.Sft);
        recipe = recipe with { Data = recipe.Data with { Prompts = null }, Rejection = recipe.Rejection with { Annotated = true, Keep = 1 } };
        var run = tiny.Run(recipe, "run");
        var examples = JsonLinesReader.Read<ExampleLine>(Path.Combine(run, "examples.jsonl")).ToArray();
        examples.Length.ShouldBeGreaterThan(6);
        examples.Skip(6).Select(line => line.Prompt).ShouldBeSubsetOf(examples.Take(6).Select(line => line.Prompt));
    }

    [Fact]
    public void Where_none_is_accepted_an_alarm_rings_and_the_run_goes_on()
    {
        using var tiny = new TinyRun();
        var recipe = Recipe(tiny, Methods.Sft);
        File.WriteAllLines(tiny["prompts.jsonl"], ["""{"question": "How many?", "answer": "So there are 12345 of them."}"""]);
        var run = tiny.Run(recipe with { Rejection = new() { Draws = 1 } }, "run");
        JsonLinesReader.Read<TrainingAlarm>(Path.Combine(run, "alarms.jsonl")).ShouldContain(alarm => alarm.Name == "none-accepted");
        JsonLinesReader.Read<ExampleLine>(Path.Combine(run, "examples.jsonl")).Count().ShouldBe(6);

        File.WriteAllLines(tiny["prompts.jsonl"], ["""{"question": "How many?", "answer": "12"}""", """{"question": "And now?", "answer": "none"}"""]);
        Should.Throw<TSpinException>(() => tiny.Run(recipe with { Rejection = new() { Draws = 1 } }, "other")).Message.ShouldContain("prompts.jsonl:2: has no number in its answer, which rejection.accept final_number compares with");
        RunPlan.Of(Recipe(tiny, Methods.TSpin)).ToText().ShouldContain("3 answers to each of 5 prompts, at most 120 tokens; at most 10 become annotated");
    }

    [Theory]
    [InlineData("data: {train: d, prompts: p}", "state how many answers are drawn")]
    [InlineData("data: {train: d}\nrejection: {draws: 2}", "there are no prompts to answer")]
    [InlineData("data: {train: d, prompts: p}\nrejection: {draws: 2, accept: judge}", "needs the judge's command")]
    [InlineData("data: {train: d, prompts: p}\nrejection: {draws: 2, judge: j}", "a judge is asked with accept: judge alone")]
    [InlineData("data: {train: d, prompts: p}\nrejection: {draws: 2}\nsft: {epochs: 1}", "make two runs of it")]
    [InlineData("data: {train: d, prompts: p}\nrejection: {draws: 2}\nmethod: dpo", "accepted answers have no rejected ones")]
    public void What_does_not_go_together_is_refused(string text, string reason) =>
        Should.Throw<RecipeException>(() => RecipeReader.Parse($"{text}\nmodel: {{path: m}}", "x.yaml", [])).Message.ShouldContain(reason);

    [Fact]
    public void Checks_compare_the_last_number_or_the_text()
    {
        (AnnotatedExample, string)[] answers =
        [
            (Example("3 and 4 are 7.\n#### 7"), "I think it is 7."), (Example("7"), "8 or so"), (Example("1,007"), "It is $1007"), (Example("Yes,  it is."), "yes, it IS."),
        ];
        new AnswerChecker(new() { Draws = 1 }).Accepts(answers[..3]).ShouldBe([true, false, true]);
        new AnswerChecker(new() { Draws = 1, Accept = AnswerCheck.Exact }).Accepts(answers).ShouldBe([false, false, false, true]);
        new AnswerChecker(new() { Draws = 1, Accept = AnswerCheck.Exact }).Accepts([]).ShouldBeEmpty();
        Should.Throw<TSpinException>(() => new AnswerChecker(new() { Draws = 1 }).Require([Example("none")])).Message.ShouldStartWith("f.jsonl:3: has no number in its answer");
        new AnswerChecker(new() { Draws = 1, Accept = AnswerCheck.Judge }).Require([Example("")]);

        static AnnotatedExample Example(string answer) => new(0, "p", answer, "f.jsonl", 3);
    }

    private static bool IsEven(int prompt, string answer) =>
        Encoding.UTF8.GetByteCount(new JudgedAnswer($"Tell me of {prompt} figs.", answer, null).ToJson()) % 2 == 0;

    private static Recipe Recipe(TinyRun tiny, Method method)
    {
        File.WriteAllLines(tiny["prompts.jsonl"], Enumerable.Range(0, 5).Select(i => JsonSerializer.Serialize(new { prompt = $"Tell me of {i} figs." })));
        File.WriteAllText(tiny["judge's.sh"], "#!/bin/sh\nLC_ALL=C awk '{ print (length($0) + 1) % 2 }'\n");
        var recipe = tiny.Recipe(method);
        return recipe with
        {
            Generation = Short,
            Data = recipe.Data with { Prompts = [tiny["prompts.jsonl"]] },
            Rejection = new() { Draws = 3, Keep = 2, Accept = AnswerCheck.Judge, Judge = $"sh \"{tiny["judge's.sh"]}\"" },
        };
    }
}
