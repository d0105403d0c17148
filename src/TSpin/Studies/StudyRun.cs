using System.Diagnostics;
using System.Reflection;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Models;
using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Studies;

/// <summary>
/// Runs the cells of a study one after the other, each an ordinary run, and writes each into the ledger when it is
/// finished. Started again after any interruption it goes on with the cell under way.
/// </summary>
public sealed class StudyRun
{
    // Of NaN in training or in answers.
    private const int Diverged = 4;

    private readonly StudyPlan _plan;
    private readonly IProgress<StudyEvent>? _progress;
    private readonly StudyData _data;
    private readonly CellWork _work = new();
    private readonly StudyLedger _ledger;
    private Dictionary<string, string>? _works;

    /// <summary>Describes it; nothing is written yet.</summary>
    /// <param name="plan">The cells.</param>
    /// <param name="progress">Whoever watches.</param>
    public StudyRun(StudyPlan plan, IProgress<StudyEvent>? progress = null)
    {
        (_plan, _progress) = (plan, progress);
        _data = new StudyData(Path.Combine(plan.Study.Folder, "data"));
        _ledger = new StudyLedger(Path.Combine(plan.Study.Folder, "ledger.jsonl"));
    }

    /// <summary>The ledger of the study's folder.</summary>
    public StudyLedger Ledger => _ledger;

    /// <summary>Checks that there are data enough for every cell; writes nothing.</summary>
    /// <exception cref="TSpinException">There are not, or they cannot be read.</exception>
    public void Require()
    {
        foreach (var cell in _plan.Cells)
        {
            _data.Require(cell);
        }
    }

    /// <summary>Minutes that cells will take, by those in the ledger.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="lines">The ledger's lines.</param>
    /// <returns>Null where nothing like one of them is finished.</returns>
    public static double? MinutesOf(IEnumerable<StudyCell> cells, IReadOnlyList<LedgerLine> lines) => new CellTimes(lines).Of(cells);

    // Looked at once: files do not change while a study is under way.
    private Dictionary<string, string> Works => _works ??= _plan.Cells.ToDictionary(cell => cell.Key, cell => _work.Of(_data.Prepare(cell)));

    /// <summary>The lines that are of today's cells.</summary>
    /// <param name="stale">How many lines are of other recipes or files than today's.</param>
    /// <returns>In the order of the ledger.</returns>
    /// <exception cref="TSpinException">Model or data cannot be read, or the ledger is damaged.</exception>
    public IReadOnlyList<LedgerLine> Lines(out int stale)
    {
        var all = _ledger.Read();
        LedgerLine[] lines = [.. all.Where(line => Works.GetValueOrDefault(line.Cell) == line.Work)];
        stale = all.Count - lines.Length;
        return lines;
    }

    /// <summary>Runs the cells that are not in the ledger yet.</summary>
    /// <param name="limits">Which of them. Default: all.</param>
    /// <param name="cancellation">Stops at the next safe point of the cell under way.</param>
    /// <returns>How many cells of the study are left.</returns>
    /// <exception cref="TSpinException">As for a run; a cell whose training diverges, or that has nothing left to train on, is
    /// recorded as such, and the study goes on.</exception>
    /// <exception cref="OperationCanceledException">Stopped; run again to continue.</exception>
    public int Run(StudyLimits? limits = null, CancellationToken cancellation = default)
    {
        limits ??= new StudyLimits();
        var clock = Stopwatch.StartNew();
        using var held = FolderLock.Acquire(_plan.Study.Folder);
        LeftOvers.SweepLocked(_plan.Study.Folder);
        var type = ComputeTypeOf(_plan.Cells[0]);
        var kind = ProcessorKind.Of(type, _plan.Cells[0].Recipe.Model.Device);
        var shared = new SharedWork(Path.Combine(_plan.Study.Folder, "shared"));
        var (waiting, late, done) = (0, 0, 0);
        StudyCell[] mine = [.. Mine(limits)];
        // Nobody else writes the ledger while the folder is held.
        List<LedgerLine> lines = [.. Lines(out var stale).Where(known => known.Kind == kind)];
        foreach (var cell in mine)
        {
            cancellation.ThrowIfCancellationRequested();
            if (lines.Any(known => known.Cell == cell.Key))
            {
                // A kill may have come between the ledger and this.
                Clear(cell);
                continue;
            }

            var fate = SettingDrop.FateOf(_plan, lines, cell);
            if (fate != SettingFate.GoesOn)
            {
                waiting += fate == SettingFate.Waits ? 1 : 0;
                continue;
            }

            var times = new CellTimes(lines);
            if (limits.Minutes is { } minutes && clock.Elapsed.TotalMinutes + (times.Of(cell) ?? 0) > minutes)
            {
                late++;
                continue;
            }

            StudyCell[] left = [.. mine.SkipWhile(other => other != cell).Where(other => lines.All(known => known.Cell != other.Key) && SettingDrop.FateOf(_plan, lines, other) != SettingFate.Dropped)];
            _progress?.Report(new CellStarted(cell, ++done, left.Length, 60 * times.Of(left)));
            var line = RunCell(cell, type, kind, shared, cancellation);
            _ledger.Append(line);
            lines.Add(line);
            RequireMeasured(line);
            Clear(cell);
            _progress?.Report(new CellFinished(line));
        }

        Say(late, $"not started, since they would not end within {limits.Minutes:0.#} minutes");
        Say(waiting, "wait for the first seeds of others: merge the ledgers of the other parts (--merge) and start again");
        Say(stale, "in the ledger are of other recipes or files than today's, and left out");
        return _plan.Cells.Count(cell => lines.TrueForAll(known => known.Cell != cell.Key) && SettingDrop.FateOf(_plan, lines, cell) != SettingFate.Dropped);

        void Say(int count, string what)
        {
            if (count > 0)
            {
                _progress?.Report(new StudyNoticed($"{count} {(count == 1 ? "cell" : "cells")} {what}"));
            }
        }
    }

    /// <summary>The cells of one start.</summary>
    /// <param name="limits">Which.</param>
    /// <returns>In the study's order.</returns>
    /// <exception cref="TSpinException">There is no such method, or no such part.</exception>
    public IEnumerable<StudyCell> Mine(StudyLimits limits)
    {
        var names = _plan.Study.Methods.Select(method => method.Name).ToArray();
        if (limits.Only is { } only && !names.Contains(only))
        {
            throw new TSpinException($"--only {only}: the study has no such method; it has {string.Join(", ", names)}.");
        }

        var (number, of) = limits.Part;
        if (of < 1 || number < 1 || number > of)
        {
            throw new TSpinException($"--part {number}/{of}: there is no such part. Give i/k with i from 1 to k, as 1/3.");
        }

        // Cells of one seed share work, so they stay on one machine where there are seeds enough.
        var seeds = _plan.Study.Seeds.ToList();
        return _plan.Cells
            .Select((cell, i) => (Cell: cell, Group: seeds.Count >= of ? seeds.IndexOf(cell.Seed) : i))
            .Where(row => row.Group % of == number - 1 && (limits.Only is null || row.Cell.Method == limits.Only))
            .Select(row => row.Cell);
    }

    // Hours later would be late to hear of it.
    private void RequireMeasured(LedgerLine line)
    {
        foreach (var (key, name) in _plan.Study.ReportOn.Select(name => ("report_on", name)).Prepend(("choose_on", _plan.Study.ChooseOn)))
        {
            if (line.Failed is null && line.Result?.Find(name) is null)
            {
                throw new TSpinException(
                    $"{_plan.Study.File}: {key}: \"{name}\" was not measured in the cell \"{line.Cell}\"; there is {string.Join(", ", line.Result?.Scores.Select(score => score.Name) ?? ["nothing"])}. "
                    + "Name one of these; the finished cell stays.");
            }
        }
    }

    private LedgerLine RunCell(StudyCell cell, DType type, string kind, SharedWork shared, CancellationToken cancellation)
    {
        var recipe = _data.Prepare(cell);
        recipe = recipe with { Model = recipe.Model with { Dtype = type == DType.BFloat16 ? ComputeType.BFloat16 : ComputeType.Float32 } };
        var (folder, work) = (FolderOf(cell), Works[cell.Key]);
        var version = (typeof(StudyRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+', 2);
        var line = new LedgerLine(cell.Key, work, kind, cell.Method, cell.Setting, cell.Examples, cell.Seed, -1, [])
        {
            HasFirstStage = recipe.Sft.IsOn,
            Machine = Environment.MachineName,
            Processor = RunEnvironment.Processor(),
            Version = version[0],
            Commit = version.Length > 1 ? version[1] : null,
            Folder = Path.GetRelativePath(_plan.Study.Folder, folder),
        };
        try
        {
            var result = Trial.Run(recipe, folder, shared, new Relay<RunEvent>(value => _progress?.Report(new CellMoved(value))), cancellation);
            return line with
            {
                Kept = result.Kept,
                Iterations = [.. result.Evaluations.Select(LedgerIteration.Of)],
                Minutes = result.Cost.Seconds / 60,
                AdoptedMinutes = result.Cost.AdoptedSeconds / 60,
                Steps = result.Cost.Steps,
                TrainedTokens = result.Cost.TrainedTokens,
                GeneratedTokens = result.Cost.GeneratedTokens,
                EvaluatedTokens = result.Cost.EvaluatedTokens,
                Finished = DateTimeOffset.UtcNow,
            };
        }
        catch (TSpinException error) when (error is NothingToTrainException || error.ExitCode == Diverged)
        {
            var (own, adopted) = TrialTime.Read(folder);
            return line with { Failed = error.Message, Minutes = (own + adopted) / 60, AdoptedMinutes = adopted / 60, Finished = DateTimeOffset.UtcNow };
        }
    }

    private static DType ComputeTypeOf(StudyCell cell)
    {
        var device = AvailableDevice.Parse(cell.Recipe.Model.Device, "model.device");
        return ComputeTypeChoice.Decide(cell.Recipe.Model.Dtype, DecoderConfigReader.Read(cell.Recipe.Model.Path).HiddenSize, device);
    }

    // The weights are most of the disk, and the ledger has what is reported.
    private void Clear(StudyCell cell)
    {
        if (_plan.Study.KeepWeights)
        {
            return;
        }

        var run = new RunFolder(FolderOf(cell));
        foreach (var folder in new[] { run, new RunFolder(run.Sft) }.Where(folder => Directory.Exists(folder.Path)))
        {
            for (var t = 0; t < cell.Recipe.Training.Iterations; t++)
            {
                CheckpointFolder.Delete(folder.Checkpoint(t));
                CheckpointFolder.Delete(folder.Masters(t));
            }
        }
    }

    private string FolderOf(StudyCell cell) => Path.Combine(_plan.Study.Folder, "cells", $"{cell.FolderName}-{Works[cell.Key][..8]}");
}
