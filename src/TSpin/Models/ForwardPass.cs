using TSpin.Torch;

namespace TSpin.Models;

/// <summary>What the blocks of one forward pass share.</summary>
internal sealed class ForwardPass(AttentionLayout layout, KeyValueCache? cache, DType type)
{
    private readonly Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> _angles = [];

    public AttentionLayout Layout => layout;

    public KeyValueCache? Cache => cache;

    /// <summary>Angles of the tokens, made once per rotary embedding.</summary>
    public (Tensor Cos, Tensor Sin) Angles(RotaryEmbedding rotary)
    {
        if (!_angles.TryGetValue(rotary, out var angles))
        {
            angles = rotary.At(layout, type);
            _angles.Add(rotary, angles);
        }

        return angles;
    }
}
