using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW: the weight first decays by <c>1 - lr x decay</c>, then moves by
/// <c>lr / (1 - b1^t) x m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)</c>.
/// </summary>
/// <param name="parameters">Names and tensors.</param>
/// <param name="beta1">Decay of the first moment. Default: 0.9.</param>
/// <param name="beta2">Decay of the second moment. Default: 0.999.</param>
/// <param name="epsilon">Added to the denominator. Default: 1e-8.</param>
/// <param name="weightDecay">Decoupled weight decay. Default: 0.</param>
/// <param name="decays">Which parameters decay; null means all.</param>
/// <param name="residues">The lower halves of bfloat16 parameters, <see cref="Models.DecoderWeights.Residues"/>. Default: none.</param>
/// <param name="roundingSeed">bfloat16 parameters without residue are rounded at random by it; null rounds them to the nearest. Default: null.</param>
public sealed class AdamW(
    IReadOnlyDictionary<string, Tensor> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, Func<string, bool>? decays = null,
    IReadOnlyDictionary<string, Tensor>? residues = null, ulong? roundingSeed = null)
    : Optimizer(parameters, weightDecay, decays, residues, roundingSeed)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Moments { get; } = ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale) =>
        FusedOptimizer.AdamW(
            [.. parameters.Select(parameter => Updated(parameter.Name, parameter.Values, parameter.Gradient))],
            new AdamWConstants(learningRate, beta1, beta2, epsilon, StepsDone, gradientScale), RoundingSeed);
}
