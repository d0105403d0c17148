using System.Text.Json;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Tokens;
using TSpin.Torch;

namespace TSpin;

/// <summary>
/// A whole run: algorithm 1 of arXiv 2601.08198, and its baselines through the same loop. Everything lands in one folder; started again
/// after any interruption it continues there, repeats nothing finished, and ends with the same weights.
/// </summary>
public sealed class SelfPlayRun
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly Recipe _recipe;
    private readonly RunFolder _folder;
    private readonly IProgress<RunEvent>? _progress;
    private readonly RunInputs _inputs;

    /// <summary>Describes a run; nothing is read or written yet.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="folder">Where everything goes.</param>
    /// <param name="progress">Whoever watches.</param>
    public SelfPlayRun(Recipe recipe, string folder, IProgress<RunEvent>? progress = null)
    {
        _recipe = recipe;
        _folder = new RunFolder(folder);
        _progress = progress;
        _inputs = new RunInputs(recipe, _folder, progress);
    }

    private bool PlaysAgainstItself => _recipe.Method != Method.Sft;

    /// <summary>Runs to the end, or continues a stopped run to its end.</summary>
    /// <param name="cancellation">Stops at the next safe point, with everything saved that continuing needs.</param>
    /// <exception cref="TSpinException">Bad input, another process in the folder, another recipe in the folder, a damaged artifact, a full disk, NaN.</exception>
    /// <exception cref="OperationCanceledException">Stopped; run again to continue.</exception>
    public void Run(CancellationToken cancellation = default) => InFolder(manifest => Play(manifest, cancellation));

    /// <summary>Trains one iteration on responses that are already there, from the recipe's model, and evaluates it.</summary>
    /// <param name="iteration">Which iteration it is, zero-based: in iteration 0 beta is 0.</param>
    /// <param name="synthetic">y': a responses.jsonl over the recipe's examples in their order; null for SFT.</param>
    /// <param name="protoSynthetic">y0, likewise; null where the method needs none, or in iteration 0, where it is y'.</param>
    /// <param name="cancellation">As for <see cref="Run"/>.</param>
    /// <exception cref="TSpinException">As for <see cref="Run"/>; also when a response is missing or belongs to another prompt.</exception>
    public void TrainOnce(int iteration, string? synthetic, string? protoSynthetic, CancellationToken cancellation = default) => InFolder(manifest =>
    {
        var tokenizer = Tokenizer.Load(_recipe.Model.Path);
        var (computeType, device) = PrepareMachine();
        using var policy = new PolicySource(_recipe, _folder, computeType, device, first: iteration);
        var examples = _inputs.SelectExamples(manifest);
        var prompts = _inputs.RenderPrompts(tokenizer, examples);
        Adopt(manifest, synthetic, iteration, prompts);
        Adopt(manifest, protoSynthetic, 0, prompts);
        Train(manifest, policy, tokenizer, examples, prompts, iteration, cancellation);
        Evaluate(manifest, policy, tokenizer, _inputs.HeldOutExamples(examples), iteration, cancellation);
    });

    private void InFolder(Action<RunManifest> work)
    {
        WritableFolder.Require(_folder.Path, "the run");
        using var held = FolderLock.Acquire(_folder.Path);
        var manifest = RunManifest.Open(_folder.Path);
        RequireSameRecipe();
        RunSources.RequireUnchanged(_folder.Sources, _recipe);
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

        Close("finished");
    }

    // Takes over a file of responses after checking that it answers exactly this run's prompts.
    private void Adopt(RunManifest manifest, string? source, int iteration, PromptTokens[] prompts)
    {
        var target = _folder.Responses(iteration);
        if (source is null || manifest.Contains(target))
        {
            return;
        }

        var lines = ResponseFile.Read(source).ToDictionary(line => line.Index);
        foreach (var prompt in prompts)
        {
            if (!lines.TryGetValue(prompt.Index, out var line) || line.Prompt != prompt.Text)
            {
                throw new TSpinException(
                    $"{source}: {(line is null ? "has no response to" : "answers another prompt at")} index {prompt.Index} ({Excerpt.Of(prompt.Text)}). "
                    + "Generate the responses over the same examples, seed and template as this recipe's.");
            }
        }

        AtomicFile.Write(target, to =>
        {
            using var from = File.OpenRead(source);
            from.CopyTo(to);
        });
        manifest.Add(target);
    }

    private void Close(string status)
    {
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
        var tokenizer = Tokenizer.Load(_recipe.Model.Path);
        var (computeType, device) = PrepareMachine();
        using var policy = new PolicySource(_recipe, _folder, computeType, device);
        var examples = _inputs.SelectExamples(manifest);
        var heldOut = _inputs.HeldOutExamples(examples);
        var prompts = _inputs.RenderPrompts(tokenizer, examples);

        Evaluate(manifest, policy, tokenizer, heldOut, iteration: -1, cancellation);
        for (var t = 0; t < _recipe.Training.Iterations; t++)
        {
            Respond(manifest, policy, tokenizer, prompts, t, cancellation);      // y' from pi_t; at t = 0 these are y0, drawn once
            Train(manifest, policy, tokenizer, examples, prompts, t, cancellation);   // pi_{t+1} from pi_t on (y, y', y0)
            Evaluate(manifest, policy, tokenizer, heldOut, t, cancellation);
            DropWhatIsOver(manifest, t);
        }
    }

    private (DType ComputeType, Device Device) PrepareMachine()
    {
        var device = AvailableDevice.Parse(_recipe.Model.Device, "model.device");
        var config = DecoderConfigReader.Read(_recipe.Model.Path);
        // A resumed run keeps the type it began with: "auto" measures, and a measurement may come out differently.
        var recorded = RunEnvironment.ReadComputeType(_folder.Environment);
        var computeType = recorded ?? ComputeTypeChoice.Decide(_recipe.Model.Dtype, config.HiddenSize, device);
        if (recorded is null)
        {
            var facts = RunEnvironment.Collect(computeType, device);
            AtomicFile.WriteText(_folder.Environment, JsonSerializer.Serialize(facts, Indented) + "\n");
        }

        _progress?.Report(new Noticed(-1, $"computing in {computeType.ToString().ToLowerInvariant()} on {device}, weights in float32, {config.ParameterCount:N0} parameters"));
        return (computeType, device);
    }

    private void Respond(RunManifest manifest, PolicySource policy, Tokenizer tokenizer, PromptTokens[] prompts, int iteration, CancellationToken cancellation)
    {
        var path = _folder.Responses(iteration);
        if (!PlaysAgainstItself || Begin(manifest, path, iteration, iteration == 0 ? "proto-synthetic responses" : "synthetic responses"))
        {
            return;
        }

        var settings = _recipe.Generation;
        var options = new SamplingOptions
        {
            MaxNewTokens = settings.MaxNewTokens,
            Temperature = settings.Temperature,
            TopP = settings.TopP,
            TopK = settings.TopK,
            BatchSize = settings.BatchSize,
            StopTexts = settings.Stop,
        };
        var current = policy.At(iteration);
        using var inference = current.ForInference(current.ComputeType);
        var generator = new Generator(inference, tokenizer, options, _inputs.Encoder(tokenizer, inference.Config).EndIds);
        var watch = new Relay<GenerationProgress>(value => _progress?.Report(new Generated(iteration, value)));
        ResponseGeneration.Run(generator, prompts, new ResponseSeeds(_recipe.Seed, "generation", iteration), path, $"iteration {iteration}", watch, cancellation);
        if (Generator.GraphNotice is { } notice)
        {
            _progress?.Report(new Noticed(iteration, notice));
        }

        manifest.Add(path);
    }

    private void Train(
        RunManifest manifest, PolicySource policy, Tokenizer tokenizer, ExampleLine[] examples, PromptTokens[] prompts, int iteration, CancellationToken cancellation)
    {
        if (Begin(manifest, _folder.Checkpoint(iteration), iteration, "training"))
        {
            if (Directory.Exists(_folder.Masters(iteration)))
            {
                manifest.Verify(_folder.Masters(iteration));
            }

            VerifyListed(manifest, _folder.Metrics(iteration), _folder.TripletMetrics(iteration));
            return;
        }

        var current = policy.At(iteration);
        var triplets = _inputs.BuildTriplets(tokenizer, current.Config, examples, prompts, iteration);
        new TrainingStage(_recipe, _folder, _progress).Run(current, triplets, iteration, cancellation);
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

        policy.WriteCheckpoint(iteration, _inputs.Encoder(tokenizer, current.Config).Ends);
        manifest.Add(_folder.Checkpoint(iteration));
    }

    private void Evaluate(
        RunManifest manifest, PolicySource policy, Tokenizer tokenizer, IReadOnlyList<AnnotatedExample> heldOut, int iteration, CancellationToken cancellation)
    {
        var folder = iteration < 0 ? _folder.Initial : _folder.Iteration(iteration);
        var path = Path.Combine(folder, EvaluationFiles.ResultFile);
        if (heldOut.Count == 0 || (iteration < 0 && !_recipe.Evaluation.Initial))
        {
            return;
        }

        var answersPath = Path.Combine(folder, EvaluationFiles.AnswersFile);
        if (Begin(manifest, path, iteration, iteration < 0 ? "evaluating the starting model" : "evaluating"))
        {
            VerifyListed(manifest, answersPath);
        }
        else
        {
            var current = policy.At(iteration + 1);
            using var inference = current.ForInference(current.ComputeType);
            var evaluation = new ExactMatchEvaluation(
                tokenizer, _inputs.Template(), _inputs.PromptLimits, _recipe.Evaluation, _recipe.Seed);
            var watch = new Relay<GenerationProgress>(value => _progress?.Report(new Generated(iteration, value)));
            var (result, answers) = evaluation.Run(inference, heldOut, watch, cancellation);
            EvaluationFiles.WriteAnswers(answersPath, answers);
            manifest.Add(answersPath);
            EvaluationFiles.WriteResult(path, result);
            manifest.Add(path);
        }

        _progress?.Report(new Evaluated(iteration, EvaluationFiles.ReadResult(path)));
    }

    // Done anew for every iteration of a resumed run, so that what a kill left half deleted goes too.
    private void DropWhatIsOver(RunManifest manifest, int last)
    {
        var isOver = last == _recipe.Training.Iterations - 1;
        var best = _recipe.Checkpoints.Keep == CheckpointKeeping.Best ? Enumerable.Range(0, last + 1).MaxBy(Score) : last;
        for (var t = 0; t <= last; t++)
        {
            if (File.Exists(_folder.TrainingState(t)))
            {
                File.Delete(_folder.TrainingState(t));
            }

            if (t < last || isOver)
            {
                CheckpointFolder.Delete(_folder.Masters(t));
            }

            if (!IsKept(t))
            {
                CheckpointFolder.Delete(_folder.Checkpoint(t));
            }
            else if (isOver && !Directory.Exists(_folder.Checkpoint(t)))
            {
                manifest.Verify(_folder.Checkpoint(t));
            }
        }

        // The next iteration, or a resumed run, starts from the last checkpoint.
        bool IsKept(int iteration) => _recipe.Checkpoints.Keep == CheckpointKeeping.All || iteration == best || (iteration == last && !isOver);

        double Score(int iteration) =>
            EvaluationFiles.ReadResult(Path.Combine(_folder.Iteration(iteration), EvaluationFiles.ResultFile)).Greedy.Strict.Score;
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

    private void RequireSameRecipe()
    {
        var effective = RecipeWriter.Write(_recipe);
        if (File.Exists(_folder.Recipe) && File.ReadAllText(_folder.Recipe) is var before && before != effective)
        {
            throw new TSpinException(
                $"{_folder.Path}: holds a run with another recipe; different now: {RecipeDifference.Of(before, effective)}. "
                + "Use another name (--run NAME), or delete the folder to start over.");
        }

        AtomicFile.WriteText(_folder.Recipe, effective);
    }

    private void WriteStatus(string status)
    {
        var started = RunStatus.Read(_folder.Run)?.Started ?? DateTimeOffset.UtcNow;
        var record = new RunStatus(Path.GetFileName(_folder.Path), RunStatus.WordOf(_recipe.Method), started, _recipe.Training.Iterations, status);
        AtomicFile.WriteText(_folder.Run, JsonSerializer.Serialize(record, JsonLinesFormat.Default) + "\n");
    }
}
