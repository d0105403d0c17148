using System.CommandLine;
using TSpin.Evaluation.Comparison;
using TSpin.Evaluation.UserTasks;

namespace TSpin.Cli;

/// <summary><c>tspin compare</c>: two evaluations, row by row.</summary>
internal static class CompareCommand
{
    private const string Description =
        "Two evaluations of the same rows: paired differences with 95% intervals, which answers flipped, pairwise wins "
        + "by a judge. Example: tspin compare runs/sft runs/tspin";

    public static Command Create()
    {
        var first = new Argument<string>("A") { Description = "A run's folder, or that of tspin eval --out." };
        var second = new Argument<string>("B") { Description = "Another, evaluated on the same rows." };
        var iteration = new Option<int?>("--iteration")
        {
            Description = "Of runs: this iteration. Default: each run's last that was evaluated; a folder such as "
                + "runs/tspin/iteration-02 is taken as it is.",
            HelpName = "N",
        };
        var tasks = new Option<string?>("--tasks")
        {
            Description = "Only these of the tasks that both have, separated by commas.",
            HelpName = "A,B",
        };
        var flips = new Option<int>("--flips")
        {
            Description = "Show the first so many answers that turned right, and that turned wrong, of each metric.",
            DefaultValueFactory = _ => 3,
            HelpName = "N",
        };
        var anyPrompt = new Option<bool>("--any-prompt")
        {
            Description = "Compare rows whose prompts differ too (another template, other examples). "
                + "Default: they are refused.",
        };
        var judge = new Option<string?>("--judge")
        {
            Description = "A command for sh: reads a line {\"prompt\", \"answer_a\", \"answer_b\", \"reference\"} for "
                + "each row, prints 1 (answer_a is better), 0 (answer_b is) or 0.5 for each. The answers change places "
                + "in every second row.",
            HelpName = "COMMAND",
        };
        var timeout = new Option<double>("--judge-timeout")
        {
            Description = "Seconds that the judge may take for all rows.",
            DefaultValueFactory = _ => 600,
            HelpName = "SECONDS",
        };
        var json = new Option<bool>("--json") { Description = "Print everything as JSON." };
        var command = new Command("compare", Description)
        {
            first, second, iteration, tasks, flips, anyPrompt, judge, timeout, json,
        };
        command.SetAction(result =>
        {
            using var interruption = new Interruption();
            var shown = result.GetValue(flips) is >= 0 and var most ? most
                : throw new TSpinException($"--flips {result.GetValue(flips)}: is negative. Give 0 or more.");
            var seconds = result.GetValue(timeout) is > 0 and <= 1_000_000 and var limit ? limit
                : throw new TSpinException(
                $"--judge-timeout {result.GetValue(timeout)}: give seconds above 0, at most 1000000.");
            var (a, b) = Read(result.GetRequiredValue(first), result.GetRequiredValue(second),
                result.GetValue(iteration));
            if (result.GetValue(tasks) is { } named)
            {
                (a, b) = (Only(a, named), Only(b, named));
            }

            var comparison = EvaluationComparison.Of(a, b, result.GetValue(anyPrompt));
            var judging = result.GetValue(judge) is { } asked
                ? Judge(comparison, asked, TimeSpan.FromSeconds(seconds), interruption.Token) : null;
            if (result.GetValue(json))
            {
                Console.WriteLine(ComparisonText.Json(comparison, judging, shown));
            }
            else
            {
                ComparisonText.Show(comparison, judging, shown);
            }

            return 0;
        });
        return command;
    }

    // An iteration is one of runs: where only one of the two is a run, it is that one's.
    private static (ComparedEvaluation A, ComparedEvaluation B) Read(string first, string second, int? iteration)
    {
        var (isFirst, isSecond) = (EvaluationFolder.IsRun(first), EvaluationFolder.IsRun(second));
        return iteration is not null && !isFirst && !isSecond
            ? throw new TSpinException(
                $"--iteration {iteration}: neither {first} nor {second} is a run's folder. Leave it out.")
            : (EvaluationFolder.Read(first, isFirst ? iteration : null),
                EvaluationFolder.Read(second, isSecond ? iteration : null));
    }

    private static ComparedEvaluation Only(ComparedEvaluation evaluation, string named)
    {
        string[] names = named.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(name => evaluation.Tasks.All(task => task.Name != name)) is { } missing
            ? throw new TSpinException(
                $"--tasks {named}: {evaluation.Folder} has no task {missing}; it has {string.Join(", ", evaluation.Tasks.Select(task => task.Name))}.")
            : evaluation with { Tasks = [.. evaluation.Tasks.Where(task => names.Contains(task.Name))] };
    }

    private static PairwiseJudging Judge(EvaluationComparison comparison, string command, TimeSpan timeout,
        CancellationToken cancellation)
    {
        (ComparedRow A, ComparedRow B)[] rows =
            [.. comparison.Tasks.Where(task => task.Writes).SelectMany(task => task.Rows)];
        return rows.Length == 0
            ? throw new TSpinException(
                $"--judge {command}: there is nothing to judge; {string.Join(", ", comparison.Tasks.Select(task => task.Task))} choose among given answers. Compare a task whose answers are written.")
            : PairwiseJudging.Of(rows, new JudgeProcess(command, Environment.CurrentDirectory, timeout, "--judge"),
                $"--judge: {command}", cancellation);
    }
}
