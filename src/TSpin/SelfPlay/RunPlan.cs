using System.Globalization;
using System.Text;
using TSpin.Checkpoints;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>What a recipe will take, counted before anything is computed.</summary>
public sealed record RunPlan
{
    /// <summary>Annotated examples used.</summary>
    public required int Examples { get; init; }

    /// <summary>Mean length of a rendered prompt, in tokens.</summary>
    public required double MeanPromptTokens { get; init; }

    /// <summary>Longest rendered prompt after truncation, in tokens.</summary>
    public required int LongestPromptTokens { get; init; }

    /// <summary>Mean length of an annotated response, in tokens.</summary>
    public required double MeanResponseTokens { get; init; }

    /// <summary>Self-play iterations.</summary>
    public required int Iterations { get; init; }

    /// <summary>Optimizer steps in each iteration.</summary>
    public required int StepsPerIteration { get; init; }

    /// <summary>Optimizer steps of supervised fine-tuning before the first iteration; 0 without it.</summary>
    public required int SftSteps { get; init; }

    /// <summary>
    /// Optimizer steps in all iterations: more than their number times <see cref="StepsPerIteration"/> where later
    /// ones train on more.
    /// </summary>
    public required long StepsInAll { get; init; }

    /// <summary>Tokens generated for training at most, over all iterations.</summary>
    public required long GeneratedTokensAtMost { get; init; }

    /// <summary>Held-out examples evaluated before training and after every iteration.</summary>
    public required int EvaluationExamples { get; init; }

    /// <summary>Parameters of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>What ends a response.</summary>
    public required EndTokens Ends { get; init; }

    /// <summary>
    /// Peak memory in training, estimated: weights, those of a reference that stays, gradients, optimizer state,
    /// activations and logits of one micro-batch.
    /// </summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Processes that share the run; each takes <see cref="MemoryBytes"/>.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Disk the run folder will take at most, estimated.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Prompts that rejection sampling answers; 0 without it.</summary>
    public int RejectionPrompts { get; init; }

    /// <summary>Answers that it draws to each.</summary>
    public int RejectionDraws { get; init; }

    /// <summary>Examples that it adds at most; steps and generated tokens count them all.</summary>
    public int AcceptedAtMost { get; init; }

    /// <summary>Tokens that it generates at most.</summary>
    public long RejectionTokensAtMost { get; init; }

    /// <summary>What an audit of the training examples finds, in a line.</summary>
    public string Audit { get; init; } = "";

    /// <summary>What makes the run useless as it stands, and the cure; null where nothing does.</summary>
    public string? Warning { get; init; }

    /// <summary>Counts and estimates.</summary>
    /// <param name="recipe">The recipe; its model and data are read.</param>
    /// <param name="processes">How many processes share the run. Default: one.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="TSpinException">Model or data cannot be read.</exception>
    public static RunPlan Of(Recipe recipe, int processes = 1)
    {
        var inputs = new RunInputs(recipe, new RunFolder(Path.Combine(recipe.Output.Directory, recipe.Name)), progress: null);
        var (config, encoder) = (inputs.Config, inputs.Encoder);
        var (_, examples, validation) = inputs.ReadAnnotated();
        var prepared = PreparedExamples.Of(encoder, inputs.Limits, [.. examples.Select(example => (example.Asked, example.Response, example.Rejected))]);
        var prompts = prepared.Prompts.Select(prompt => prompt.Ids.Length).ToArray();
        var responses = prepared.Annotated.Select(ids => ids.Length + 1).ToArray();
        var heldOut = inputs.ReadHeldOut()?.Examples ?? [];
        encoder.Responses(heldOut.Select(example => (example.Asked, example.Response)));
        encoder.Responses(validation.Select(example => (example.Asked, example.Response)));
        var tasks = inputs.Tasks(validation, heldOut);
        var held = tasks.Sum(task => task switch { HarnessEvaluationTask asked => asked.Questions, ValidationTask => validation.Count, _ => heldOut.Count });
        var asked = recipe.Rejection.IsOn ? inputs.PromptsAlone() : [];
        new AnswerChecker(recipe.Rejection).Require(asked);
        var answered = recipe.Rejection.IsOn ? asked.Count + (recipe.Rejection.Annotated ? examples.Count : 0) : 0;
        var accepted = answered * Math.Min(recipe.Rejection.Draws, recipe.Rejection.Keep);
        var count = examples.Count + accepted;
        var training = recipe.Training;
        var plays = recipe.Method.PlaysAgainstItself;
        var rank = StartingAdapter.Shape(recipe) is { } shape ? shape.RankPattern.Values.Append(shape.Rank).Max() : 0;
        return new RunPlan
        {
            Examples = examples.Count,
            MeanPromptTokens = prompts.Average(),
            LongestPromptTokens = prompts.Max(),
            MeanResponseTokens = responses.Average(),
            Iterations = training.Iterations,
            StepsPerIteration = BatchOrder.Steps(count, training.BatchSize, training.Epochs),
            SftSteps = recipe.Sft.IsOn ? BatchOrder.Steps(examples.Count, training.BatchSize, recipe.Sft.Epochs) : 0,
            StepsInAll = BatchOrder.Steps(count, training.BatchSize, training.Epochs)
                + ((training.Iterations - 1L) * BatchOrder.Steps(
                    count * (recipe.Generation.MixPrevious ? 2 : 1), training.BatchSize, training.Epochs)),
            GeneratedTokensAtMost = plays ? (long)count * Longest(recipe) * training.Iterations : 0,
            EvaluationExamples = held,
            RejectionPrompts = answered,
            RejectionDraws = recipe.Rejection.Draws,
            AcceptedAtMost = accepted,
            RejectionTokensAtMost = (long)answered * recipe.Rejection.Draws * recipe.Generation.MaxNewTokens,
            Audit = RunInputs.AuditOf(examples, validation, heldOut, tasks).Summary,
            Warning = LearningRate.IsAlwaysZero(BatchOrder.Steps(examples.Count, training.BatchSize, training.Epochs), training),
            Parameters = config.ParameterCount,
            Ends = encoder.Ends,
            MemoryBytes = Memory(recipe, config, rank, prompts,
                [.. responses.Select((length, i) => length + (prepared.Rejected?[i].Length + 1 ?? 0))], processes),
            Processes = processes,
            DiskBytes = Disk(recipe, config, rank, count, held),
        };
    }

    /// <summary>The plan for people.</summary>
    /// <returns>Lines that end with a line feed.</returns>
    public string ToText()
    {
        var text = new StringBuilder();
        Add("annotated examples", $"{Examples:N0}");
        if (Audit.Length > 0)
        {
            Add("audit", $"{Audit}");
        }

        Add("prompts", $"{MeanPromptTokens:F0} tokens on average, the longest {LongestPromptTokens:N0}");
        Add("annotated responses", $"{MeanResponseTokens:F0} tokens on average");
        if (RejectionPrompts > 0)
        {
            Add("rejection sampling",
                $"{RejectionDraws:N0} answers to each of {RejectionPrompts:N0} prompts, at most {RejectionTokensAtMost:N0} tokens; at most {AcceptedAtMost:N0} become annotated, and count below");
        }

        Add("iterations", $"{Iterations} of {StepsPerIteration:N0} optimizer steps, {StepsInAll:N0} in all");
        if (SftSteps > 0)
        {
            Add("before them", $"supervised fine-tuning, {SftSteps:N0} optimizer steps");
        }

        Add("generated tokens", $"at most {GeneratedTokensAtMost:N0}");
        Add("evaluation", $"{EvaluationExamples:N0} examples each time");
        Add("model", $"{Parameters:N0} parameters");
        Add("ends of a response", $"{Ends}");
        Add("memory", $"at most about {DiskSpace.Shown(MemoryBytes)} at the peak{(Processes > 1 ? $" of each of {Processes} processes" : "")}");
        Add("disk", $"at most {DiskSpace.Shown(DiskBytes)}");
        if (Warning is not null)
        {
            Add("warning", $"{Warning}");
        }

        return text.ToString();

        void Add(string name, FormattableString value) =>
            text.Append(name.PadRight(22)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    // The pass with the longest examples, and what is generated for them as long as allowed. A model whose
    // distributions are compared stands beside the one in training.
    private static long Memory(Recipe recipe, DecoderConfig config, int rank, int[] prompts, int[] responses, int processes)
    {
        var training = recipe.Training;
        var share = (training.BatchSize + processes - 1) / processes;
        var examples = Math.Min(training.MicroBatchSize, share);
        var objective = recipe.Method.ObjectiveOf(recipe.Objective, Math.Min(1, training.Iterations - 1));
        var generated = (recipe.Method.Responses.Count(role => role != ResponseRole.Rejected) * Longest(recipe))
            + (objective.Continuations?.MaxNewTokens ?? 0);
        var largest = Enumerable.Range(0, prompts.Length).OrderByDescending(i => prompts[i] + responses[i]).Take(examples).ToArray();
        var predicted = largest.Sum(i => (long)responses[i]) + ((long)largest.Length * generated);
        var tokens = predicted + largest.Sum(i => (long)prompts[i]);
        // A pass has no more than its budget, but at least one example.
        var one = (long)prompts[largest[0]] + responses[largest[0]] + generated;
        var allowed = Math.Max(training.TokensPerPass, one);
        // Of several processes one may take two passes where the mean takes one, and then all sum their gradients as it does.
        (tokens, predicted, var passes) = tokens > allowed ? (allowed, predicted * allowed / tokens, true)
            : (tokens, predicted, processes > 1 ? training.MicroBatchSize < training.BatchSize : share > examples);
        return recipe.Model.Dtype switch
        {
            ComputeType.Auto => Math.Max(Bytes(bfloat16: true), Bytes(bfloat16: false)),
            var type => Bytes(type == ComputeType.BFloat16),
        };

        long Bytes(bool bfloat16)
        {
            if (recipe.Distribution.Sharding == ShardingKind.Full && processes > 1)
            {
                return TrainingMemory.OfShare(
                    config, bfloat16, training.Optimizer, tokens, predicted, training.Recompute, processes, rank, training.Masters, objective.Term?.NeedsReference).PeakBytes;
            }

            var whole = TrainingMemory.Of(
                config, bfloat16, training.Optimizer, tokens, predicted, training.Recompute, passes, rank, training.Masters,
                training.ClipNorm is not null, objective.Term?.NeedsReference, exchanges: processes > 1);
            return (recipe.Distribution.Sharding == ShardingKind.Optimizer ? whole with { Moments = whole.Moments / processes } : whole).PeakBytes;
        }
    }

    // With retry a response may be twice as long as the first limit.
    private static int Longest(Recipe recipe) =>
        recipe.Generation.CutResponses == CutResponses.Retry ? 2 * recipe.Generation.MaxNewTokens
        : recipe.Generation.MaxNewTokens;

    private static long Disk(Recipe recipe, DecoderConfig config, int rank, int examples, int held)
    {
        const long bytesPerGeneratedToken = 20;
        const long bytesPerAnswer = 2000;
        const long bytesPerTokenOfTokenizer = 160;
        var checkpoints = recipe.Checkpoints.Keep == CheckpointKeeping.All ? recipe.Training.Iterations : 2;
        checkpoints += recipe.Sft.IsOn ? 1 : 0;
        var states = recipe.Training.Optimizer == OptimizerKind.AdamW ? 3 : 2;
        var trained = rank > 0 ? TrainingMemory.AdapterParameters(config, rank) : config.ParameterCount;
        var beside = config.VocabularySize * bytesPerTokenOfTokenizer;
        return (trained * 4 * (checkpoints + 2 + states)) + (beside * (checkpoints + 1))
            + (recipe.Training.Iterations * (
                ((long)examples * Longest(recipe) * bytesPerGeneratedToken) + (2 * held * bytesPerAnswer)));
    }
}
