using TSpin.ChatTemplates;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Data.Audit;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Tokenizers;

namespace TSpin.SelfPlay;

/// <summary>What a run trains and is measured on: examples, held-out problems, prompts as token ids, triplets.</summary>
internal sealed class RunInputs(Recipe recipe, RunFolder folder, IProgress<RunEvent>? progress)
{
    private DecoderConfig? _config;
    private Tokenizer? _tokenizer;
    private Tokenizer? _harnessTokenizer;
    private PromptEncoder? _encoder;
    private bool _saidHeldOut;
    private IReadOnlyList<AnnotatedExample>? _annotated;

    /// <summary>The configuration of the recipe's model.</summary>
    public DecoderConfig Config => _config ??= DecoderConfigReader.Read(recipe.Model.Path);

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer => _tokenizer ??= Tokenizer.Load(recipe.Model.Path);

    /// <summary>The tokenizer as lm-evaluation-harness reads it.</summary>
    public Tokenizer HarnessTokenizer => _harnessTokenizer ??= Tokenizer.LoadByClass(recipe.Model.Path);

    /// <summary>
    /// The recipe's way from words to tokens. A chat template's clock shows when the run was first started, so that a run that is continued tomorrow renders the prompts of today.
    /// </summary>
    public PromptEncoder Encoder => _encoder ??= new PromptEncoder(
        PromptTemplate.Of(recipe.Prompt, recipe.Model.Path, RunStatus.Read(folder.Run) is { } status ? new FixedClock(status.Started) : null), Tokenizer, Config);

    /// <summary>The recipe's prompt limits, no larger than the model's positions allow.</summary>
    public PromptSettings Limits => recipe.Prompt.Within(Config.LongestSequence, recipe.Generation.MaxNewTokens);

    /// <summary>How responses are sampled.</summary>
    public SamplingOptions Sampling => new()
    {
        MaxNewTokens = recipe.Generation.MaxNewTokens,
        Temperature = recipe.Generation.Temperature,
        TopP = recipe.Generation.TopP,
        TopK = recipe.Generation.TopK,
        BatchSize = recipe.Generation.BatchSize,
        StopTexts = recipe.Generation.Stop,
    };

    /// <summary>The annotated examples that the run trains on: those of its own snapshot where there is one.</summary>
    public ExampleLine[] SelectExamples(RunManifest manifest)
    {
        // Where rejection sampling adds to them, examples.jsonl is that stage's.
        var path = recipe.Rejection.IsOn ? folder.Annotated : folder.Examples;
        if (manifest.Contains(path))
        {
            manifest.Verify(path);
            return [.. JsonLinesReader.Read<ExampleLine>(path)];
        }

        var (set, training, validation) = ReadAnnotated();
        _annotated = training;
        if (recipe.Data.Validation is not null)
        {
            JsonLinesFile.Write(folder.Validation, ExampleLine.Of(validation));
            manifest.Add(folder.Validation);
        }

        ExampleLine[] chosen = [.. ExampleLine.Of(training)];
        JsonLinesFile.Write(path, chosen);
        manifest.Add(path);
        var notUsed = set.NotUsed.Length > 0 ? $"; {set.NotUsed}" : "";
        var skipped = set.Skipped.Count > 0 ? $", {set.Skipped.Count} bad lines skipped" : "";
        var divided = validation.Count > 0 ? $": {training.Count} to train on, {validation.Count} to validate with" : "";
        progress?.Report(new Noticed(-1, $"{training.Count + validation.Count} of {set.Total + (SplitsOff ? 0 : validation.Count)} annotated examples ({set.Format}){divided}{skipped}{notUsed}"));
        return chosen;
    }

    /// <summary>The run's examples: the annotated ones and, where there is rejection sampling, what that adds.</summary>
    /// <param name="manifest">The run's.</param>
    /// <param name="annotated">From <see cref="SelectExamples"/>.</param>
    /// <param name="sample">Rejection sampling.</param>
    public ExampleLine[] WithAccepted(RunManifest manifest, ExampleLine[] annotated, Func<ExampleLine[]> sample)
    {
        if (!recipe.Rejection.IsOn)
        {
            return annotated;
        }

        if (manifest.Contains(folder.Examples))
        {
            manifest.Verify(folder.Examples);
            return [.. JsonLinesReader.Read<ExampleLine>(folder.Examples)];
        }

        var all = sample();
        JsonLinesFile.Write(folder.Examples, all);
        manifest.Add(folder.Examples);
        return all;
    }

    /// <summary>The prompts of data.prompts, with the answers of their records where they have some.</summary>
    public IReadOnlyList<AnnotatedExample> PromptsAlone()
    {
        var data = recipe.Data;
        if (data.Prompts is not { } files)
        {
            return [];
        }

        try
        {
            return ExampleReader.Read(files, data.Format, data.SkipBad, data.Columns, data.Turns).Examples;
        }
        catch (TSpinException) when (recipe.Rejection.Accept == AnswerCheck.Judge)
        {
            // A judge needs no reference.
            return ExampleReader.ReadPrompts(files, data.Format, data.SkipBad, data.Columns).Examples;
        }
    }

    /// <summary>The annotated examples that are kept to choose by; none where the recipe keeps none.</summary>
    public IReadOnlyList<AnnotatedExample> ValidationExamples(RunManifest manifest)
    {
        if (recipe.Data.Validation is null)
        {
            return [];
        }

        manifest.Verify(folder.Validation);
        return [.. JsonLinesReader.Read<ExampleLine>(folder.Validation).Select(line => new AnnotatedExample(line.Index, line.Prompt, line.Response, folder.Validation, line.Index + 1) { Turns = line.Turns })];
    }

    public IReadOnlyList<AnnotatedExample> HeldOutExamples()
    {
        if (ReadHeldOut() is not { } set)
        {
            return [];
        }

        if (set.NotUsed.Length > 0 && !_saidHeldOut)
        {
            progress?.Report(new Noticed(-1, $"evaluation.data: {set.NotUsed}"));
            _saidHeldOut = true;
        }

        return set.Examples;
    }

    /// <summary>Looks for what is trained on in what is measured, and raises an alarm where it is there.</summary>
    public void RequireApart(IReadOnlyList<ExampleLine> training, IReadOnlyList<AnnotatedExample> validation, IReadOnlyList<AnnotatedExample> heldOut, IReadOnlyList<IEvaluationTask> tasks)
    {
        // Validation examples count as training data of the tests: checkpoints are chosen by them.
        var learned = training.Select(line => Texts(line.Prompt, line.Response));
        Raise(TextOverlap.Count(learned, [("data.validation", [.. validation.Select(example => Texts(example.Prompt, example.Response))])]), "training");
        Raise(
            TextOverlap.Count(
                learned.Concat(validation.Select(example => Texts(example.Prompt, example.Response))),
                [
                    ("evaluation.data", [.. heldOut.Select(example => Texts(example.Prompt, example.Response))]),
                    .. tasks.OfType<HarnessEvaluationTask>().Select(task => (task.Name, task.Texts())),
                ]),
            "annotated");

        static (string, string) Texts(string prompt, string response) => (prompt, $"{prompt} {response}");

        void Raise(IReadOnlyList<OverlapCount> counts, string with)
        {
            foreach (var count in counts.Where(count => count.Shared > 0))
            {
                RunAlarms.Raise(
                    folder,
                    new TrainingAlarm(-1, 0, $"overlap-{count.Set}",
                        $"of {count.Examples} examples of {count.Set}, {count.SamePrompt} have a prompt of the {with} examples and {count.Shared - count.SamePrompt} more share {TextOverlap.Words} words in a row with one: "
                        + "scores on them are too good. Take them out of data.train, or measure on others."),
                    progress);
            }
        }
    }

    /// <summary>Looks for what makes the training examples worse than their number says, once, into audit.jsonl.</summary>
    public void Audit(
        RunManifest manifest, IReadOnlyList<ExampleLine> training, IReadOnlyList<AnnotatedExample> validation,
        IReadOnlyList<AnnotatedExample> heldOut, IReadOnlyList<IEvaluationTask> tasks)
    {
        if (manifest.Contains(folder.Audit))
        {
            manifest.Verify(folder.Audit);
            return;
        }

        var report = AuditOf(_annotated ?? Again(training), validation, heldOut, tasks);
        report.Write(folder.Audit);
        manifest.Add(folder.Audit);
        progress?.Report(new Noticed(-1, $"audit: {report.Summary}{(report.Findings.Count > 0 ? " (audit.jsonl has the reasons)" : "")}"));
    }

    /// <summary>The audit of a run's training examples against all that it measures on.</summary>
    public static AuditReport AuditOf(
        IReadOnlyList<AnnotatedExample> training, IReadOnlyList<AnnotatedExample> validation, IReadOnlyList<AnnotatedExample> heldOut,
        IReadOnlyList<IEvaluationTask> tasks) => DataAudit.Of(
            [.. training.Select((example, i) => example with { Index = i })],
            new AuditSettings
            {
                Tests =
                [
                    ("data.validation", [.. validation.Select(Text)]),
                    ("evaluation.data", [.. heldOut.Select(Text)]),
                    .. tasks.OfType<HarnessEvaluationTask>().Select(task => (task.Name, (IReadOnlyList<TestText>)
                        [.. task.Texts().Select((text, i) => new TestText(text.Prompt, text.Text, task.Name, i + 1))])),
                ],
            });

    private static TestText Text(AnnotatedExample example) =>
        new(example.Prompt, $"{example.Prompt} {example.Response}", example.SourceFile, example.SourceLine);

    // A run that was stopped before its audit: where the examples came from is read again, if they are still there.
    private IReadOnlyList<AnnotatedExample> Again(IReadOnlyList<ExampleLine> training)
    {
        try
        {
            if (ReadAnnotated().Training is var read && read.Count == training.Count
                && read.Zip(training).All(pair => pair.First.Prompt == pair.Second.Prompt && pair.First.Response == pair.Second.Response))
            {
                return read;
            }
        }
        catch (TSpinException)
        {
            // The run has its own copy.
        }

        return [.. training.Select(line => new AnnotatedExample(line.Index, line.Prompt, line.Response, folder.Examples, line.Index + 1) { Turns = line.Turns })];
    }

    private bool SplitsOff => recipe.Data.Validation is { } validation && !ValidationSplit.IsFile(validation);

    /// <summary>What every iteration is measured on, with all its questions.</summary>
    /// <exception cref="TSpinException">A task or its rows are wrong, or its answers leave no room for a question.</exception>
    public IReadOnlyList<IEvaluationTask> Tasks(IReadOnlyList<AnnotatedExample> validation, IReadOnlyList<AnnotatedExample> heldOut)
    {
        var tasks = EvaluationTasks.Of(
            recipe.Evaluation, heldOut,
            () => ChatTemplate.ExistsIn(recipe.Model.Path) ? ChatTemplate.Load(recipe.Model.Path) : null, TaskFile.ReadIfOne);
        foreach (var task in tasks.OfType<HarnessEvaluationTask>())
        {
            // Said now, not when an iteration is to be measured.
            task.RequireRoom(Config.MaxPositions);
        }

        return validation.Count > 0 ? [new ValidationTask(validation, recipe.Evaluation), .. tasks] : tasks;
    }

    /// <summary>The prompts by whose answers the distance from the starting model is measured; null where it is not.</summary>
    public IReadOnlyList<PromptTokens>? DistancePrompts(IReadOnlyList<ExampleLine> training, IReadOnlyList<AnnotatedExample> validation, IReadOnlyList<AnnotatedExample> heldOut) =>
        recipe.Evaluation.Distance is not { } count ? null
        : PreparedExamples.Of(Encoder, Limits, [.. (heldOut.Count > 0 ? heldOut : validation) is { Count: > 0 } examples
            ? examples.Take(count).Select(example => (example.Asked, example.Response, (string?)null))
            : training.Take(count).Select(example => (example.Asked, example.Response, (string?)null))]).Prompts;

    /// <summary>The annotated examples of the recipe: those to train on, and those kept to choose by.</summary>
    public (ExampleSubset All, IReadOnlyList<AnnotatedExample> Training, IReadOnlyList<AnnotatedExample> Validation) ReadAnnotated()
    {
        var data = recipe.Data;
        var all = ExampleReader.ReadSubset(
            data.Train, data.Format, data.SkipBad, data.Columns, data.Examples, recipe.Seed, data.Turns, recipe.Method.Uses(ResponseRole.Rejected));
        if (data.Validation is not { } words)
        {
            return (all, all.Examples, []);
        }

        var split = ValidationSplit.Parse(words);
        if (split.File is { } file)
        {
            return (all, all.Examples, ExampleReader.ReadSubset([file], data.Format, data.SkipBad, data.Columns, count: null, recipe.Seed, data.Turns).Examples);
        }

        var (training, validation) = split.Divide(all.Examples, recipe.Seed);
        return (all, training, validation);
    }

    /// <summary>The held-out examples; null where the recipe names none.</summary>
    public ExampleSubset? ReadHeldOut()
    {
        var held = recipe.Evaluation;
        return held.Data is { } files ? ExampleReader.ReadSubset(files, held.Format, skipBad: false, held.Columns, held.Examples, recipe.Seed, held.Turns) : null;
    }

    /// <summary>Encodes examples and says what a user should know of it.</summary>
    public PreparedExamples Prepare(IReadOnlyList<ExampleLine> examples)
    {
        foreach (var sentence in Tokenizer.NotFollowed)
        {
            progress?.Report(new Noticed(-1, sentence));
        }

        progress?.Report(new Noticed(-1, $"ends of a response: {Encoder.Ends}"));
        var limits = Limits;
        var prepared = PreparedExamples.Of(Encoder, limits, [.. examples.Select(example => (example.Asked, example.Response, example.Rejected))]);
        if (prepared.PromptsCut > 0)
        {
            var limit = limits.MaxPromptTokens == recipe.Prompt.MaxPromptTokens ? $"prompt.max_prompt_tokens {limits.MaxPromptTokens}"
                : $"{limits.MaxPromptTokens} tokens, which leaves room for an answer in the model's {Config.LongestSequence} positions,";
            progress?.Report(new Noticed(-1, $"{prepared.PromptsCut} of {examples.Count} prompts cut to {limit} at the {recipe.Prompt.Truncate.ToString().ToLowerInvariant()}"));
        }

        return prepared;
    }

    /// <summary>Checks all that training and evaluation will need, before hours are spent on what comes before them.</summary>
    public void RequireTrainable(PreparedExamples examples, IReadOnlyList<AnnotatedExample> heldOut)
    {
        Sampling.Validate();
        examples.Triplets();
        Encoder.Responses(heldOut.Select(example => (example.Asked, example.Response)));
        if (LearningRate.IsAlwaysZero(BatchOrder.Steps(examples.Prompts.Count, recipe.Training.BatchSize, recipe.Training.Epochs), recipe.Training) is { } reason)
        {
            RunAlarms.Raise(folder, new TrainingAlarm(-1, 0, "learning-rate-zero", reason), progress);
        }
    }

    /// <summary>What an iteration trains on: the examples with the responses that the method learns from.</summary>
    /// <param name="examples">All of the run's.</param>
    /// <param name="iteration">From 0.</param>
    /// <param name="says">Whether counts worth knowing are reported. Default: they are.</param>
    public IReadOnlyList<Triplet> BuildTriplets(PreparedExamples examples, int iteration, bool says = true)
    {
        var own = Triplets(examples, iteration, iteration, says);
        // SPIN's code trains on the last two iterations' responses together.
        return recipe.Generation.MixPrevious && iteration > 0
            ? [.. own, .. Triplets(examples, iteration, iteration - 1, says)] : own;
    }

    // The triplets of an iteration whose y' are another's, or its own.
    private IReadOnlyList<Triplet> Triplets(PreparedExamples examples, int iteration, int from, bool says)
    {
        var (method, watcher) = (recipe.Method, says ? progress : null);
        var taught = TaughtPrompts.Read(recipe, folder, iteration).Select(line => line.Index).ToHashSet();
        var set = examples.Triplets(
            method.Uses(ResponseRole.Synthetic) ? ReadResponses(from) : null,
            method.Uses(ResponseRole.ProtoSynthetic) ? ReadResponses(0) : null,
            method.Uses(ResponseRole.EarlierSynthetic) ? ReadResponses(Math.Max(0, iteration - 1)) : null,
            taught);
        foreach (var (count, what) in new[]
        {
            (set.ResponsesTruncated, "responses cut at prompt.max_sequence_tokens"),
            (set.SyntheticIsAnnotated, "synthetic responses equal to the annotated one: their first term is constant"),
            (iteration > 0 ? set.SyntheticIsProto : 0, "synthetic responses equal to the proto-synthetic one: their second term is constant"),
        })
        {
            if (count > 0)
            {
                watcher?.Report(new Noticed(iteration, $"{set.Triplets.Count} triplets: {count} {what}"));
            }
        }

        return recipe.Generation.CutResponses == CutResponses.Drop && method.Uses(ResponseRole.Synthetic)
            ? WithoutCut(set.Triplets, iteration, from, watcher) : set.Triplets;
    }

    private Triplet[] WithoutCut(IReadOnlyList<Triplet> triplets, int iteration, int from, IProgress<RunEvent>? watcher)
    {
        var cut = ResponseFile.Read(folder.Responses(from)).Where(line => line.FinishReason == FinishReason.Length)
            .Select(line => line.Index).ToHashSet();
        Triplet[] kept = [.. triplets.Where(triplet => !cut.Contains(triplet.Index))];
        if (kept.Length == 0)
        {
            throw new NothingToTrainException(
                $"{folder.Responses(from)}: all {triplets.Count} responses were cut at generation.max_new_tokens "
                    + $"{recipe.Generation.MaxNewTokens}, and generation.cut_responses drop leaves none to train on. "
                + "Start a new run (--run NAME) with a higher limit, or with retry.");
        }

        if (kept.Length < triplets.Count)
        {
            watcher?.Report(new Noticed(iteration,
                $"{triplets.Count - kept.Length} of {triplets.Count} triplets dropped: their synthetic responses were "
                    + "cut at generation.max_new_tokens"));
        }

        return kept;
    }

    private Dictionary<int, int[]> ReadResponses(int iteration) =>
        ResponseFile.Read(folder.Responses(iteration)).ToDictionary(line => line.Index, line => line.Tokens);
}
