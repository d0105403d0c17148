namespace TSpin.Torch;

/// <summary>One parameter of an optimizer's step, with all that belongs to it; every tensor has its shape.</summary>
/// <param name="Parameter">Changed in place. In bfloat16, its moments are float32; else they have its type.</param>
/// <param name="Gradient">Of the parameter's or a narrower type.</param>
/// <param name="FirstMoment">AdamW's m, changed in place; null for RMSprop.</param>
/// <param name="SecondMoment">The smoothed squares, changed in place.</param>
public sealed record UpdatedTensor(Tensor Parameter, Tensor Gradient, Tensor? FirstMoment, Tensor SecondMoment)
{
    /// <summary>Tells parameters apart where they are rounded at random: each of an optimizer has its own, whichever are updated together. Default: 0.</summary>
    public int Number { get; init; }

    /// <summary>Weight decay. Default: 0.</summary>
    public double Decay { get; init; }

    /// <summary>
    /// For a bfloat16 parameter: the lower half of the float32 that the two keep together (<see cref="Float32Halves"/>), changed in place. Default: none.
    /// </summary>
    public Tensor? Residue { get; init; }
}
