using Shouldly;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Studies;
using TSpin.Tests.SelfPlay;
using Xunit;

namespace TSpin.Tests.Studies;

/// <summary>A run whose result is read back, and what runs share.</summary>
public sealed class TrialTests
{
    [Fact]
    public void A_trial_reads_back_scores_items_and_cost()
    {
        using var tiny = new TinyRun();
        var result = Trial.Run(tiny.Recipe(), tiny["trial"]);
        result.Method.ShouldBe("tspin");
        result.Kept.ShouldBe(1);
        result.Evaluations.Select(evaluation => evaluation.Iteration).ShouldBe([-1, 0, 1]);
        var score = result.Before!.Find("gsm8k")!;
        score.Name.ShouldBe("gsm8k/exact_match,strict-match");
        score.Items!.Keys.ShouldBe([0, 1]);
        score.Value.ShouldBe(score.Items.Values.Average());
        var nats = result.Result!.Find("gsm8k/nats_per_token")!;
        nats.HigherIsBetter.ShouldBeFalse();
        nats.Value.ShouldBeGreaterThan(0);
        result.Before.Responses.ShouldBeNull();
        result.Of(1)!.Responses!.Answers.ShouldBe(6);
        result.Cost.Steps.ShouldBe(8);
        result.Cost.TrainedTokens.ShouldBeGreaterThan(1000);
        result.Cost.GeneratedTokens.ShouldBeInRange(12, 2 * 6 * 8);
        result.Cost.Seconds.ShouldBeGreaterThan(0);
        result.Cost.AdoptedSeconds.ShouldBe(0);
    }

    [Fact]
    public void What_trials_share_is_adopted_byte_for_byte()
    {
        using var tiny = new TinyRun();
        var shared = new SharedWork(tiny["shared"]);
        var second = tiny.Recipe() with { Objective = new ObjectiveSettings { Alpha = 0.2 } };
        Trial.Run(tiny.Recipe(), tiny["first"], shared);
        Adopted(second, tiny["with"], shared, out var notices).AdoptedSeconds.ShouldBeGreaterThan(0);
        notices.Count(text => text.Contains("another trial's", StringComparison.Ordinal)).ShouldBe(2);
        Trial.Run(second, tiny["without"]);
        Outcome(tiny["with"]).ShouldBe(Outcome(tiny["without"]));
        Outcome(tiny["with"]).Keys.ShouldContain("alarms.jsonl", "answers of a random model are cut");
    }

    [Fact]
    public void What_decides_the_shared_work_parts_it()
    {
        using var tiny = new TinyRun();
        var shared = new SharedWork(tiny["shared"]);
        Trial.Run(tiny.Recipe(), tiny["first"], shared);
        Notices(tiny.Recipe() with { Seed = 8 }).ShouldBe(0);
        Notices(tiny.Recipe() with { Generation = tiny.Recipe().Generation with { Temperature = 0.5 } }).ShouldBe(1, "the evaluation");
        Notices(tiny.Recipe() with { Evaluation = tiny.Recipe().Evaluation with { MaxNewTokens = 5 } }).ShouldBe(1, "the responses");
        Notices(tiny.Recipe() with { Data = tiny.Recipe().Data with { Examples = 5 } }).ShouldBe(1, "the evaluation");
        Notices(tiny.Recipe(Methods.Sft)).ShouldBe(1, "sft draws nothing");
        Notices(tiny.Recipe(Methods.Spin)).ShouldBe(2);
        Notices(tiny.Recipe() with { Rejection = new RejectionSettings { Draws = 1, Annotated = true } }).ShouldBe(1, "what is accepted is answered too");
        File.AppendAllText(tiny.HeldOut, "\n");
        Notices(tiny.Recipe(Methods.Spin)).ShouldBe(1, "the responses");

        int Notices(Recipe recipe)
        {
            Adopted(recipe, tiny[$"run-{Guid.NewGuid():N}"], shared, out var notices);
            return notices.Count(text => text.Contains("another trial's", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_first_stage_is_shared_too()
    {
        using var tiny = new TinyRun();
        var shared = new SharedWork(tiny["shared"]);
        var first = tiny.Recipe() with { Sft = new SftSettings { Epochs = 1, LearningRate = 1e-3 } };
        var second = first with { Objective = new ObjectiveSettings { Alpha = 0.2 } };
        Trial.Run(first, tiny["first"], shared).Cost.Steps.ShouldBe(10);
        var cost = Adopted(second, tiny["with"], shared, out var notices);
        cost.Steps.ShouldBe(10);
        notices.Count(text => text.Contains("another trial's", StringComparison.Ordinal)).ShouldBe(3);
        Trial.Run(second, tiny["without"]);
        Outcome(tiny["with"]).ShouldBe(Outcome(tiny["without"]));
    }

    [Fact]
    public void A_first_stage_of_another_recipe_is_not_adopted()
    {
        using var tiny = new TinyRun();
        var shared = new SharedWork(tiny["shared"]);
        var first = tiny.Recipe() with { Sft = new SftSettings { Epochs = 1, LearningRate = 1e-3 }, Training = tiny.Recipe().Training with { Iterations = 1, Epochs = 1 } };
        Trial.Run(first, tiny["first"], shared);
        var longer = tiny["longer.jsonl"];
        File.WriteAllText(longer, File.ReadAllText(tiny.Train) + "\n");
        Recipe[] others =
        [
            first with { Generation = first.Generation with { Temperature = 0.5 } },
            first with { Generation = first.Generation with { Stop = ["?"] } },
            first with { Evaluation = first.Evaluation with { MaxNewTokens = 5, Stop = ["?"] } },
            first with { Data = first.Data with { SkipBad = true } },
            first with { Data = first.Data with { Train = [longer] } },
        ];
        foreach (var (other, i) in others.Select((other, i) => (other, i)))
        {
            // A run refuses the folder of another.
            Adopted(other, tiny[$"other-{i}"], shared, out var notices).AdoptedSeconds.ShouldBe(0);
            notices.ShouldNotContain(text => text.Contains("another trial's", StringComparison.Ordinal));
        }

        Adopted(first with { Objective = new ObjectiveSettings { Alpha = 0.2 } }, tiny["same"], shared, out _).AdoptedSeconds.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_cancelled_trial_goes_on_and_ends_with_the_same()
    {
        using var tiny = new TinyRun();
        var shared = new SharedWork(tiny["shared"]);
        using var stop = new CancellationTokenSource();
        var watch = new Relay<RunEvent>(value =>
        {
            if (value is Stepped { Iteration: 0, Metrics.Step: 2 })
            {
                stop.Cancel();
            }
        });
        Should.Throw<OperationCanceledException>(() => Trial.Run(tiny.Recipe(), tiny["stopped"], shared, watch, stop.Token));
        Directory.GetDirectories(shared.Folder).Length.ShouldBe(2, "what was finished is there for others");
        Trial.Run(tiny.Recipe(), tiny["stopped"], shared);
        Trial.Run(tiny.Recipe(), tiny["whole"]);
        Outcome(tiny["stopped"]).ShouldBe(Outcome(tiny["whole"]));
    }

    [Fact]
    public void A_finished_trial_is_read_and_not_run()
    {
        using var tiny = new TinyRun();
        var first = Trial.Run(tiny.Recipe(), tiny["trial"]);
        Directory.Delete(new RunFolder(tiny["trial"]).Checkpoint(1), recursive: true);
        Trial.Run(tiny.Recipe(), tiny["trial"]).Result!.Find("gsm8k")!.Value.ShouldBe(first.Result!.Find("gsm8k")!.Value);
    }

    [Fact]
    public void A_stage_that_a_trial_begins_itself_is_not_adopted()
    {
        using var folder = new TemporaryFolder();
        var time = new TrialTime(folder.Path, null);
        time.Adopt(TrialTime.NameOf(0, "training"), 5);
        TrialTime.Read(folder.Path).Adopted.ShouldBe(5);
        time.Report(new StageStarted(0, "training", AlreadyDone: false));
        TrialTime.Read(folder.Path).Adopted.ShouldBe(0);
    }

    [Fact]
    public void What_a_cell_is_does_not_hang_on_where_its_files_lie()
    {
        using var tiny = new TinyRun();
        Of("here").ShouldBe(Of("there"));
        var before = Of("here");
        File.WriteAllText(tiny["here", "judge.sh"], "echo 2");
        Of("here").ShouldNotBe(before);

        string Of(string place)
        {
            Directory.CreateDirectory(tiny[place]);
            File.WriteAllText(tiny[place, "prompts.jsonl"], "{}");
            if (!File.Exists(tiny[place, "judge.sh"]))
            {
                File.WriteAllText(tiny[place, "judge.sh"], "echo 1");
            }

            return new CellWork().Of(tiny.Recipe() with
            {
                Data = tiny.Recipe().Data with { Prompts = [tiny[place, "prompts.jsonl"]] },
                Rejection = new RejectionSettings { Draws = 1, Accept = AnswerCheck.Judge, Judge = tiny[place, "judge.sh"] },
            });
        }
    }

    private static TrialCost Adopted(Recipe recipe, string folder, SharedWork shared, out List<string> notices)
    {
        var said = new List<string>();
        var result = Trial.Run(recipe, folder, shared, new Relay<RunEvent>(value =>
        {
            if (value is Noticed noticed)
            {
                said.Add(noticed.Text);
            }
        }));
        notices = said;
        return result.Cost;
    }

    private static SortedDictionary<string, string> Outcome(string run)
    {
        var outcome = TinyRun.Outcome(run);
        outcome.Remove("trial-time.json");
        outcome.Remove(Path.Combine("sft", "trial-time.json"));
        return outcome;
    }
}
