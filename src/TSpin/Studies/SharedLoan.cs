using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>What one trial takes out of <see cref="SharedWork"/> before it starts, and what it leaves there afterwards.</summary>
internal sealed class SharedLoan
{
    private static readonly string EvaluationStage = TrialTime.NameOf(-1, StageNames.EvaluatingStart);
    private static readonly string ResponseStage = TrialTime.NameOf(0, StageNames.Responses(0));

    private readonly SharedWork _shared;
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly TrialTime _time;
    private readonly SharedKeys _keys;

    public SharedLoan(SharedWork shared, Recipe recipe, string folder, TrialTime time)
    {
        (_shared, _recipe, _folder, _time) = (shared, recipe, new RunFolder(folder), time);
        _keys = new SharedKeys(recipe, folder);
    }

    private string EvaluationResult => Path.Combine(_folder.Initial, EvaluationFiles.ResultFile);

    private string EvaluationAnswers => Path.Combine(_folder.Initial, EvaluationFiles.AnswersFile);

    private string[] Evaluations => [EvaluationAnswers, EvaluationResult];

    // In an order of which every beginning is something that a run goes on from.
    private string[] Responses => [ResponseFile.SettingsPath(_folder.Responses(0)), _folder.Responses(0), _folder.ResponseMetrics(0)];

    /// <summary>Copies into the folder of a trial that has not begun these stages.</summary>
    public void Give(IProgress<RunEvent>? progress)
    {
        using var held = FolderLock.Acquire(_folder.Path);
        // Another recipe's folder is for the run to refuse.
        if (File.Exists(_folder.Recipe) && File.ReadAllText(_folder.Recipe) != RecipeWriter.Write(_recipe))
        {
            return;
        }

        var manifest = RunManifest.Open(_folder.Path);
        if (_keys.Sft is { } sft && !Directory.Exists(_folder.Sft) && _shared.Find("sft", sft) is { } stage)
        {
            GiveStage(stage, progress);
        }

        if (_recipe.Evaluation.Initial && !Directory.Exists(_folder.Initial) && _shared.Find("evaluation", _keys.Evaluation) is { } evaluation)
        {
            Give(manifest, evaluation, Evaluations, Evaluations, EvaluationStage, -1, "the evaluation before iteration 0", progress);
        }

        if (_recipe.Method.PlaysAgainstItself && !Directory.Exists(_folder.Iteration(0))
            && _keys.Responses is { } key && _shared.Find("responses", key) is { } responses)
        {
            Give(manifest, responses, Responses, [_folder.Responses(0)], ResponseStage, 0, "the responses of iteration 0", progress);
        }
    }

    /// <summary>Rings what an adopted stage rang, where the trial itself would have rung it.</summary>
    public void Watch(RunEvent value, IProgress<RunEvent>? progress)
    {
        if (value is not StageStarted { AlreadyDone: true } started || !_time.HasAdopted(TrialTime.NameOf(started.Iteration, started.Stage)))
        {
            return;
        }

        var (kind, key) = started.Iteration < 0 ? ("evaluation", _keys.Evaluation) : ("responses", _keys.Responses);
        foreach (var alarm in key is not null && _shared.Find(kind, key) is { } entry ? SharedWork.ReadInfo(entry).Alarms : [])
        {
            RunAlarms.Raise(_folder, alarm, progress);
        }
    }

    /// <summary>Leaves what the trial has finished for others.</summary>
    public void TakeBack()
    {
        if (!File.Exists(_folder.Recipe) || File.ReadAllText(_folder.Recipe) != RecipeWriter.Write(_recipe))
        {
            return;
        }

        var manifest = RunManifest.Open(_folder.Path);
        if (_keys.Sft is { } sft && RunStatus.Read(new RunFolder(_folder.Sft).Run) is { Status: "finished" })
        {
            Put("sft", sft, TrialTime.NameOf(-1, StageNames.FirstStage), null, FilesOf(_folder.Sft));
        }

        if (manifest.Contains(EvaluationResult))
        {
            Put("evaluation", _keys.Evaluation, EvaluationStage, alarm => alarm is { Iteration: -1, Name: "evaluation-cut" }, Evaluations);
        }

        if (_recipe.Method.PlaysAgainstItself && _keys.Responses is { } responses && manifest.Contains(_folder.Responses(0)))
        {
            Put("responses", responses, ResponseStage, alarm => alarm is { Iteration: 0, Step: 0, Name: "answers-cut" }, Responses);
        }
    }

    private void Give(
        RunManifest manifest, string entry, string[] files, string[] listed, string stage, int iteration, string what, IProgress<RunEvent>? progress)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            SharedWork.Copy(Path.Combine(entry, Path.GetFileName(file)), file);
        }

        _time.Adopt(stage, SharedWork.ReadInfo(entry).Seconds);
        foreach (var file in listed)
        {
            manifest.Add(file);
        }

        progress?.Report(new Noticed(iteration, $"{what}: another trial's, which is the same"));
    }

    // A run of its own: copied beside and renamed, so that a kill leaves all of it or nothing.
    private void GiveStage(string entry, IProgress<RunEvent>? progress)
    {
        var half = _folder.Sft + ".half";
        if (Directory.Exists(half))
        {
            Directory.Delete(half, recursive: true);
        }

        foreach (var file in FilesOf(entry))
        {
            var target = Path.Combine(half, Path.GetRelativePath(entry, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            SharedWork.Copy(file, target);
        }

        _time.Adopt(TrialTime.NameOf(-1, StageNames.FirstStage), SharedWork.ReadInfo(entry).Seconds);
        Directory.Move(half, _folder.Sft);
        progress?.Report(new Noticed(-1, $"{StageNames.FirstStage}: another trial's, which is the same"));
    }

    private void Put(string kind, string key, string stage, Func<TrainingAlarm, bool>? rings, string[] files)
    {
        var seconds = _time.SecondsOf(stage);
        TrainingAlarm[] alarms = rings is null || !File.Exists(_folder.Alarms) ? []
            : [.. JsonLinesReader.Read<TrainingAlarm>(_folder.Alarms, ignoreTornLastLine: true).Where(rings)];
        var root = kind == "sft" ? _folder.Sft : null;
        _shared.Put(kind, key, new SharedEntry(seconds, alarms),
            files.Select(file => (file, root is null ? Path.GetFileName(file) : Path.GetRelativePath(root, file))));
    }

    private static string[] FilesOf(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) is not (FolderLock.FileName or FolderLock.HolderFileName or "key.txt" or "shared.json")).Order(StringComparer.Ordinal)];
}
