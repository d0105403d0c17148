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
public sealed class AdamW(
    IReadOnlyDictionary<string, Tensor> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, Func<string, bool>? decays = null)
    : Optimizer(parameters, weightDecay, decays)
{
    /// <inheritdoc/>
    protected override void Update(string name, Tensor parameter, Tensor gradient, double learningRate)
    {
        var first = StateOf(name, "exp_avg", parameter);
        var second = StateOf(name, "exp_avg_sq", parameter);
        if (WeightDecay != 0 && Decays(name))
        {
            parameter.MultiplyInPlace(1 - (learningRate * WeightDecay));
        }

        first.MultiplyInPlace(beta1).AddInPlace(gradient, 1 - beta1);
        second.MultiplyInPlace(beta2).AddProductInPlace(gradient, gradient, 1 - beta2);
        var firstCorrection = 1 - Math.Pow(beta1, StepsDone);
        var secondCorrection = 1 - Math.Pow(beta2, StepsDone);
        var denominator = (second.Sqrt() * (1 / Math.Sqrt(secondCorrection))) + epsilon;
        parameter.AddQuotientInPlace(first, denominator, -learningRate / firstCorrection);
    }
}
