using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>
/// A way to train: one row of <see cref="Methods"/>, and everything that loop, plan, training, reports and the command line need to know of it. Nothing else in
/// the program asks which method it has in hand, so that a new one is its objective's file and its row.
/// </summary>
public sealed class Method
{
    /// <summary>The word in recipes and run.json: lower case, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>What people read: T-SPIN.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Makes the loss of an iteration, counted from 0, out of a recipe's section <c>objective</c>.</summary>
    public required Func<ObjectiveSettings, int, Objective> Create { get; init; }

    /// <summary>
    /// The responses that it trains on beside the annotated one: what the loop generates, reads and lays into triplets. Default: none.
    /// </summary>
    public IReadOnlyList<ResponseRole> Responses { get; init; } = [];

    /// <summary>Which policy an objective's reference is, where it needs one (<see cref="Objective.NeedsReference"/>). Default: the iterate before.</summary>
    public ReferencePolicy Reference { get; init; } = ReferencePolicy.Iterate;

    /// <summary>The keys of section <c>objective</c> that it reads, and numbers of its own under that section. Default: none.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Numbers of its own in section <c>objective</c>. Default: none.</summary>
    public IReadOnlyList<MethodSetting> Settings { get; init; } = [];

    /// <summary>
    /// What is wrong with a recipe's section <c>objective</c> that no range of a single number tells; null for
    /// nothing. Default: nothing.
    /// </summary>
    public Func<ObjectiveSettings, MethodFault?> Check { get; init; } = _ => null;

    /// <summary>The factor between nats and the argument of the loss, by which alarms judge advantages. Default: alpha.</summary>
    public Func<ObjectiveSettings, double> Scale { get; init; } = settings => settings.Alpha;

    /// <summary>
    /// The key in section <c>objective</c> that <see cref="Scale"/> is, for alarms to name; null where it is none.
    /// Default: alpha.
    /// </summary>
    public string? ScaleKey { get; init; } = "alpha";

    /// <summary>Whether rewards are a multiple of the policy's own log-likelihood, without a reference. Default: false.</summary>
    public bool HasRewardsOfItsOwn { get; init; }

    /// <summary>
    /// The loss of an iteration with all that section <c>objective</c> says: its numbers there, and the likelihood of
    /// y beside it.
    /// </summary>
    /// <param name="settings">The section.</param>
    /// <param name="iteration">From 0.</param>
    /// <returns>What <see cref="Create"/> makes, or that with <see cref="WithLikelihood"/>.</returns>
    /// <exception cref="TSpinException">
    /// The method is, or has, a likelihood already, and the section wants another beside it.
    /// </exception>
    public Objective ObjectiveOf(ObjectiveSettings settings, int iteration)
    {
        var objective = Create(settings.At(iteration), iteration);
        return settings.SftWeight == 0 ? objective
            : WithLikelihood.Fits(objective) ? new WithLikelihood(objective, settings.SftWeight)
            : throw new TSpinException(
                $"objective.sft_weight adds the likelihood of the annotated responses, which method {Name} has "
                    + "already. Leave it out.");
    }

    /// <summary>Whether the model answers the training prompts before an iteration, or once.</summary>
    public bool PlaysAgainstItself => Uses(ResponseRole.Synthetic) || Uses(ResponseRole.ProtoSynthetic) || Uses(ResponseRole.EarlierSynthetic);

    /// <summary>Whether it trains on a kind of response.</summary>
    /// <param name="role">Which.</param>
    /// <returns>True for those of <see cref="Responses"/>, and for the annotated one.</returns>
    public bool Uses(ResponseRole role) => role == ResponseRole.Annotated || Responses.Contains(role);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
