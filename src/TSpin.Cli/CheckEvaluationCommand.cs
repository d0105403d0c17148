using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check evaluation</c>: verdicts and answers against those that the official stacks recorded.</summary>
internal static class CheckEvaluationCommand
{
    private const string Description =
        "Verdicts and answers as lm-evaluation-harness has them. Example: tspin check evaluation verdicts.jsonl --data ./ifeval";

    public static Command Create()
    {
        var records = new Argument<string[]>("RECORD")
        {
            Description = "JSONL: samples of lm-evaluation-harness, verdicts on IFEval's instructions, or pairs of MATH's answers.",
            Arity = ArgumentArity.OneOrMore,
        };
        var data = new Option<string?>("--data")
        {
            Description = "The folder of the data behind the record, or hub: (hub:org/name) to fetch it. "
                + "Default: what the record names, beside the record, or data/ifeval above it.",
            HelpName = "FOLDER",
        };
        var limit = new Option<int?>("--limit")
        {
            Description = "Only the first so many rows, of each run where the record has runs; results are not compared then. Default: all.",
            HelpName = "N",
        };
        var model = new Option<string?>("--model")
        {
            Description = "The model's folder or org/name, to compare what it finds with the record. Default: what the record says that it found is judged.",
            HelpName = "FOLDER",
        };
        var harness = new Option<string?>("--harness")
        {
            Description = "lm-evaluation-harness' folder tasks/leaderboard, for BBH and MATH. Default: harness in the data folder.",
            HelpName = "FOLDER",
        };
        var langdetect = new Option<string?>("--langdetect")
        {
            Description = "langdetect/profiles of the Python package, to tell languages as it does. Default: Lingua's models.",
            HelpName = "FOLDER",
        };
        var punkt = new Option<string?>("--punkt")
        {
            Description = "punkt_tab/english of nltk's data, to split sentences as it does. Default: rules of our own.",
            HelpName = "FOLDER",
        };
        var command = new Command("evaluation", Description) { records, model, data, limit, harness, langdetect, punkt, CheckCommand.Json };
        command.SetAction(result =>
        {
            var folder = result.GetValue(model) is { } named ? HubNames.Model(named) : null;
            return CheckCommand.Show(result, result.GetRequiredValue(records).Select(record =>
                EvaluationCheck.Run(new EvaluationCheckRequest(record, result.GetValue(data), result.GetValue(limit))
                {
                    Model = folder,
                    Harness = result.GetValue(harness),
                    Langdetect = result.GetValue(langdetect),
                    Punkt = result.GetValue(punkt),
                    Progress = RunDisplay.OnConsole(),
                })));
        });
        return command;
    }
}
