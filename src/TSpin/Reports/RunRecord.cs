using System.Globalization;
using System.Text.Json;
using TSpin.Checkpoints;
using TSpin.Data.Audit;
using TSpin.Evaluation;
using TSpin.Files;

namespace TSpin.Reports;

/// <summary>Everything a report draws from one run folder, read once.</summary>
/// <param name="Summary">The run in short.</param>
/// <param name="Steps">All optimizer steps, in order over all iterations.</param>
/// <param name="Triplets">Reward and likelihood gaps of single triplets, over all iterations.</param>
/// <param name="Recipe">Text of <c>recipe.yaml</c>; empty when missing.</param>
/// <param name="Environment">Names and values of <c>environment.json</c>, in file order.</param>
/// <param name="Changes">What changed when the run was continued, in sentences.</param>
public sealed record RunRecord(
    RunSummary Summary,
    IReadOnlyList<RecordedStep> Steps,
    IReadOnlyList<RecordedTriplet> Triplets,
    string Recipe,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    IReadOnlyList<string> Changes)
{
    /// <summary>What an audit found in the training examples, and what training showed of them.</summary>
    public IReadOnlyList<DataFinding> Findings { get; init; } = [];

    private const int MaxRecipeCharacters = 200_000;

    /// <summary>Reads a run folder; missing and damaged files are passed over and noted.</summary>
    /// <param name="folder">The run folder.</param>
    /// <returns>The record.</returns>
    /// <exception cref="TSpinException">The folder does not exist, or holds files but none of a run.</exception>
    public static RunRecord Read(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full))
        {
            throw new TSpinException($"{full}: there is no such folder. Give the folder of a run, for example runs/demo.");
        }

        var files = new RunFolder(full);
        string[] known = [files.Recipe, files.Run, files.Environment, files.Examples, Path.Combine(full, RunManifest.FileName), files.Alarms, files.Initial];
        var iterationFolders = IterationFolders(full);
        if (iterationFolders.Count == 0 && !known.Any(Path.Exists) && Directory.EnumerateFileSystemEntries(full).Any())
        {
            throw new TSpinException($"{full}: not a run folder: it has no recipe.yaml, run.json or iteration-00. Give the folder that `tspin run` made, for example runs/demo.");
        }

        var notes = new List<string>();
        var steps = new List<RecordedStep>();
        var triplets = new List<RecordedTriplet>();
        var iterations = new List<IterationSummary>();
        foreach (var (number, path) in iterationFolders)
        {
            var own = RecordedStep.Read(files.Metrics(number), number, notes);
            var evaluation = EvaluationFiles.TryReadResult(Path.Combine(path, EvaluationFiles.ResultFile), notes);
            RecordedTriplet.Read(files.TripletMetrics(number), number, notes, triplets);
            steps.AddRange(own);
            var lengths = RecordedLengths.Read(files.ResponseMetrics(number), notes);
            if (own.Count > 0 || evaluation is not null)
            {
                iterations.Add(new IterationSummary(number, evaluation, IterationTerms.From(own), lengths));
            }
        }

        var examples = 0;
        TolerantJson.ForEach(files.Examples, notes, _ => examples++);
        TolerantJson.ForEach(files.Validation, notes, _ => examples++); // kept to choose by, but annotated
        var initial = EvaluationFiles.TryReadResult(Path.Combine(files.Initial, EvaluationFiles.ResultFile), notes);
        var alarms = RecordedAlarm.Read(files.Alarms, notes);
        var environment = TolerantJson.ReadObject(files.Environment, notes, root =>
            root.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, JsonField.Display(property.Value))).ToList());
        var recipe = ReadRecipe(files.Recipe, notes);
        var blank = new RunSummary(
            full, Path.GetFileName(full), "", "", "", null, examples > 0 ? examples : null, initial, iterations, alarms, notes);
        var summary = TolerantJson.ReadObject(files.Run, notes, root => blank with
        {
            Id = JsonField.Text(root, "id") is { Length: > 0 } id ? id : blank.Id,
            Method = JsonField.Text(root, "method") ?? "",
            Status = (JsonField.Text(root, "status") ?? "") + (JsonField.Integer(root, "stopped_after") is { } last ? $" early, after iteration {last}: none since the best was better" : ""),
            Started = JsonField.Text(root, "started") ?? "",
            PlannedIterations = JsonField.Integer(root, "iterations"),
        });
        return new RunRecord(summary ?? blank, steps, triplets, recipe, environment ?? [], ReadChanges(files.Changes, notes))
        {
            Findings = [.. ReadFindings(files.Audit, notes), .. TrainedExamples.Of(full, notes).Findings],
        };
    }

    /// <summary>The folder of an iteration.</summary>
    /// <param name="iteration">Its number, from 0.</param>
    /// <returns>The full path.</returns>
    public string IterationFolder(int iteration) => new RunFolder(Summary.Folder).Iteration(iteration);

    /// <summary>The folders of the iterations that were begun, by number.</summary>
    internal static List<(int Number, string Path)> IterationFolders(string folder)
    {
        const string Prefix = "iteration-";
        return Directory.EnumerateDirectories(folder, Prefix + "*")
            .Select(path => (Valid: int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number), number, path))
            .Where(found => found.Valid)
            .Select(found => (found.number, found.path))
            .OrderBy(found => found.number)
            .ToList();
    }

    private static List<DataFinding> ReadFindings(string path, List<string> notes)
    {
        var findings = new List<DataFinding>();
        TolerantJson.ForEach(path, notes, line =>
        {
            try
            {
                findings.Add(line.Deserialize<DataFinding>(JsonLinesFormat.Default)!);
            }
            catch (JsonException error)
            {
                notes.Add($"{path}: a line is no finding: {error.Message}");
            }
        });
        return findings;
    }

    private static List<string> ReadChanges(string path, List<string> notes)
    {
        var changes = new List<string>();
        TolerantJson.ForEach(path, notes, line => changes.Add(
            $"{JsonField.Text(line, "field")}: {JsonField.Text(line, "was")} until then, {JsonField.Text(line, "is")} from iteration {JsonField.Integer(line, "iteration")}"
            + $"{(JsonField.Integer(line, "step") is > 0 and var step ? $", step {step}" : "")} on{(JsonField.Flag(line, "same_bytes") == true ? "" : "; the last bits are those of an undisturbed run up to there only")}."));
        return changes;
    }

    private static string ReadRecipe(string path, List<string> notes)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[MaxRecipeCharacters];
            return new string(buffer, 0, reader.ReadBlock(buffer));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            notes.Add($"{path} could not be read: {error.Message}");
            return "";
        }
    }
}
