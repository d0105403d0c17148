using System.Text.Json;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Tokens;
using TSpin.Torch;
using TSpin.Triplets;

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

    /// <summary>Describes a run; nothing is read or written yet.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="folder">Where everything goes.</param>
    /// <param name="progress">Whoever watches.</param>
    public SelfPlayRun(Recipe recipe, string folder, IProgress<RunEvent>? progress = null)
    {
        _recipe = recipe;
        _folder = new RunFolder(folder);
        _progress = progress;
    }

    private bool PlaysAgainstItself => _recipe.Method != Method.Sft;

    /// <summary>Runs to the end, or continues a stopped run to its end.</summary>
    /// <param name="cancellation">Stops at the next safe point, with everything saved that continuing needs.</param>
    /// <exception cref="TSpinException">Bad input, another process in the folder, another recipe in the folder, a damaged artifact, a full disk, NaN.</exception>
    /// <exception cref="OperationCanceledException">Stopped; run again to continue.</exception>
    public void Run(CancellationToken cancellation = default)
    {
        WritableFolder.Require(_folder.Path, "the run");
        using var held = FolderLock.Acquire(_folder.Path);
        var manifest = RunManifest.Open(_folder.Path);
        RequireSameRecipe();
        WriteStatus("running");
        try
        {
            Play(manifest, cancellation);
        }
        catch
        {
            TryClose();
            throw;
        }

        Close("finished");
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
        var examples = SelectExamples(manifest);
        var heldOut = HeldOutExamples(examples);
        var prompts = RenderPrompts(tokenizer, examples);

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
        var device = Device.Parse(_recipe.Model.Device);
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

    private ExampleLine[] SelectExamples(RunManifest manifest)
    {
        if (manifest.Contains(_folder.Examples))
        {
            manifest.Verify(_folder.Examples);
            return [.. JsonLinesReader.Read<ExampleLine>(_folder.Examples)];
        }

        var set = ExampleReader.Read(_recipe.Data.Train, _recipe.Data.Format, _recipe.Data.SkipBad);
        var chosen = ExampleSelection.Take(set.Examples, _recipe.Data.Examples, _recipe.Seed)
            .Select((example, i) => new ExampleLine(i, example.Prompt, example.Response)).ToArray();
        AtomicFile.Write(_folder.Examples, stream =>
        {
            foreach (var line in chosen)
            {
                JsonSerializer.Serialize(stream, line, JsonLinesFormat.Default);
                stream.WriteByte((byte)'\n');
            }
        });
        manifest.Add(_folder.Examples);
        var skipped = set.Skipped.Count > 0 ? $", {set.Skipped.Count} bad lines skipped" : "";
        _progress?.Report(new Noticed(-1, $"{chosen.Length} of {set.Examples.Count} annotated examples ({set.Format}){skipped}"));
        return chosen;
    }

    private IReadOnlyList<AnnotatedExample> HeldOutExamples(ExampleLine[] training)
    {
        if (_recipe.Evaluation.Data is not { } path)
        {
            return [];
        }

        var set = ExampleReader.Read([path], _recipe.Evaluation.Format, skipBad: false);
        var chosen = ExampleSelection.Take(set.Examples, _recipe.Evaluation.Examples, _recipe.Seed);
        var seen = training.Select(line => line.Prompt).ToHashSet(StringComparer.Ordinal);
        if (chosen.Count(example => seen.Contains(example.Prompt)) is var shared and > 0)
        {
            _progress?.Report(new Noticed(-1, $"{shared} of {chosen.Count} evaluation prompts are training prompts too: the scores are too good", IsAlarm: true));
        }

        return chosen;
    }

    private PromptTokens[] RenderPrompts(Tokenizer tokenizer, ExampleLine[] examples)
    {
        var template = PromptTemplate.Parse(_recipe.Prompt.Template);
        var texts = examples.Select(example => template.Render(example.Prompt)).ToArray();
        var ids = tokenizer.EncodeAll(texts, addSpecialTokens: true);
        if (ids.Count(prompt => prompt.Length > _recipe.Prompt.MaxPromptTokens) is var cut and > 0)
        {
            _progress?.Report(new Noticed(-1, $"{cut} of {ids.Count} prompts cut to prompt.max_prompt_tokens {_recipe.Prompt.MaxPromptTokens} at the {_recipe.Prompt.Truncate.ToString().ToLowerInvariant()}"));
        }

        return [.. ids.Select((prompt, i) => new PromptTokens(i, TripletBuilder.Truncate(prompt, _recipe.Prompt), texts[i]))];
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
        var generator = new Generator(inference, tokenizer, options);
        var watch = new Relay<GenerationProgress>(value => _progress?.Report(new Generated(iteration, value)));
        ResponseGeneration.Run(generator, prompts, new ResponseSeeds(_recipe.Seed, "generation", iteration), path, $"iteration {iteration}", watch, cancellation);
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

            return;
        }

        var current = policy.At(iteration);
        var triplets = BuildTriplets(tokenizer, current.Config, examples, prompts, iteration);
        new TrainingStage(_recipe, _folder, _progress).Run(current, triplets, iteration, cancellation);
        policy.Advance();

        if (current.Config.StoredType != DType.Float32)
        {
            // Small steps vanish in a narrow type, so the next iteration must not start from the rounded weights.
            CheckpointFolder.Write(_folder.Masters(iteration), _recipe.Model.Path, to => DecoderSaver.SaveWeights(current, to, DType.Float32));
            manifest.Add(_folder.Masters(iteration));
        }

        CheckpointFolder.Write(
            _folder.Checkpoint(iteration), _recipe.Model.Path, to => DecoderSaver.SaveWeights(current, to, maxShardBytes: _recipe.Checkpoints.MaxShardBytes));
        manifest.Add(_folder.Checkpoint(iteration));
    }

    private IReadOnlyList<Triplet> BuildTriplets(Tokenizer tokenizer, DecoderConfig config, ExampleLine[] examples, PromptTokens[] prompts, int iteration)
    {
        var annotated = tokenizer.EncodeAll([.. examples.Select(example => example.Response)], addSpecialTokens: false);
        var synthetic = PlaysAgainstItself ? ReadResponses(iteration) : null;
        var proto = PlaysAgainstItself && _recipe.Method is Method.TSpin or Method.TSpinRef ? ReadResponses(0) : null;
        var builder = new TripletBuilder(_recipe.Prompt, tokenizer.EosId ?? (config.EosIds is [var eos, ..] ? eos : null));
        for (var i = 0; i < examples.Length; i++)
        {
            builder.Add(i, prompts[i].Ids, annotated[i], synthetic?[i], proto?[i]);
        }

        var set = builder.Build();
        foreach (var (count, what) in new[]
        {
            (set.ResponsesTruncated, "responses cut at prompt.max_sequence_tokens"),
            (set.SyntheticIsAnnotated, "synthetic responses equal to the annotated one: their first term is constant"),
            (iteration > 0 ? set.SyntheticIsProto : 0, "synthetic responses equal to the proto-synthetic one: their second term is constant"),
        })
        {
            if (count > 0)
            {
                _progress?.Report(new Noticed(iteration, $"{examples.Length} triplets: {count} {what}"));
            }
        }

        return set.Triplets;
    }

    private Dictionary<int, int[]> ReadResponses(int iteration) =>
        ResponseFile.Read(_folder.Responses(iteration)).ToDictionary(line => line.Index, line => line.Tokens);

    private void Evaluate(
        RunManifest manifest, PolicySource policy, Tokenizer tokenizer, IReadOnlyList<AnnotatedExample> heldOut, int iteration, CancellationToken cancellation)
    {
        var folder = iteration < 0 ? _folder.Initial : _folder.Iteration(iteration);
        var path = Path.Combine(folder, EvaluationFiles.ResultFile);
        if (heldOut.Count == 0 || (iteration < 0 && !_recipe.Evaluation.Initial))
        {
            return;
        }

        if (!Begin(manifest, path, iteration, iteration < 0 ? "evaluating the starting model" : "evaluating"))
        {
            var current = policy.At(iteration + 1);
            using var inference = current.ForInference(current.ComputeType);
            var evaluation = new ExactMatchEvaluation(
                tokenizer, PromptTemplate.Parse(_recipe.Prompt.Template), _recipe.Prompt, _recipe.Evaluation, _recipe.Seed);
            var watch = new Relay<GenerationProgress>(value => _progress?.Report(new Generated(iteration, value)));
            var (result, answers) = evaluation.Run(inference, heldOut, watch, cancellation);
            EvaluationFiles.WriteAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), answers);
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
