using System.CommandLine;
using TSpin.Data;
using TSpin.Data.Audit;
using TSpin.Evaluation;
using TSpin.Evaluation.InstructionFollowing;
using TSpin.Generation;
using TSpin.Hub;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin data audit</c>: what makes annotated data worse than their number says.</summary>
internal static class DataAuditCommand
{
    /// <summary>The sub-verb.</summary>
    /// <returns>To be added to <c>data</c>.</returns>
    public static Command Create()
    {
        var source = HubNames.DataArgument("DATA");
        var tests = new Option<string[]>("--test")
        {
            Description = "Test data in any data format, answered or not: examples that stand in them are found. May be given several times.",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        var model = new Option<string?>("--model")
        {
            Description = "A model's folder or GGUF file: finds answers that it gives already, and such that surprise it. Takes as long as answering all prompts.",
            HelpName = "FOLDER",
        };
        var prompt = new PromptOptions("paper");
        var device = CommonOptions.Device();
        var output = new Option<string?>("--out") { Description = "Where the findings go (JSONL): kind, severity, file, line, reason, the other row.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON." };
        var strict = new Option<bool>("--strict") { Description = "Exit with 1 where a finding is more than a note. Default: findings are no failure." };
        var columns = new DataColumnOptions();
        var command = new Command(
            "audit",
            "Duplicates, contradictions, broken-off answers, outliers, test data. Example: tspin data audit train.jsonl --test test.jsonl --out audit.jsonl")
        {
            source, tests, model, device, output, json, strict,
        };
        prompt.AddTo(command);
        columns.AddTo(command);
        command.SetAction(result =>
        {
            var paths = HubNames.Files(source.Name, result.GetRequiredValue(source));
            RequireOther(paths, result.GetValue(output));
            var set = ExampleReader.Read(paths, DataFormat.Auto, skipBad: true, columns.Of(result));
            var report = DataAudit.Of(set.Examples, new AuditSettings
            {
                Bad = set.Skipped,
                Tests = [.. (result.GetValue(tests) ?? []).Select(test => Test(tests.Name, test))],
                Language = new LinguaDetector().Detect,
            });
            if (result.GetValue(model) is { } named)
            {
                var folder = HubNames.Model(named);
                using var interruption = new Interruption();
                report = report.With(OfModel(folder, prompt.Of(result, folder), result.GetRequiredValue(device), set.Examples, interruption.Token));
            }

            if (result.GetValue(output) is { } file)
            {
                report.Write(file);
            }

            AuditDisplay.Write(report, result.GetValue(json), result.GetValue(output), result.InvocationConfiguration.Output);
            return result.GetValue(strict) && report.Worst > FindingSeverity.Note ? ExitCodes.CheckFailed : 0;
        });
        return command;
    }

    private static IReadOnlyList<DataFinding> OfModel(
        string folder, PromptTemplate template, string device, IReadOnlyList<AnnotatedExample> examples, CancellationToken cancellation)
    {
        var config = DecoderConfigReader.Read(folder);
        var where = AvailableDevice.Parse(device, "--device");
        var type = ComputeTypeChoice.Decide(ComputeType.Auto, config.HiddenSize, where);
        using var decoder = DecoderLoader.Load(folder, type, type, where);
        DecoderLoader.RequireHead(decoder, folder);
        var display = RunDisplay.OnConsole();
        return ModelAudit.Of(
            decoder, new PromptEncoder(template, Tokenizers.Load(folder), decoder.Config), examples,
            new Relay<GenerationProgress>(value => display.Report(new Generated(-1, value))), cancellation);
    }

    private static void RequireOther(IReadOnlyList<string> sources, string? output)
    {
        if (output is not null && sources.SelectMany(SourceFiles.Expand).Any(file => Path.GetFullPath(file) == Path.GetFullPath(output)))
        {
            throw new TSpinException($"{output}: is one of the files to be read; name another file to write");
        }
    }

    private static (string, IReadOnlyList<TestText>) Test(string option, string path) => (Path.GetFileName(path),
    [
        .. ExampleReader.ReadPrompts(HubNames.Files(option, path, HubSplit.HeldOut), DataFormat.Auto, skipBad: true).Examples.Select(example =>
            new TestText(example.Prompt, $"{example.Prompt} {example.Response}", example.SourceFile, example.SourceLine)),
    ]);
}
