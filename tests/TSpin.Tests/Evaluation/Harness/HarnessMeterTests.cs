using System.Text.Json;
using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Generation;
using TSpin.Randomness;
using TSpin.SelfPlay;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>From a tenth of the work on, the time left of an evaluation is within a factor of 1.5 of what it turns out to be, on a stand-in clock.</summary>
public sealed class HarnessMeterTests
{
    private readonly StandInClock _clock = new();
    private readonly List<(double At, HarnessProgress Value)> _seen = [];

    [Fact]
    public void Continuations_of_several_tasks()
    {
        AskedTask[] tasks = [Choices("arc_easy", 60, 300), Choices("hellaswag", 20, 4000), Choices("winogrande", 200, 100)];
        var meter = MeterOf(tasks);
        Play(tasks, meter, share: 1);
        ShouldBeHonest();
        _seen[^1].Value.Done.ShouldBe(280);
        _seen[^1].Value.SecondsLeft.ShouldBe(0);
    }

    [Fact]
    public void What_an_earlier_start_finished_is_forgotten_soon()
    {
        AskedTask[] tasks = [Choices("arc_easy", 400, 300)];
        var meter = MeterOf(tasks);
        meter.Report(tasks[0], 0.5); // in no time
        Play(tasks, meter, share: 0.5);
        ShouldBeHonest();
    }

    [Fact]
    public void Answers_of_which_the_short_ones_end_first()
    {
        var task = new AskedTask(HarnessTasks.Find(["gsm8k"], new HarnessFolder(null)).Tasks[0], 0, 100,
            [.. Enumerable.Range(0, 100).Select(i => new TaskQuestion(i, Row(i), [], new AnswerRequest(new string('x', 400), [], 256)))]);
        var meter = MeterOf([task]);
        var answers = meter.OfAnswers(task)!;
        const double Whole = 40;
        for (var step = 1; step <= 200; step++)
        {
            _clock.Advance(Whole / 200);
            // Half of the answers end in the first tenth, the last ones at the limit; what is left is known as a generator knows it.
            var done = step < 20 ? (int)(50 * step / 20.0) : step < 200 ? 50 + (step / 10) : 100;
            answers.Report(new GenerationProgress(done, 100, 0, 0, step < 8 ? null : (Whole - _clock.Seconds) * 1.1));
        }

        meter.End(task);
        ShouldBeHonest();
        _seen.ShouldContain(report => report.Value.Done == 60, "questions are counted, not time");
    }

    private static AskedTask Choices(string name, int questions, int characters)
    {
        var random = new RandomStream(5);
        return new AskedTask(HarnessTasks.Find([name], new HarnessFolder(null)).Tasks[0], 0, questions,
        [
            .. Enumerable.Range(0, questions).Select(i => new TaskQuestion(
                i, Row(i), [new ContinuationRequest(new string('x', (characters / 2) + (int)(characters * random.NextDouble())), "yes"), new ContinuationRequest("", "no")], null)),
        ]);
    }

    private static TaskRow Row(int index) => new(JsonSerializer.SerializeToElement(new { question = index }), $"row {index}");

    private HarnessMeter MeterOf(AskedTask[] tasks) =>
        new(tasks, new Relay<HarnessProgress>(value => _seen.Add((_clock.Seconds, value))), _clock);

    // Passes of equally many tokens; what a character costs differs from task to task by a third.
    private void Play(AskedTask[] tasks, HarnessMeter meter, double share)
    {
        foreach (var (task, number) in tasks.Select((task, number) => (task, number)))
        {
            var characters = task.Questions.Sum(question => question.Continuations[0].Context.Length);
            for (var pass = 1; pass <= 40; pass++)
            {
                _clock.Advance(characters * share / 40 * 0.0002 * (1 + (0.33 * (number % 2))));
                meter.Report(task, 1 - share + (share * pass / 40));
            }

            meter.End(task);
        }
    }

    private void ShouldBeHonest()
    {
        var total = _seen[^1].At;
        var late = _seen.Where(report => report.At >= 0.1 * total && report.At < 0.95 * total).ToArray();
        late.Length.ShouldBeGreaterThan(20);
        foreach (var (at, value) in late)
        {
            var (said, were) = (value.SecondsLeft.ShouldNotBeNull($"at {at:F1} of {total:F1} s"), total - at);
            Math.Max(said / were, were / said).ShouldBeLessThan(1.5, $"at {at:F1} s of {total:F1} s: said {said:F1} s, were {were:F1} s");
        }
    }
}
