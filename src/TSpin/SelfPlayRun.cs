using Microsoft.Extensions.Logging;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin;

/// <summary>
/// A whole run: algorithm 1 of arXiv 2601.08198, and its baselines through the same loop. Everything lands in one folder; started again
/// after any interruption it continues there, repeats nothing finished, and ends with the same weights.
/// </summary>
public sealed class SelfPlayRun
{
    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly RunWatchers _progress;
    private readonly RunInputs _inputs;
    private readonly IGeneratorEngine _engine;
    private readonly PolicyAnswers _answers;
    private readonly IterationChoice _choice;
    private int? _stoppedAfter;
    private IReadOnlyList<PromptTokens>? _distancePrompts;
    private readonly RankLeader? _ranks;

    /// <summary>Describes a run; nothing is read or written yet.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="folder">Where everything goes.</param>
    /// <param name="progress">Whoever watches.</param>
    /// <param name="engine">Who answers prompts. Default: this process, with the weights in memory.</param>
    /// <param name="loggers">Makes the logger <c>TSpin</c>, which receives stages, notices and alarms. Meter and
    /// activity source: <see cref="Telemetry"/>.</param>
    /// <param name="ranks">The processes that share the work, of which this is the first; the others run a
    /// <see cref="RankWorker"/>. Default: there are none.</param>
    /// <exception cref="ArgumentException">The recipe's method is not registered (<see cref="Methods.Register"/>): the run's recipe could not be read again.</exception>
    public SelfPlayRun(Recipe recipe, string folder, IProgress<RunEvent>? progress = null,
        IGeneratorEngine? engine = null, ILoggerFactory? loggers = null, RankGroup? ranks = null)
        : this(recipe, folder, progress, engine, loggers, ranks is null ? null : new RankLeader(ranks, recipe.Distribution.Sharding))
    {
    }

    private SelfPlayRun(Recipe recipe, string folder, IProgress<RunEvent>? progress, IGeneratorEngine? engine, ILoggerFactory? loggers, RankLeader? ranks)
    {
        if (Methods.Find(recipe.Method.Name) != recipe.Method)
        {
            throw new ArgumentException($"method {recipe.Method.Name} is not registered; call Methods.Register before", nameof(recipe));
        }

        _ranks = ranks;
        _recipe = recipe;
        _folder = new RunFolder(folder);
        _progress = new RunWatchers(recipe, _folder, progress, loggers);
        _inputs = new RunInputs(recipe, _folder, _progress);
        _engine = engine ?? new InProcessEngine();
        _answers = new PolicyAnswers(recipe, _folder, _inputs, _engine, _ranks);
        _choice = new IterationChoice(recipe, _folder, _progress);
    }

    /// <summary>Runs to the end, or continues a stopped run to its end.</summary>
    /// <param name="cancellation">Stops at the next safe point, with everything saved that continuing needs.</param>
    /// <exception cref="TSpinException">Bad input, another process in the folder, another recipe in the folder, a damaged artifact, a full disk, NaN.</exception>
    /// <exception cref="OperationCanceledException">Stopped; run again to continue.</exception>
    public void Run(CancellationToken cancellation = default) => InFolder(0, manifest => Play(manifest, cancellation));

    /// <summary>Trains one iteration on responses that are already there, from the recipe's model, and evaluates it.</summary>
    /// <param name="iteration">Which iteration it is, zero-based: in iteration 0 beta is 0.</param>
    /// <param name="synthetic">y': a responses.jsonl over the recipe's examples in their order; null for SFT.</param>
    /// <param name="protoSynthetic">y0, likewise; null where the method needs none, or in iteration 0, where it is y'.</param>
    /// <param name="cancellation">As for <see cref="Run"/>.</param>
    /// <exception cref="TSpinException">As for <see cref="Run"/>; also when a response is missing or belongs to another prompt.</exception>
    public void TrainOnce(int iteration, string? synthetic, string? protoSynthetic, CancellationToken cancellation = default) => InFolder(iteration, manifest =>
    {
        SingleIteration.Require(_recipe, iteration, synthetic, protoSynthetic);
        var (computeType, device) = PrepareMachine();
        using var policy = new PolicySource(_recipe, _folder, computeType, device, first: iteration, _ranks?.Sharing);
        _ranks?.TakeFrom(policy);
        var lines = _inputs.SelectExamples(manifest);
        var tasks = ReadTasks(manifest, lines, out _);
        var examples = _inputs.Prepare(lines);
        _inputs.RequireTrainable(examples, []);
        AdoptedResponses.Take(
            manifest, synthetic, _folder.Responses(iteration), examples.Prompts, _inputs.Config.VocabularySize, _progress);
        AdoptedResponses.Take(
            manifest, protoSynthetic, _folder.Responses(0), examples.Prompts, _inputs.Config.VocabularySize, _progress);
        Train(manifest, policy, examples, iteration, cancellation);
        Evaluate(manifest, policy, tasks, iteration, cancellation);
    });

    private void InFolder(int first, Action<RunManifest> work) => _progress.Around(() =>
    {
        if (_ranks is null)
        {
            HoldFolder(first, work);
            return;
        }

        try
        {
            HoldFolder(first, work);
        }
        catch (Exception error)
        {
            _ranks.Stop(error);
            throw;
        }

        _ranks.Stop(0);
    });

    private void HoldFolder(int first, Action<RunManifest> work)
    {
        WritableFolder.Require(_folder.Path, "the run");
        using var held = FolderLock.Acquire(_folder.Path);
        if (LeftOvers.SweepLocked(_folder.Path) is > 0 and var swept)
        {
            _progress?.Report(new Noticed(-1, $"removed {DiskSpace.Shown(swept)} of half-written files that a killed process left"));
        }

        var manifest = RunManifest.Open(_folder.Path);
        RunRecipe.Take(_recipe, _folder, manifest, first, _progress);
        WriteStatus("running");
        try
        {
            work(manifest);
        }
        catch
        {
            TryClose();
            throw;
        }

        if (TrainedExamples.Of(_folder.Path, []) is { Findings.Count: > 0 } learned)
        {
            learned.Write(_folder.TrainedAudit);
        }

        Close("finished");
    }

    private void Close(string status)
    {
        _progress.CloseEvents(isFinished: status == "finished");
        WriteStatus(status);
        RunReport.Write([_folder.Path], _folder.Report);
    }

    private void TryClose()
    {
        try
        {
            Close("stopped");
        }
        catch (TSpinException)
        {
            // Most often the full disk that stopped the run. The first error is the one to report.
        }
    }

    // Algorithm 1. Every line is a stage that is skipped when its artifact is already in the manifest.
    private void Play(RunManifest manifest, CancellationToken cancellation)
    {
        var (computeType, device) = PrepareMachine();
        using var policy = new PolicySource(FirstStage.After(_recipe, _folder), _folder, computeType, device, sharing: _ranks?.Sharing);
        _ranks?.TakeFrom(policy);
        var lines = _inputs.SelectExamples(manifest);
        var tasks = ReadTasks(manifest, lines, out var evaluated);
        lines = Accept(manifest, policy, lines, cancellation);
        var examples = _inputs.Prepare(lines);
        _inputs.RequireTrainable(examples, evaluated);
        if (Enumerable.Range(0, _recipe.Training.Iterations).Where(t => !manifest.Contains(_folder.Checkpoint(t))).Take(1).ToArray() is [var next] && !(next > 0 && IsEvaluated(manifest, next - 1) && _choice.StopsAfter(next - 1)))
        {
            TrainingSpace.Require(_recipe, _folder, _inputs.Config, computeType, next);
        }

        if (_recipe.Sft.IsOn)
        {
            // A run of its own, which continues and repeats nothing finished, as every run.
            new SelfPlayRun(FirstStage.Of(_recipe), _folder.Sft, FirstStage.Watched(_progress), _engine, null, _ranks?.ForFirstStage())
                .Run(cancellation);
            _ranks?.Begin(computeType);
        }

        Evaluate(manifest, policy, tasks, iteration: -1, cancellation);
        for (var t = 0; t < _recipe.Training.Iterations; t++)
        {
            var teaching = Teaching(manifest, examples, t);                 // all prompts, or those that still teach
            Respond(manifest, policy, teaching, t, cancellation);           // y' from pi_t; at t = 0 these are y0, drawn once
            Train(manifest, policy, examples, t, cancellation);             // pi_{t+1} from pi_t on (y, y', y0)
            Evaluate(manifest, policy, tasks, t, cancellation);
            var isOver = t == _recipe.Training.Iterations - 1 || _choice.StopsAfter(t);
            KeptIterations.Drop(_folder, manifest, _recipe.Checkpoints.Keep, t, isOver, () => _choice.Best(t));
            if (isOver && t < _recipe.Training.Iterations - 1)
            {
                _choice.Say(t);
                _stoppedAfter = t;
                break;
            }
        }
    }

    private IReadOnlyList<IEvaluationTask> ReadTasks(RunManifest manifest, ExampleLine[] training, out IReadOnlyList<AnnotatedExample> evaluated)
    {
        var validation = _inputs.ValidationExamples(manifest);
        var heldOut = _inputs.HeldOutExamples();
        var tasks = _inputs.Tasks(validation, heldOut);
        _distancePrompts = _inputs.DistancePrompts(training, validation, heldOut);
        // What rejection sampling will answer must be apart from the tests too.
        _inputs.RequireApart([.. training, .. _inputs.PromptsAlone().Select(example => new ExampleLine(-1, example.Prompt, ""))], validation, heldOut, tasks);
        _inputs.Audit(manifest, training, validation, heldOut, tasks);
        evaluated = [.. validation, .. heldOut];
        return tasks;
    }

    private ExampleLine[] Accept(RunManifest manifest, PolicySource policy, ExampleLine[] annotated, CancellationToken cancellation) =>
        _inputs.WithAccepted(manifest, annotated, () =>
        {
            // What training will need is checked before hours are spent on answers.
            _inputs.RequireTrainable(_inputs.Prepare(annotated), []);
            _progress.Report(new StageStarted(-1, StageNames.Rejection, AlreadyDone: false));
            var initial = policy.At(0);
            using var inference = initial.ForInference(initial.ComputeType);
            _ranks?.Share(initial, 0);
            _ranks?.Lead(inference);
            return _answers.Guard(-1, () => new RejectionStage(_recipe, _folder, _inputs, _progress).Run(
                manifest, annotated, sampling => _answers.GeneratorOf(_answers.StateOf(policy, inference, 0), sampling, _inputs.Encoder.EndIds), cancellation));
        });

    private IReadOnlyList<PromptTokens> Teaching(RunManifest manifest, PreparedExamples examples, int iteration) =>
        new TaughtPrompts(_recipe, _folder, _inputs, _progress).Without(manifest, examples, iteration);

    private bool IsEvaluated(RunManifest manifest, int iteration) => manifest.Contains(Path.Combine(_folder.Iteration(iteration), EvaluationFiles.ResultFile));

    private (DType ComputeType, Device Device) PrepareMachine()
    {
        var device = AvailableDevice.Parse(_recipe.Model.Device, "model.device");
        var config = _inputs.Config;
        var computeType = RunEnvironment.BeginIn(_folder.Environment, _recipe.Model.Dtype, config.HiddenSize, device);
        if (ComputeTypeChoice.SlowNotice(_recipe.Model.Dtype, device) is { } slow)
        {
            _progress?.Report(new Noticed(-1, slow));
        }

        _progress?.Report(new Noticed(-1, $"computing in {computeType.ToString().ToLowerInvariant()} on {device}, weights in float32, {config.ParameterCount:N0} parameters"));
        _ranks?.Begin(computeType);
        return (computeType, device);
    }

    private void Respond(RunManifest manifest, PolicySource policy, IReadOnlyList<PromptTokens> prompts, int iteration, CancellationToken cancellation)
    {
        var path = _folder.Responses(iteration);
        if (!_recipe.Method.PlaysAgainstItself || Begin(manifest, path, iteration, StageNames.Responses(iteration)))
        {
            return;
        }

        var current = policy.At(iteration);
        _ranks?.Share(current, iteration);
        using var inference = current.ForInference(current.ComputeType);
        _ranks?.Lead(inference);
        _answers.Guard(iteration - 1, () => new ResponseStage(_recipe, _folder, _inputs, _progress).Run(
            sampling => _answers.GeneratorOf(_answers.StateOf(policy, inference, iteration), sampling, _inputs.Encoder.EndIds),
            prompts, iteration, cancellation));
        manifest.Add(path);
        RetriedResponses.DropParts(_folder, iteration);
    }

    private void Train(RunManifest manifest, PolicySource policy, PreparedExamples examples, int iteration, CancellationToken cancellation)
    {
        if (Begin(manifest, _folder.Checkpoint(iteration), iteration, StageNames.Training))
        {
            if (Directory.Exists(_folder.Masters(iteration)))
            {
                manifest.Verify(_folder.Masters(iteration));
            }

            VerifyListed(manifest, _folder.Metrics(iteration), _folder.TripletMetrics(iteration));
            return;
        }

        var current = policy.At(iteration);
        TrainingSpace.Require(_recipe, _folder, current.Config, current.ComputeType, iteration);
        var triplets = _inputs.BuildTriplets(examples, iteration);
        new TrainingStage(_recipe, _folder, _inputs, _progress, _ranks).Run(current, triplets, iteration, policy.Initial, cancellation);
        policy.Advance();
        manifest.Add(_folder.Metrics(iteration));
        manifest.Add(_folder.TripletMetrics(iteration));

        if (current.Adapter is null && current.Config.StoredType != DType.Float32)
        {
            // Small steps vanish in a narrow type, so the next iteration must not start from the rounded weights.
            CheckpointFolder.Write(_folder.Masters(iteration), _recipe.Model.Path, to =>
            {
                DecoderSaver.SaveWeights(current, to, DType.Float32);
                SavedConfig.Amend(to, current.Config);
            });
            manifest.Add(_folder.Masters(iteration));
        }

        policy.WriteCheckpoint(iteration, _inputs.Encoder.Ends);
        manifest.Add(_folder.Checkpoint(iteration));
    }

    private void Evaluate(RunManifest manifest, PolicySource policy, IReadOnlyList<IEvaluationTask> tasks, int iteration, CancellationToken cancellation)
    {
        var folder = iteration < 0 ? _folder.Initial : _folder.Iteration(iteration);
        var path = Path.Combine(folder, EvaluationFiles.ResultFile);
        if (tasks.Count == 0 || (iteration < 0 && !_recipe.Evaluation.Initial))
        {
            return;
        }

        var answersPath = Path.Combine(folder, EvaluationFiles.AnswersFile);
        if (Begin(manifest, path, iteration, iteration < 0 ? StageNames.EvaluatingStart : StageNames.Evaluating))
        {
            VerifyListed(manifest, answersPath);
        }
        else
        {
            new EvaluationStage(_recipe, _folder, _inputs, _progress, _answers, _ranks).Run(manifest, policy, tasks, _distancePrompts, iteration, cancellation);
        }

        var evaluation = EvaluationFiles.ReadResult(path);
        _progress?.Report(new Evaluated(iteration, evaluation));
        _choice.Require(evaluation);
    }

    // True when the stage is finished already; its artifact is then checked against the manifest. Only checkpoints are dropped on purpose.
    private bool Begin(RunManifest manifest, string artifact, int iteration, string stage)
    {
        var done = manifest.Contains(artifact);
        if (done && (Directory.Exists(artifact) || artifact != _folder.Checkpoint(iteration)))
        {
            manifest.Verify(artifact);
        }

        _progress?.Report(new StageStarted(iteration, stage, done));
        return done;
    }

    // Runs of earlier versions did not list these.
    private static void VerifyListed(RunManifest manifest, params ReadOnlySpan<string> artifacts)
    {
        foreach (var artifact in artifacts)
        {
            if (manifest.Contains(artifact))
            {
                manifest.Verify(artifact);
            }
        }
    }

    private void WriteStatus(string status)
    {
        var started = RunStatus.Read(_folder.Run)?.Started ?? DateTimeOffset.UtcNow;
        var record = new RunStatus(Path.GetFileName(_folder.Path), _recipe.Method.Name, started, _recipe.Training.Iterations, status) { StoppedAfter = _stoppedAfter };
        JsonRecordFile.Write(_folder.Run, record);
    }
}
