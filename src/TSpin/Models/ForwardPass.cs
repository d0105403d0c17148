using TSpin.Torch;

namespace TSpin.Models;

/// <summary>What the blocks of one forward pass share.</summary>
/// <param name="layout">Positions of the tokens and what they see.</param>
/// <param name="cache">Earlier tokens' keys and values, or null.</param>
/// <param name="type">Type of the arithmetic.</param>
/// <param name="frequencies">Of the rotary embeddings that depend on the length, those of the layout's lengths. Default: found out when needed, which waits for the device.</param>
internal sealed class ForwardPass(AttentionLayout layout, KeyValueCache? cache, DType type, IReadOnlyDictionary<RotaryEmbedding, Tensor>? frequencies = null)
{
    // What blocks share must outlive the scope of the block that happens to need it first.
    private readonly TensorScope? _scope = TensorScope.Current;
    private readonly Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> _angles = [];
    private readonly Dictionary<RotaryEmbedding, (Tensor Cos, Tensor Sin)> _halfAngles = [];

    public AttentionLayout Layout => layout;

    public KeyValueCache? Cache => cache;

    /// <summary>Angles of the tokens, made once per rotary embedding.</summary>
    public (Tensor Cos, Tensor Sin) Angles(RotaryEmbedding rotary)
    {
        if (!_angles.TryGetValue(rotary, out var angles))
        {
            angles = Shared(rotary.At(layout, type, frequencies?.GetValueOrDefault(rotary)));
            _angles.Add(rotary, angles);
        }

        return angles;
    }

    /// <summary>Angles of one token after another, two tensors [N x T, R / 2], rounded to the compute type as the other layouts have them; of a packed row, or of rows of one token.</summary>
    public (Tensor Cos, Tensor Sin) HalfAngles(RotaryEmbedding rotary)
    {
        if (!_halfAngles.TryGetValue(rotary, out var half))
        {
            var (cos, sin) = Angles(rotary);
            half = Shared((Half(cos), Half(sin)));
            _halfAngles.Add(rotary, half);
        }

        return half;
    }

    private (Tensor Cos, Tensor Sin) Shared((Tensor Cos, Tensor Sin) pair)
    {
        foreach (var tensor in new[] { pair.Cos, pair.Sin })
        {
            _ = _scope?.Adopt(tensor) ?? TensorScope.Detach(tensor);
        }

        return pair;
    }

    private Tensor Half(Tensor angles)
    {
        var width = angles.Size(-1);
        return angles.Reshape(-1, width).Narrow(-1, 0, width / 2).To(type == DType.Float64 ? type : DType.Float32).Contiguous();
    }
}
