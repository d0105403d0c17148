using TSpin.Objectives;
using TSpin.Prompts;

namespace Extending;

/// <summary>
/// A preference objective on the data's own pairs: IPO (arXiv 2310.12036) as TRL has it, <c>(r(y)/|y| - r(z)/|z| - 1/(2 beta))^2</c> with r(x) = log pi(x) - log pi_0(x), z the rejected response
/// and pi_0 the model that the run began with.
/// </summary>
/// <param name="beta">Strength of the pull towards pi_0, over 0.</param>
public sealed class SampleIpo(double beta) : Objective
{
    private static readonly MethodSetting Beta = new("sample_ipo_beta", 0.1, "(0, 1000]", "IPO's beta.");

    /// <summary>The row that recipes name: <c>method: sample-ipo</c>, with <c>objective.sample_ipo_beta</c>.</summary>
    public static Method Method { get; } = new()
    {
        Name = "sample-ipo",
        DisplayName = "IPO",
        Responses = [ResponseRole.Rejected],
        Reference = ReferencePolicy.Initial,
        Settings = [Beta],
        Scale = settings => settings.Of(Beta),
        Create = (settings, _) => new SampleIpo(settings.Of(Beta)),
    };

    /// <inheritdoc/>
    public override string Name => Method.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<ResponseRole> Responses => [ResponseRole.Rejected];

    /// <inheritdoc/>
    public override bool NeedsReference => true;

    /// <inheritdoc/>
    public override ObjectiveValue Evaluate(SequenceLogProbs policy, SequenceLogProbs? reference = null)
    {
        var start = Need(reference, "reference log-probabilities");
        var chosen = policy.Of(ResponseRole.Annotated).Means - start.Of(ResponseRole.Annotated).Means;
        var rejected = policy.Of(ResponseRole.Rejected).Means - start.Of(ResponseRole.Rejected).Means;
        var distance = chosen - rejected - (1 / (2 * beta));
        return new ObjectiveValue(distance * distance, RewardAnnotated: chosen * beta, RewardSynthetic: rejected * beta);
    }
}
