using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// RMSprop as torch.optim.RMSprop without momentum, the paper's optimizer: <c>s = a s + (1 - a) g^2</c>, then the weight moves by
/// <c>lr x g / (sqrt(s) + epsilon)</c>; no bias correction. Weight decay is added to the gradient, as there.
/// </summary>
/// <param name="parameters">Names and tensors.</param>
/// <param name="alpha">Smoothing of the squared gradient. Default: 0.99.</param>
/// <param name="epsilon">Added to the denominator. Default: 1e-8.</param>
/// <param name="weightDecay">Weight decay. Default: 0.</param>
/// <param name="decays">Which parameters decay; null means all.</param>
/// <param name="residues">The lower halves of bfloat16 parameters, <see cref="Models.DecoderWeights.Residues"/>. Default: none.</param>
/// <param name="roundingSeed">bfloat16 parameters without residue are rounded at random by it; null rounds them to the nearest. Default: null.</param>
public sealed class RmsProp(
    IReadOnlyDictionary<string, Tensor> parameters, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, Func<string, bool>? decays = null,
    IReadOnlyDictionary<string, Tensor>? residues = null, ulong? roundingSeed = null)
    : Optimizer(parameters, weightDecay, decays, residues, roundingSeed)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Moments { get; } = ["square_avg"];

    /// <inheritdoc/>
    protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale) =>
        FusedOptimizer.RmsProp(
            [.. parameters.Select(parameter => Updated(parameter.Name, parameter.Values, parameter.Gradient))],
            new RmsPropConstants(learningRate, alpha, epsilon, StepsDone, gradientScale), RoundingSeed);
}
