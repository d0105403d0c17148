using System.Text.Json;
using TSpin.Objectives;

namespace TSpin.Checks;

/// <summary>The objective that computes what a trainer of TRL was told to.</summary>
/// <param name="Objective">The objective; null where there is none here.</param>
/// <param name="OnMeans">Whether it compares means over tokens, as <c>objective.log_prob: mean</c>.</param>
/// <param name="LogsMeans">Whether the trainer logs log-probabilities per token.</param>
/// <param name="Reason">Why there is none.</param>
internal sealed record TrlLoss(Objective? Objective, bool OnMeans = false, bool LogsMeans = false, string Reason = "")
{
    // They change memory, logs or the order of the data, which the record has; not the loss of a batch.
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "seed", "data_seed", "full_determinism", "gradient_checkpointing", "gradient_checkpointing_kwargs",
        "max_length", "max_prompt_length", "max_completion_length", "truncation_mode", "num_train_epochs",
        "output_dir", "report_to", "run_name", "use_cpu", "no_cuda", "disable_dropout", "disable_tqdm",
        "remove_unused_columns", "precompute_ref_log_probs", "precompute_ref_batch_size",
        "per_device_eval_batch_size", "pad_token", "pad_token_id", "label_pad_token_id", "pad_to_multiple_of",
        "dataset_num_proc", "discopop_tau", "logging_steps", "logging_strategy", "logging_first_step", "save_steps",
        "save_strategy", "eval_strategy", "eval_steps", "dataloader_num_workers", "dataloader_pin_memory",
        "dataloader_drop_last", "include_tokens_per_second", "include_num_input_tokens_seen",
        "average_tokens_across_devices",
    };

    // These have an effect, unless they say what is done here anyway.
    private static readonly (string Key, string Value)[] AsIs =
    [
        ("completion_only_loss", "true"), ("f_divergence_type", "reverse_kl"), ("optim_args", "momentum=0.0,alpha=0.99"),
    ];

    /// <summary>Finds it.</summary>
    /// <param name="record">The run.</param>
    /// <returns>The objective, or why there is none.</returns>
    public static TrlLoss Of(TrlRecord record)
    {
        var arguments = record.Arguments;
        var type = Type(arguments.LossType, record.Trainer);
        var unknown = arguments.Others
            .Where(other => !WithoutEffect.Contains(other.Key) && !IsAsHere(other.Key, other.Value))
            .Select(other => $"{other.Key} {other.Value.GetRawText()}").ToArray();
        var loss = (record.Trainer, type) switch
        {
            ("DPOTrainer", "sigmoid") => new TrlLoss(new DpoObjective(arguments.Beta)),
            ("DPOTrainer", "sigmoid_norm") => new TrlLoss(new DpoObjective(arguments.Beta), OnMeans: true),
            ("DPOTrainer", "hinge") => new TrlLoss(new HingeObjective(arguments.Beta)),
            ("DPOTrainer", "ipo") => new TrlLoss(new IpoObjective(arguments.Beta)),
            ("DPOTrainer", "robust") => new TrlLoss(new RobustObjective(arguments.Beta, arguments.LabelSmoothing)),
            ("DPOTrainer", "bco_pair") => new TrlLoss(new BcoObjective(arguments.Beta)),
            ("CPOTrainer", "sigmoid") => new TrlLoss(
                new CpoObjective(arguments.Beta, arguments.CpoAlpha, arguments.LabelSmoothing)),
            ("CPOTrainer", "simpo") when arguments.CpoAlpha != 0 => new TrlLoss(
                new WithLikelihood(new SimpoObjective(arguments.Beta, arguments.SimpoGamma, arguments.LabelSmoothing),
                    arguments.CpoAlpha), LogsMeans: true),
            ("CPOTrainer", "simpo") => new TrlLoss(
                new SimpoObjective(arguments.Beta, arguments.SimpoGamma, arguments.LabelSmoothing), LogsMeans: true),
            ("ORPOTrainer", _) => new TrlLoss(new OrpoObjective(arguments.Beta), LogsMeans: true),
            ("SFTTrainer", "nll") => new TrlLoss(new SftObjective()),
            ("SFTTrainer", "dft") => new TrlLoss(new DftObjective()),
            _ => new TrlLoss(null, Reason: $"{record.Trainer} with loss_type {type} is no loss of this program"),
        };
        return loss.Objective is null ? loss
            : unknown.Length > 0 ? new TrlLoss(
                null,
                Reason: $"{record.Trainer} with {string.Join(", ", unknown)}, "
                    + "a setting that is not known here and may change the loss")
            : arguments.GradientAccumulationSteps > 1 && loss.Objective is { HasTokenLoss: true }
                ? new TrlLoss(
                    null,
                    Reason: $"{record.Trainer} with gradient_accumulation_steps {arguments.GradientAccumulationSteps} "
                        + "takes the likelihood's mean batch by batch; here it is the step's")
            : arguments.ReferenceFree && loss.Objective.NeedsReference
                ? loss with { Objective = new WithoutReference(loss.Objective) }
            : loss;
    }

    private static string Type(JsonElement? type, string trainer) => type switch
    {
        null or { ValueKind: JsonValueKind.Null } => trainer == "SFTTrainer" ? "nll" : "sigmoid",
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 1 => list[0].ToString(),
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
    };

    // Off, or what is done here in any case.
    private static bool IsAsHere(string key, JsonElement value) =>
        AsIs.FirstOrDefault(known => known.Key == key).Value is { } usual
        ? value.ValueKind == JsonValueKind.Null
            || string.Equals(value.ToString(), usual, StringComparison.OrdinalIgnoreCase)
        : value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => true,
            JsonValueKind.Number => value.GetDouble() == 0,
            _ => false,
        };
}
