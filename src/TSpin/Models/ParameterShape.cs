namespace TSpin.Models;

/// <summary>Name and shape of one parameter, in the names of Hugging Face checkpoints.</summary>
/// <param name="Name">For example <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Shape">Sizes, [out, in] for projections unless <see cref="DecoderConfig.TransposedProjections"/>.</param>
public sealed record ParameterShape(string Name, long[] Shape)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>What the parameter is. Default: a matrix.</summary>
    public ParameterKind Kind { get; init; }
}
