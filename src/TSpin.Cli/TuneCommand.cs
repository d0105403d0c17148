using System.CommandLine;
using TSpin.Adapters;
using TSpin.Evaluation;
using TSpin.Hub;
using TSpin.Models;
using TSpin.SelfPlay;
using TSpin.Tuning;

namespace TSpin.Cli;

/// <summary><c>tspin tune</c>: the best model of some annotated examples, and how sure that is.</summary>
internal static class TuneCommand
{
    private const string Description =
        "The best model of some annotated examples, and how sure that is: tries the base, examples in the prompt, SFT, "
        + "SFT then T-SPIN, and T-SPIN within a time, chooses by examples that were held out, and says what it found in "
        + "a sentence. Started again after any interruption it continues. "
        + "Example: tspin tune examples.jsonl --model ./my-model --minutes 60";

    public static Command Create()
    {
        var data = new Argument<string[]>("DATA")
        {
            Description = "Annotated examples: files, folders, patterns or hub:org/name, as data.train of a recipe.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string>("--model")
        {
            Description = "The base model: a Hugging Face folder, a GGUF file, or org/name[@revision] on a hub.",
            HelpName = "MODEL",
            Required = true,
        };
        var task = new Option<string?>("--task")
        {
            Description = "Choose by this task: of lm-evaluation-harness (gsm8k, ifeval, ...), or a YAML file of your "
                + "own. Default: by the annotated answers, exact match where they end in #### n or are short labels.",
            HelpName = "T",
        };
        var datasets = new Option<string?>("--datasets")
        {
            Description = "Folder of the datasets that --task asks (docs/evaluation-tasks.md); hub: fetches them.",
            HelpName = "FOLDER",
        };
        var judge = new Option<string?>("--judge")
        {
            Description = "A command for sh that scores answers which are free texts: reads a line {\"prompt\", "
                + "\"answer\", \"reference\"} for each, prints a number for each.",
            HelpName = "COMMAND",
        };
        var minutes = new Option<double>("--minutes")
        {
            Description = "Working time, over all starts of the same command.",
            DefaultValueFactory = _ => 60,
            HelpName = "N",
        };
        var output = new Option<string>("--out")
        {
            Description = "Folder of the model, the report and all trials.",
            DefaultValueFactory = _ => "./tuned",
            HelpName = "FOLDER",
        };
        var template = new Option<string?>("--template")
        {
            Description = "How prompts are rendered: paper, none, chat, chat:NAME, a .jinja file, or text that holds "
                + "{prompt}. Default: chat where the model has a chat template, else paper.",
        };
        var longest = new Option<int?>("--max-new-tokens")
        {
            Description = "Longest answer, in tokens. Default: a quarter more than the longest annotated one.",
        };
        var seed = new Option<ulong>("--seed") { Description = "Seed of every draw.", DefaultValueFactory = _ => 42 };
        var type = new Option<string>("--dtype")
        {
            Description = "auto, float32 or bfloat16.",
            DefaultValueFactory = _ => "auto",
        };
        type.AcceptOnlyFromAmong("auto", "float32", "bfloat16");
        var device = CommonOptions.Device();
        var columns = new DataColumnOptions();
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Only say what would be tried, and how long it would take here.",
        };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("tune", Description)
        {
            data, model, task, datasets, judge, minutes, output, template, longest, seed, type, device, dryRun, json,
        };
        columns.AddTo(command);
        command.SetAction(result =>
        {
            using var interruption = new Interruption();
            var settings = new TuneSettings
            {
                Data =
                [
                    .. result.GetRequiredValue(data).SelectMany(path =>
                        HubNames.Files(data.Name, path, HubSplit.Training, interruption.Token)),
                ],
                Columns = columns.Of(result),
                Model = ModelOf(result.GetRequiredValue(model), interruption.Token),
                Task = result.GetValue(task),
                Datasets = DatasetsOf(result.GetValue(task), result.GetValue(datasets), interruption.Token),
                Judge = result.GetValue(judge),
                Minutes = result.GetValue(minutes) is > 0 and <= 1_000_000 and var time ? time
                    : throw new TSpinException(
                    $"--minutes {result.GetValue(minutes)}: give minutes above 0, at most 1000000."),
                Output = result.GetRequiredValue(output),
                Template = result.GetValue(template),
                MaxNewTokens = result.GetValue(longest),
                Seed = result.GetValue(seed),
                Dtype = Enum.Parse<ComputeType>(result.GetRequiredValue(type), ignoreCase: true),
                Device = result.GetRequiredValue(device),
            };
            return Execute(settings, result.GetValue(dryRun), result.GetValue(json), interruption.Token);
        });
        return command;
    }

    private static int Execute(TuneSettings settings, bool dryRun, bool json, CancellationToken cancellation)
    {
        if (dryRun)
        {
            Console.Write(new TuneRun(settings).Plan(cancellation).ToText());
            return 0;
        }

        var display = TuneDisplay.OnConsole();
        var found = new TuneRun(settings, display).Run(cancellation);
        display.Close();
        var places = new TunePlaces(settings.Output);
        if (json)
        {
            Console.Write(File.ReadAllText(places.Json));
        }
        else
        {
            Show(found, new TuneReport(settings, places, found), places);
        }

        if (!found.IsComplete)
        {
            Console.Error.WriteLine("stopped; this is the best so far, and everything finished is saved. The same command goes on.");
        }

        return found.IsComplete ? 0 : ExitCodes.Interrupted;
    }

    private static void Show(TuneResult found, TuneReport report, TunePlaces places)
    {
        Console.WriteLine();
        Console.WriteLine(found.Verdict.Sentence);
        foreach (var note in found.Verdict.Notes)
        {
            Console.WriteLine($"  {note}");
        }

        Console.WriteLine();
        foreach (var (what, where) in report.Left().Append(("report", places.Html)))
        {
            Console.WriteLine($"{what}: {where}");
        }
    }

    private static string? DatasetsOf(string? task, string? datasets, CancellationToken cancellation)
    {
        var asked = new EvaluationSettings { Tasks = task is null ? [] : [task], Datasets = datasets };
        return task is null ? datasets
            : HubInputs.Evaluation(
                asked, "--datasets", () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), cancellation).Datasets;
    }

    private static string ModelOf(string name, CancellationToken cancellation)
    {
        var path = HubNames.Model(name, cancellation);
        return !LoraAdapter.IsAdapter(path) ? path : throw new TSpinException(
            $"--model {name}: is a low-rank adapter. Merge it into its base first: tspin merge {name} --out FOLDER");
    }
}
