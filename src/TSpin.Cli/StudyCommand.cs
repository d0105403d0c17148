using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TSpin.Files;
using TSpin.Hub;
using TSpin.SelfPlay;
using TSpin.Studies;

namespace TSpin.Cli;

/// <summary><c>tspin study</c>: methods against each other, over amounts of data, seeds and settings.</summary>
internal static class StudyCommand
{
    private const string Description =
        "Compare methods over amounts of data, seeds and settings, with intervals and verdicts. Started again after any "
        + "interruption it continues. Example: tspin study my-study.yaml --dry-run";

    public static Command Create()
    {
        var file = new Argument<string>("STUDY") { Description = "A study (YAML); docs/study.md lists every key." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only list the cells, what is finished, and the time predicted from it." };
        var merge = new Option<string[]>("--merge")
        {
            Description = "Take the ledgers of other machines in, write the report, and end. Cells that both have must be the same.",
            HelpName = "LEDGER",
            AllowMultipleArgumentsPerToken = true,
        };
        var minutes = new Option<double?>("--minutes") { Description = "Start no cell that would not end within so many minutes.", HelpName = "N" };
        var only = new Option<string?>("--only") { Description = "Run only cells of this method.", HelpName = "METHOD" };
        var part = new Option<string?>("--part") { Description = "Run only this part of the cells, of as many: 1/3. For several machines; --merge joins their ledgers.", HelpName = "I/K" };
        var json = new Option<bool>("--json") { Description = "Print the comparisons as JSON." };
        var set = CommonOptions.Set();
        set.Description = "Overrides one key of the study; may be given several times. Example: --set seeds=[1,2,3]";
        var command = new Command("study", Description) { file, dryRun, merge, minutes, only, part, json, set };
        command.SetAction(result =>
        {
            using var interruption = new Interruption();
            var limits = new StudyLimits
            {
                Minutes = result.GetValue(minutes) is not { } most ? null
                    : most > 0 ? most : throw new TSpinException(string.Create(CultureInfo.InvariantCulture, $"--minutes {most}: give a number above 0.")),
                Only = result.GetValue(only),
                Part = PartOf(result.GetValue(part)),
            };
            var study = StudyFile.Read(result.GetRequiredValue(file), result.GetValue(set) ?? []);
            var plan = StudyPlan.Of(study).With(recipe => HubInputs.Fetch(recipe, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), interruption.Token));
            var run = new StudyRun(plan, StudyDisplay.OnConsole([study.ChooseOn, .. study.ReportOn]));
            run.Require();
            if (result.GetValue(dryRun))
            {
                Console.Write(StudyText.Plan(run, plan, limits));
                return 0;
            }

            if (result.GetValue(merge) is { Length: > 0 } others)
            {
                Console.Error.WriteLine($"{run.Ledger.Merge(others)} new lines in {run.Ledger.Path}");
                return Finish(run, plan, result.GetValue(json));
            }

            try
            {
                var left = run.Run(limits, interruption.Token);
                if (left > 0)
                {
                    Console.Error.WriteLine($"{left} of {plan.Cells.Count} cells are left");
                }
            }
            catch (OperationCanceledException)
            {
                Finish(run, plan, isJson: null);
                throw;
            }

            return Finish(run, plan, result.GetValue(json));
        });
        return command;
    }

    // Null: write the report, and say nothing.
    private static int Finish(StudyRun run, StudyPlan plan, bool? isJson)
    {
        var lines = run.Lines(out var stale);
        if (lines.Count == 0)
        {
            return 0;
        }

        var report = new StudyReport(plan, lines, stale);
        report.Write(plan.Study.Folder);
        if (isJson == true)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                report.Kinds.Select(kind => new { kind.Kind, Cells = kind.Lines.Count, kind.Comparisons }), JsonLinesFormat.Default));
        }
        else if (isJson == false)
        {
            foreach (var sentence in report.Sentences)
            {
                Console.WriteLine(sentence);
            }

            Console.WriteLine($"report: {Path.Combine(plan.Study.Folder, "study.html")}");
        }

        return 0;
    }

    private static (int, int) PartOf(string? text)
    {
        if (text is null)
        {
            return (1, 1);
        }

        return text.Split('/') is [var number, var of] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && int.TryParse(of, NumberStyles.None, CultureInfo.InvariantCulture, out var k) ? (i, k)
            : throw new TSpinException($"--part {text}: is no part. Give i/k, as 1/3.");
    }
}
