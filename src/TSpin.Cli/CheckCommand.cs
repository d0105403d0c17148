using System.CommandLine;
using TSpin.Checks;
using TSpin.Distribution;
using TSpin.Models;

namespace TSpin.Cli;

/// <summary><c>tspin check</c>: is what TSpin computes what other stacks recorded? Exit code 0 when all holds, 1 on a miss, 2 when something could not be checked.</summary>
public static class CheckCommand
{
    internal static readonly Option<bool> Json = new("--json") { Description = "Print the reports as JSON." };

    /// <summary>The verb with its sub-verbs.</summary>
    /// <returns>To be added to the root command.</returns>
    public static Command Create() => new("check", "Compare what TSpin computes with what other stacks recorded. Example: tspin check model ./my-model")
    {
        Model(),
        Training(),
        CheckParquetCommand.Create(),
        CheckTokenizerCommand.Create(),
        CheckTemplatesCommand.Create(),
        CheckAdapterCommand.Create(),
        CheckWeightsCommand.Create(),
        CheckGgufCommand.Create(),
        CheckGraphsCommand.Create(),
        CheckEvaluationCommand.Create(),
    };

    private static Command Model()
    {
        var folders = new Argument<string[]>("FOLDER")
        {
            Description = "Hugging Face model folders with expected.json and expected.safetensors (scripts/record_reference.py writes them).",
            Arity = ArgumentArity.OneOrMore,
        };
        var expected = new Option<string?>("--expected") { Description = "The record: a folder or a JSON file. Default: the model's own folder. With one FOLDER only.", HelpName = "RECORD" };
        var device = CommonOptions.Device();
        var command = new Command("model", "Logits, log-probabilities, greedy tokens, triplet loss and gradients of models") { folders, expected, device, Json };
        command.SetAction(result =>
        {
            var paths = result.GetRequiredValue(folders);
            var record = result.GetValue(expected);
            if (record is not null && paths.Length > 1)
            {
                throw new TSpinException($"--expected {record}: belongs to one model, but {paths.Length} folders are named. Check them one by one.");
            }

            var where = AvailableDevice.Parse(result.GetRequiredValue(device), device.Name);
            return Show(result, paths.Select(path => ModelCheck.Run(path, record, where)));
        });
        return command;
    }

    private static Command Training()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder with objectives.json, torch.json, trl.json: those that are there are checked." };
        var device = CommonOptions.Device();
        var sharding = new Option<ShardingKind>("--sharding")
        {
            Description = "Under torchrun or srun: what each process holds of the model. Every step is then also compared with that of one process.",
        };
        var command = new Command("training", "Objectives and whole training trajectories, step by step") { folder, device, sharding, Json };
        command.SetAction(result =>
        {
            using var ranks = LaunchedRun.Join(new DistributionSettings());
            var report = TrainingCheck.Run(
                result.GetRequiredValue(folder), AvailableDevice.Parse(result.GetRequiredValue(device), device.Name), ranks is null ? null : new TrajectoryRanks(ranks, result.GetValue(sharding)));
            return ranks is { Leads: false } ? CheckReport.ExitCode([report]) : Show(result, [report]);
        });
        return command;
    }

    // Text appears report by report, as each is done; JSON is one object at the end.
    internal static int Show(ParseResult result, IEnumerable<CheckReport> checks)
    {
        var output = result.InvocationConfiguration.Output;
        var asJson = result.GetValue(Json);
        var reports = new List<CheckReport>();
        foreach (var report in checks)
        {
            reports.Add(report);
            if (!asJson)
            {
                output.WriteLine(report.ToText());
            }
        }

        if (asJson)
        {
            output.WriteLine(CheckReport.ToJson(reports));
        }

        return CheckReport.ExitCode(reports);
    }
}
