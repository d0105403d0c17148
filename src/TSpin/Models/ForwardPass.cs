using TSpin.Torch;

namespace TSpin.Models;

/// <summary>What the blocks of one forward pass share.</summary>
internal sealed class ForwardPass(AttentionLayout layout, KeyValueCache? cache, DType type)
{
    private readonly Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> _angles = [];
    private readonly Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> _keyAngles = [];

    public AttentionLayout Layout => layout;

    public KeyValueCache? Cache => cache;

    /// <summary>Angles of the queries, made once per rotary embedding.</summary>
    public (Tensor Cos, Tensor Sin) Angles(RotaryEmbedding rotary) => Made(_angles, rotary, layout.Positions);

    /// <summary>Angles of all keys, the cached ones too.</summary>
    public (Tensor Cos, Tensor Sin) KeyAngles(RotaryEmbedding rotary) => Made(_keyAngles, rotary, layout.KeyPositions);

    private (Tensor Cos, Tensor Sin) Made(Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> made, RotaryEmbedding rotary, Tensor positions)
    {
        if (!made.TryGetValue(rotary, out var angles))
        {
            angles = rotary.At(positions, layout.Lengths, type);
            made.Add(rotary, angles);
        }

        return angles;
    }
}
