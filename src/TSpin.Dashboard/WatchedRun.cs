using System.Text;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>What the page knows of one run. Only what is new is read; steps are kept as <see cref="StepSeries"/>, texts
/// not at all.</summary>
/// <param name="id">What the page calls it.</param>
/// <param name="path">Its folder.</param>
/// <param name="files">Says what may be read.</param>
internal sealed class WatchedRun(string id, string path, RunFiles files)
{
    private const int RecentSteps = 50;
    private const int BatchLines = 1024;
    private const long MostBytes = 2 << 20;
    private readonly Lock _lock = new();
    private readonly RunFolder _folder = new(path);
    private readonly Dictionary<int, FollowedFile> _metrics = [];
    private readonly Dictionary<int, LineIndex> _responses = [];
    private readonly Dictionary<int, LineIndex> _taught = [];
    private readonly Dictionary<int, TripletFigures> _figures = [];
    private readonly Dictionary<int, RecordedStep> _last = [];
    private readonly Queue<double> _seconds = new();
    private readonly LineIndex _examples = new(files, new RunFolder(path).Examples);
    private (int Iteration, DateTime Time, int Count) _answersSeen = (-1, default, 0);
    private int _stamp;

    /// <summary>What the page calls it.</summary>
    public string Id => id;

    /// <summary>The names in its folder.</summary>
    public RunFolder Folder => _folder;

    /// <summary>Says what may be read.</summary>
    public RunFiles Files => files;

    /// <summary>Rises when anything in the folder changed.</summary>
    public long Version { get; private set; }

    /// <summary>When the run's state was last written down, in ticks: what can be said of a run without reading
    /// it.</summary>
    public long RecordedAt => new FileInfo(_folder.Run) is { Exists: true } file ? file.LastWriteTimeUtc.Ticks : 0;

    /// <summary>
    /// Share of the steps' logs that has been read, in [0, 1]. Each look reads 2 MiB at most, so that the page of a long run opens
    /// at once and its lines grow.
    /// </summary>
    public double ReadShare { get; private set; } = 1;

    /// <summary>All steps so far.</summary>
    public StepSeries Series { get; } = new();

    /// <summary>The iterations that were begun.</summary>
    public IReadOnlyList<int> Iterations { get; private set; } = [];

    /// <summary>The supervised stage before the first iteration, a run in this one's folder; null where there is
    /// none.</summary>
    public WatchedRun? FirstStage { get; private set; }

    /// <summary>Runs something on the state as it is now, alone.</summary>
    public T Locked<T>(Func<T> use)
    {
        lock (_lock)
        {
            Refresh();
            return use();
        }
    }

    /// <summary>The last step of an iteration; null before its first.</summary>
    public RecordedStep? Last(int iteration) => _last.GetValueOrDefault(iteration);

    /// <summary>Mean seconds of the last steps; NaN before the first.</summary>
    public double SecondsPerStep => _seconds.Count == 0 ? double.NaN : _seconds.Average();

    /// <summary>The annotated examples.</summary>
    public LineIndex Examples
    {
        get
        {
            _examples.Refresh();
            return _examples;
        }
    }

    /// <summary>An iteration's responses.</summary>
    public LineIndex Responses(int iteration) => Lines(_responses, iteration, _folder.Responses);

    /// <summary>The prompts that an iteration leaves out.</summary>
    public LineIndex Taught(int iteration) => Lines(_taught, iteration, _folder.Taught);

    /// <summary>What an iteration's training measured of its triplets.</summary>
    public TripletFigures Figures(int iteration)
    {
        if (!_figures.TryGetValue(iteration, out var figures))
        {
            _figures[iteration] = figures = new TripletFigures(files, _folder.TripletMetrics(iteration));
        }

        figures.Refresh();
        return figures;
    }

    /// <summary>Answers a second while this page watched; NaN where it has not watched long enough to say.</summary>
    public double AnswersPerSecond(int iteration)
    {
        var (now, count) = (DateTime.UtcNow, Responses(iteration).Count);
        if (_answersSeen.Iteration != iteration || count < _answersSeen.Count)
        {
            _answersSeen = (iteration, now, count);
        }

        var seconds = (now - _answersSeen.Time).TotalSeconds;
        return seconds >= 3 && count > _answersSeen.Count ? (count - _answersSeen.Count) / seconds : double.NaN;
    }

    /// <summary>What run.json says, and what became of the process since.</summary>
    public string Status(string recorded)
    {
        if (recorded != "running")
        {
            return recorded;
        }

        var isHeld = File.Exists(Path.Combine(_folder.Path, FolderLock.HolderFileName));
        return isHeld && FolderLock.IsHolderAlive(_folder.Path) != false ? "running" : "killed";
    }

    /// <summary>The run in short, as the report has it.</summary>
    public RunSummary Summary()
    {
        var notes = new List<string>();
        var iterations = Iterations
            .Select(t => new IterationSummary(t, Evaluation(_folder.Iteration(t), notes), Series.Terms(t),
                RecordedLengths.Read(files.Guarded(_folder.ResponseMetrics(t)), notes)))
            .Where(iteration => iteration.Evaluation is not null || iteration.Training is not null).ToList();
        var examples = Examples.Count;
        var blank = new RunSummary(
            _folder.Path, Path.GetFileName(_folder.Path), "", "", "", null, examples > 0 ? examples : null,
                Evaluation(_folder.Initial, notes), iterations,
            RecordedAlarm.Read(files.Guarded(_folder.Alarms), notes), notes);
        return TolerantJson.ReadObject(files.Guarded(_folder.Run), notes, root => blank with
        {
            Id = JsonField.Text(root, "id") is { Length: > 0 } name ? name : blank.Id,
            Method = JsonField.Text(root, "method") ?? "",
            Status = JsonField.Text(root, "status") ?? "",
            Started = JsonField.Text(root, "started") ?? "",
            PlannedIterations = JsonField.Integer(root, "stopped_after") + 1 ?? JsonField.Integer(root, "iterations"),
        }) ?? blank;
    }

    /// <summary>A text file of the run, its beginning; empty where there is none.</summary>
    public string Text(string file)
    {
        using var stream = files.TryOpen(file);
        if (stream is null)
        {
            return "";
        }

        var bytes = new byte[Math.Min(stream.Length, 200_000)];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    private LineIndex Lines(Dictionary<int, LineIndex> known, int iteration, Func<int, string> path)
    {
        if (!known.TryGetValue(iteration, out var index))
        {
            known[iteration] = index = new LineIndex(files, path(iteration));
        }

        index.Refresh();
        return index;
    }

    private CheckpointEvaluation? Evaluation(string folder, List<string> notes) =>
        EvaluationFiles.TryReadResult(files.Guarded(Path.Combine(folder, EvaluationFiles.ResultFile)), notes);

    private void Refresh()
    {
        var changed = false;
        Iterations = [.. RunRecord.IterationFolders(_folder.Path).Where(found => files.IsInside(found.Path))
            .Select(found => found.Number)];
        foreach (var gone in _metrics.Keys.Except(Iterations).ToArray())
        {
            _metrics.Remove(gone);
            Forget(gone);
        }

        FirstStage = !Directory.Exists(_folder.Sft) || !files.IsInside(_folder.Sft) ? null
            : FirstStage ?? new WatchedRun(id, _folder.Sft, files);
        var before = FirstStage?.Version;
        FirstStage?.Refresh();
        changed |= FirstStage?.Version != before;
        var (began, isBehind) = (ReadBytes, false);
        bool IsEnough() => ReadBytes - began >= MostBytes;
        foreach (var iteration in Iterations)
        {
            if (isBehind |= IsEnough())
            {
                break;
            }

            if (!_metrics.TryGetValue(iteration, out var log))
            {
                _metrics[iteration] = log = new FollowedFile(files, _folder.Metrics(iteration));
            }

            var batch = new List<byte[]>();
            changed |= log.Read(() => Forget(iteration), (line, _) =>
            {
                batch.Add(line.ToArray());
                if (batch.Count == BatchLines)
                {
                    Add(batch, iteration);
                }
            }, IsEnough);
            Add(batch, iteration);
            isBehind |= log.IsBehind;
        }

        ReadShare = isBehind ? ReadBytes / Math.Max(1.0, Iterations.Sum(LogBytes)) : 1;

        var stamp = Stamp();
        changed |= stamp != _stamp;
        _stamp = stamp;
        Version += changed ? 1 : 0;
    }

    private long ReadBytes => _metrics.Values.Sum(log => log.Offset);

    private double LogBytes(int iteration) => new FileInfo(_folder.Metrics(iteration)) is { Exists: true } log ? log.Length : 0;

    private void Forget(int iteration)
    {
        Series.Forget(iteration);
        _last.Remove(iteration);
        _seconds.Clear();
    }

    // A long run's log is 100 MB of text; every core may read of it.
    private void Add(List<byte[]> lines, int iteration)
    {
        var steps = new RecordedStep?[lines.Count];
        Parallel.For(0, steps.Length, i => steps[i] = RecordedStep.Parse(lines[i], iteration));
        foreach (var step in steps)
        {
            Add(step, iteration);
        }

        lines.Clear();
    }

    private void Add(RecordedStep? read, int iteration)
    {
        // A step that is there already is the same one, done again.
        if (read is not { Step: > 0 } step || step.Step <= (Last(iteration)?.Step ?? 0))
        {
            return;
        }

        Series.Add(step);
        _last[iteration] = step;
        if (double.IsFinite(step.Seconds))
        {
            _seconds.Enqueue(step.Seconds);
            if (_seconds.Count > RecentSteps)
            {
                _seconds.Dequeue();
            }
        }
    }

    // The small files, and how far answers have come: not what they hold, only whether they are others.
    private int Stamp()
    {
        var stamp = new HashCode();
        string[] watched =
        [
            _folder.Run, _folder.Recipe, _folder.Alarms, _folder.Changes, _folder.Rejection,
                Path.Combine(_folder.Initial, EvaluationFiles.ResultFile),
                Path.Combine(_folder.Path, FolderLock.HolderFileName),
            .. Iterations.SelectMany(t => (string[])[_folder.Responses(t), _folder.ResponseMetrics(t),
                Path.Combine(_folder.Iteration(t), EvaluationFiles.ResultFile), _folder.Checkpoint(t)]),
        ];
        foreach (var file in watched.Select(name => new FileInfo(name)))
        {
            stamp.Add(file.Exists ? (file.Length, file.LastWriteTimeUtc)
                : (Directory.Exists(file.FullName) ? 1 : 0, default));
        }

        stamp.Add(FolderLock.IsHolderAlive(_folder.Path));
        return stamp.ToHashCode();
    }
}
