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
/// <param name="copies">Tensors that stand for parameters in the arithmetic; see <see cref="Optimizer"/>. Default: none.</param>
public sealed class RmsProp(
    IReadOnlyDictionary<string, Tensor> parameters, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, Func<string, bool>? decays = null,
    IReadOnlyDictionary<string, Tensor>? copies = null)
    : Optimizer(parameters, weightDecay, decays, copies)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<string> Moments => ["square_avg"];

    /// <inheritdoc/>
    protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
    {
        foreach (var (name, parameter, gradient) in parameters)
        {
            using var scope = new TensorScope();
            var wide = gradient.To(parameter.DType);
            Update(name, parameter, gradientScale == 1 ? wide : wide * gradientScale, learningRate);
            Copies.GetValueOrDefault(name)?.CopyFrom(parameter);
        }
    }

    private void Update(string name, Tensor parameter, Tensor gradient, double learningRate)
    {
        var square = StateOf(name, "square_avg", parameter);
        var effective = WeightDecay != 0 && Decays(name) ? gradient + (parameter.Detach() * WeightDecay) : gradient;
        square.MultiplyInPlace(alpha).AddProductInPlace(effective, effective, 1 - alpha);
        parameter.AddQuotientInPlace(effective, square.Sqrt() + epsilon, -learningRate);
    }
}
