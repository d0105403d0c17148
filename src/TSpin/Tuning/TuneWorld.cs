using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Files;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Studies;
using TSpin.Torch;

namespace TSpin.Tuning;

/// <summary>What is known before the first trial: examples, metric, split, recipes, candidates and their work.</summary>
internal sealed class TuneWorld
{
    private readonly TuneSettings _settings;
    private readonly int _trained;
    private readonly int _evaluated;

    private TuneWorld(TuneSettings settings, TuneExamples examples, TuneState? state)
    {
        _settings = settings;
        Examples = examples;
        Metric = TuneMetric.Choose(examples.Examples, settings.Task, settings.Judge);
        Split = TuneSplit.Of(examples.Examples.Count, settings.Task is not null);
        Facts = TuneFacts.Of(settings, examples.Examples);
        var device = AvailableDevice.Parse(settings.Device, "--device");
        // Measured once: trials that compute in different types cannot be compared.
        var type = state is null ? ComputeTypeChoice.Decide(settings.Dtype, Facts.Config.HiddenSize, device)
            : Enum.Parse<DType>(state.Type);
        Recipes = new TuneRecipes(settings, Facts, new TunePlaces(settings.Output).Examples, examples.Turns, examples.Examples.Count, Metric.OfRuns,
            type == DType.BFloat16 ? ComputeType.BFloat16 : ComputeType.Float32);
        if (settings.Task is { } task)
        {
            RequireTask(task);
        }

        var sources = TuneSources.Of(Recipes.OfBase(null));
        TuneSources.Require(settings.Output, state?.Sources, sources);
        string? memory;
        if (state?.IsAdapter is { } isAdapter)
        {
            // Trials of a model and of adapters cannot be compared, however much memory is free now.
            Recipes.GoOn(isAdapter, state.Recompute);
            memory = state.Memory;
        }
        else
        {
            memory = Recipes.FitInto(device.IsCuda ? TorchLibrary.PropertiesOf(device).FreeBytes
                : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        }

        State = (state ?? new TuneState(SettingsOf(settings, examples), type.ToString(), 0)) with
        {
            Sources = new(sources.ToDictionary(row => row.Key, row => row.Value.Fingerprint), StringComparer.Ordinal),
            IsAdapter = Recipes.Lora.IsOn,
            Recompute = Recipes.Recompute,
            Memory = memory,
        };
        Shots = settings.Task is null ? ShownExamples.Fitting(Facts, examples.Examples.Count) : 0;
        _trained = examples.Examples.Count - (Split.HeldOut / Split.Validations.Count);
        _evaluated = settings.Task is null ? Split.HeldOut / Split.Validations.Count : QuestionsOfTask();
        Sentences =
        [
            .. examples.Findings,
            $"{examples.Examples.Count} annotated examples: {Split.Sentence}",
            Metric.Sentence,
            string.Create(CultureInfo.InvariantCulture,
                $"prompts by the template {(Facts.Template.Contains('\n', StringComparison.Ordinal) ? "given" : Facts.Template)}, answers of at most {Facts.MaxNewTokens} tokens (annotated: {Facts.MeanAnswerTokens:F0} on average, {Facts.LongestAnswerTokens} at most); {type.ToString().ToLowerInvariant()} on {device}"),
            .. memory is null ? Array.Empty<string>() : [memory],
            .. Shots > 0 ? Array.Empty<string>() : [settings.Task is null
                ? $"examples in the prompt are not tried: none fits into the model's {Facts.Config.LongestSequence} positions beside prompt and answer"
                : "examples in the prompt are not tried: the task asks as it is written"],
        ];
    }

    public TuneExamples Examples { get; }

    public TuneMetric Metric { get; }

    public TuneSplit Split { get; }

    public TuneFacts Facts { get; }

    public TuneRecipes Recipes { get; }

    public TuneState State { get; }

    public IReadOnlyList<string> Sentences { get; }

    /// <summary>Examples in the prompt; 0 where they are not tried.</summary>
    public int Shots { get; }

    /// <summary>Reads everything; writes the cleaned examples.</summary>
    public static TuneWorld Of(TuneSettings settings)
    {
        if (settings.Data.Count == 0)
        {
            throw new TSpinException("DATA: no file is named. Name a file of annotated examples.");
        }

        WritableFolder.Require(settings.Output, "what is tuned");
        var state = TuneState.Read(settings.Output);
        var examples = TuneExamples.Read(settings);
        state?.Require(settings.Output, SettingsOf(settings, examples));
        var places = new TunePlaces(settings.Output);
        examples.Write(places.Examples);
        examples.Audit.Write(places.Audit);
        return new TuneWorld(settings, examples, state);
    }

    /// <summary>The candidates of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="start">What T-SPIN after SFT goes on from; null where it is not known.</param>
    public IReadOnlyList<TuneCandidate> Of(TuneKind kind, TuneCandidate? start) => kind switch
    {
        TuneKind.Base => [new TuneCandidate(kind)],
        TuneKind.Prompted => Shots > 0 ? [new TuneCandidate(kind, Shots: Shots)] : [],
        _ => [.. TuneRates.Of(kind, Facts.Config.ParameterCount, Recipes.Lora.IsOn)
            .Select(rate => new TuneCandidate(kind, rate, kind == TuneKind.SftThenTSpin ? start : null))],
    };

    /// <summary>What the stages of an iteration of one run have to do.</summary>
    public (TuneWork Generation, TuneWork Training, TuneWork Evaluation) StagesOf(TuneCandidate candidate,
        TunePace pace, int? examples = null)
    {
        var (trained, both) = (examples ?? _trained, Facts.MeanPromptTokens + Facts.MeanAnswerTokens);
        var plays = candidate.Kind is TuneKind.TSpin or TuneKind.SftThenTSpin;
        // Nothing is generated where only likelihood counts; it is read, a third of training.
        var evaluation = examples is not null ? new TuneWork(0, 0)
            : Metric.Kind == TuneMetricKind.Likelihood ? new TuneWork(_evaluated * both / 3, 0)
            : new TuneWork(_evaluated * both / 3, _evaluated * pace.MeanAnswerTokens);
        return !candidate.IsTrained ? (new(0, 0), new(0, 0), evaluation)
            : plays
                ? (new(0, trained * pace.MeanAnswerTokens), new(2 * trained * (both + (2 * pace.MeanAnswerTokens)), 0),
                    evaluation)
                : (new(0, 0), new(TuneRates.Epochs(Examples.Examples.Count) * trained * both, 0), evaluation);
    }

    public static int IterationsOf(TuneCandidate candidate) => !candidate.IsTrained ? 0
        : candidate.Kind == TuneKind.Sft ? 1 : TuneRecipes.Iterations;

    /// <summary>All that a trial has to do.</summary>
    public TuneWork WorkOf(TuneCandidate candidate, TunePace pace)
    {
        var (generation, training, evaluation) = StagesOf(candidate, pace);
        var times = Math.Max(1, IterationsOf(candidate)) * Split.Validations.Count;
        return new(times * (generation + training + evaluation).Trained,
            times * (generation + training + evaluation).Generated);
    }

    /// <summary>Predicted seconds of a trial.</summary>
    public double SecondsOf(TuneCandidate candidate, TunePace pace) =>
        pace.Seconds(WorkOf(candidate, pace), candidate.Kind, Split.Validations.Count);

    /// <summary>Predicted seconds of the last training on all examples; 0 where there is none.</summary>
    public double FinalSecondsOf(TuneCandidate candidate, TunePace pace)
    {
        if (!Split.IsFolded || !candidate.IsTrained)
        {
            return 0;
        }

        var (generation, training, evaluation) = StagesOf(candidate, pace, Examples.Examples.Count);
        var work = generation + training + evaluation;
        var times = IterationsOf(candidate);
        var own = pace.Seconds(new(times * work.Trained, times * work.Generated), candidate.Kind, 1);
        return candidate.Kind == TuneKind.SftThenTSpin
            ? own + FinalSecondsOf(new TuneCandidate(TuneKind.Sft, candidate.Start?.Rate ?? candidate.Rate), pace)
                : own;
    }

    private static SortedDictionary<string, string> SettingsOf(TuneSettings settings, TuneExamples examples) =>
        new(StringComparer.Ordinal)
        {
            ["data"] = SharedKeys.HashOf(ExampleLine.Of(examples.Examples))[..16],
            ["--model"] = Path.GetFullPath(settings.Model),
            ["--task"] = settings.Task ?? "",
            ["--datasets"] = settings.Datasets ?? "",
            ["--judge"] = settings.Judge ?? "",
            ["--template"] = settings.Template ?? "",
            ["--max-new-tokens"] = settings.MaxNewTokens?.ToString(CultureInfo.InvariantCulture) ?? "",
            ["--dtype"] = settings.Dtype.ToString(),
            ["--device"] = settings.Device,
            ["--seed"] = settings.Seed.ToString(CultureInfo.InvariantCulture),
        };

    // What asks no data, or is not known, is named before anything is computed.
    private void RequireTask(string task)
    {
        if (!TaskFile.IsOne(task) && !EvaluationTasks.IsOfHarness(task, Recipes.OfBase(null).Evaluation))
        {
            throw new TSpinException(HarnessTasks.Knows(task)
                ? $"--task {task}: asks a dataset; name the folder of datasets with --datasets (docs/evaluation-tasks.md)."
                : $"--task {task}: there is no such task{(NearestName.Find(task, HarnessTasks.Names) is { } near ? $"; did you mean {near}?" : ".")} "
                    + "Name a task of lm-evaluation-harness, or a YAML file of your own (docs/evaluation-tasks.md).");
        }
    }

    private int QuestionsOfTask() =>
        new RunInputs(Recipes.OfBase(null), new RunFolder(_settings.Output), progress: null).Tasks([], [])
            .OfType<HarnessEvaluationTask>().Sum(task => task.Questions);
}
