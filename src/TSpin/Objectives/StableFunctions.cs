using TSpin.Torch;

namespace TSpin.Objectives;

/// <summary>Functions of log-probabilities that neither overflow nor cancel, in value and in slope.</summary>
internal static class StableFunctions
{
    // What is left of 1 - p where p rounds to 1: as the published code of unlikelihood training has it.
    private const double Doubt = 1e-20;
    private const double NearOne = -0.5;

    /// <summary>log(1 + e^x), which is -log sigma(-x).</summary>
    public static Tensor Softplus(this Tensor x) => -(-x).LogSigmoid();

    /// <summary>
    /// log(1 - e^m) of a log-probability m, at most 0. Near 0 it is log(-tanh(m/2)) + log(1 + e^m), since e^m - 1 =
    /// tanh(m/2) (e^m + 1) does not cancel. An m that is nearer to 0 than 1e-20 counts as -1e-20 and has no slope.
    /// </summary>
    public static Tensor LogOneMinusExp(this Tensor m)
    {
        // Both branches are computed: neither may be infinite where the other is taken, or its slope of 0 becomes NaN.
        var near = m.Clamp(2 * NearOne, -Doubt);
        var far = m.Clamp(double.NegativeInfinity, NearOne / 2);
        return Tensor.Where(m.Greater(NearOne), (-(near * 0.5).Tanh()).Log() + near.Softplus(), (-far.Exp() + 1).Log());
    }
}
