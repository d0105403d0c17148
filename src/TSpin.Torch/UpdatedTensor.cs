namespace TSpin.Torch;

/// <summary>One parameter of an optimizer's step, with all that belongs to it; every tensor has its shape.</summary>
/// <param name="Parameter">Changed in place. In bfloat16, its moments are float32; else they have its type.</param>
/// <param name="Gradient">Of the parameter's or a narrower type.</param>
/// <param name="FirstMoment">AdamW's m, changed in place; null for RMSprop.</param>
/// <param name="SecondMoment">The smoothed squares, changed in place.</param>
public sealed record UpdatedTensor(Tensor Parameter, Tensor Gradient, Tensor? FirstMoment, Tensor SecondMoment)
{
    /// <summary>Weight decay. Default: 0.</summary>
    public double Decay { get; init; }

    /// <summary>Receives the new parameter in a type of its own. Default: none.</summary>
    public Tensor? Copy { get; init; }

    /// <summary>
    /// For a bfloat16 parameter, bfloat16 too: the 16 bits that rounding cut off, which the next step counts in (compensated summation, Kahan 1965). Together they are a float32,
    /// bit for bit; by themselves these are no numbers. Zeros at first. Default: none.
    /// </summary>
    public Tensor? Residue { get; init; }
}
