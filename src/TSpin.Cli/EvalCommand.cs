using System.CommandLine;
using System.Globalization;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
using TSpin.Generation;
using TSpin.Hub;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.SelfPlay;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin eval</c>: lm-evaluation-harness' tasks, or exact match of the final number as its gsm8k, zero-shot, on any examples.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var model = new ModelOptions();
        var tasks = new EvalTaskOptions();
        var data = new Option<string?>("--data")
        {
            Description =
            "Held-out examples, in any data format, GSM8K's for example; with --tasks the folder of their datasets, "
                + "which tasks of your own do without. hub:org/name:file and, with --tasks, hub: are fetched "
                + "(docs/hub.md).",
            HelpName = "FILE_OR_FOLDER"
        };
        var examples = new Option<int?>("--examples")
        {
            Description = "The first of the seeded shuffle. Default: all.",
        };
        var sampled = new Option<bool>("--sampled") { Description = "Score answers sampled at temperature 1 too." };
        var batch = new Option<int?>("--batch-size")
        {
            Description = "Answers at once. Default: as many as fit in half of the free memory, at most 32 on the CPU and "
                + "256 on a GPU.",
        };
        var stop = new StopOptions();
        var output = new Option<string?>("--out")
        {
            Description = "Folder for evaluation.json and every answer; with --tasks for results_*.json and "
                + "samples_*.jsonl.",
            HelpName = "FOLDER",
        };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command(
            "eval",
            "Exact match of the final number, strict and flexible as GSM8K. Or, with --tasks, the tasks of "
            + "lm-evaluation-harness. Example: tspin eval ./my-model --tasks gsm8k,mmlu --data datasets --out results")
        {
            data, examples, sampled, batch, stop.Text, stop.Id, output, json,
        };
        tasks.AddTo(command);
        model.AddTo(command);
        command.SetAction(result =>
        {
            if (result.GetValue(tasks.Tasks) is not null)
            {
                RefuseWithTasks(
                    result, examples, sampled, stop.Text, stop.Id, model.Prompt.Template, model.Prompt.Argument);
                return LaunchedAnswers.Run(result, model, Tokenizer.LoadByClass, leader =>
                    EvalTasks.Run(result, model, tasks, result.GetValue(data), result.GetValue(batch),
                        result.GetValue(output), result.GetValue(json), leader));
            }

            RefuseWithoutTasks(result, tasks.Limit, tasks.Shots, tasks.ChatTemplate, tasks.Multiturn, tasks.ShotSeed,
                tasks.Harness, tasks.Langdetect, tasks.Punkt, tasks.SkipAnnotated);
            var heldOut = result.GetValue(data)
                ?? throw new TSpinException(
                "--data is missing: name a file of held-out examples, or tasks with --tasks.");
            return LaunchedAnswers.Run(
                result, model, Tokenizer.Load, leader => Run(heldOut, result, leader));
        });
        return command;

        int Run(string heldOut, ParseResult result, AnsweringLeader? leader)
        {
            using var interruption = new Interruption();
            var files = HubNames.Files(data.Name, heldOut, HubSplit.HeldOut, interruption.Token);
            using var decoder = model.Load(result);
            var seed = result.GetValue(model.Seed);
            var set = ExampleReader.Read(files, DataFormat.Auto, skipBad: false);
            DataNotice.Write(set, result.InvocationConfiguration.Error);
            var chosen = ExampleSelection.Take(set.Examples, result.GetValue(examples), seed);
            var settings = new EvaluationSettings
            {
                MaxNewTokens = model.LongestAnswer(result, decoder.Config),
                BatchSize = result.GetValue(batch),
                Sampled = result.GetValue(sampled),
                Stop = [.. stop.Texts(result)],
            };
            var everything = new PromptSettings { MaxPromptTokens = int.MaxValue, MaxSequenceTokens = int.MaxValue };
            var config = model.AdapterFolder is { } adapter
                ? DecoderConfigReader.WithEndsOf(adapter, decoder.Config) : decoder.Config;
            var encoder = new PromptEncoder(model.TemplateOf(result), Tokenizers.Load(model.PathOf(result)), config);
            var task = new Gsm8kTask(chosen, settings, stop.Ids(result));
            var evaluated = new EvaluatedModel(
                decoder, encoder, everything.Within(decoder.Config.LongestSequence, settings.MaxNewTokens), seed,
                leader?.Generators(decoder, encoder.Tokenizer), processes: leader?.Divide(decoder));
            var display = RunDisplay.OnConsole();
            display.Report(new Noticed(-1, $"evaluating on {chosen.Count} problems"));
            var watch = new Relay<GenerationProgress>(progress => display.Report(new Generated(-1, progress)));
            var (scores, answers) = task.Run(evaluated, watch, interruption.Token);
            if (scores.PromptsTruncated > 0)
            {
                Console.Error.WriteLine(
                    $"{scores.PromptsTruncated} of {chosen.Count} prompts were cut at the left: prompt and answer share "
                    + $"the model's {decoder.Config.LongestSequence} positions.");
            }

            if (scores.Answers[0].EndedShare < 0.5)
            {
                display.Report(new Noticed(-1, string.Create(
                    CultureInfo.InvariantCulture,
                    $"evaluation-cut: {100 * (1 - scores.Answers[0].EndedShare):F0}% of the answers were cut at "
                    + $"--max-new-tokens {settings.MaxNewTokens}: raise it, or see why the model does not end"),
                    IsAlarm: true));
            }

            if (result.GetValue(output) is { } folder)
            {
                EvaluationFiles.WriteAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), answers);
                EvaluationFiles.WriteResult(
                    Path.Combine(folder, EvaluationFiles.ResultFile), new CheckpointEvaluation([scores]));
            }

            Console.Write(result.GetValue(json)
                ? EvaluationFiles.ToJson(new CheckpointEvaluation([scores]), indented: false) + "\n" : Text(scores));
            return 0;
        }
    }

    private static void RefuseWithTasks(ParseResult result, params Option[] options)
    {
        if (Given(result, options) is { } option)
        {
            throw new TSpinException(
                $"{option.Name} is not for --tasks, whose questions are lm-evaluation-harness'. Leave it out.");
        }
    }

    private static void RefuseWithoutTasks(ParseResult result, params Option[] options)
    {
        if (Given(result, options) is { } option)
        {
            throw new TSpinException(
                $"{option.Name} is for --tasks, and none are named. Name some, for example --tasks gsm8k.");
        }
    }

    private static Option? Given(ParseResult result, Option[] options) =>
        Array.Find(options, option => result.GetResult(option) is { Implicit: false });

    private static string Text(EvaluationResult result)
    {
        var text = string.Concat(result.Answers.Select(answers =>
            Row(answers, [.. result.Metrics.Where(metric => metric.Mode == answers.Mode)])));
        return text + string.Create(
            CultureInfo.InvariantCulture,
            $"annotated answers: {result.AnnotatedLogProbPerToken:F4} nats per token over {result.AnnotatedTokens:N0} tokens; "
            + $"{result.Seconds:F0} s\n");

        static string Row(AnswerStatistics answers, MetricScore[] metrics) => string.Create(
            CultureInfo.InvariantCulture,
            $"{answers.Mode,-8} strict {100 * metrics[0].Value,5:F1}% ±{100 * (metrics[0].StandardError ?? 0):F1}   "
            + $"flexible {100 * metrics[1].Value,5:F1}% ±{100 * (metrics[1].StandardError ?? 0):F1}   "
            + $"end in #### n {100 * answers.FormatShare:F0}%   ended {100 * answers.EndedShare:F0}%   "
            + $"{answers.MeanResponseTokens:F0} tokens   {answers.Examples} examples\n");
    }
}
