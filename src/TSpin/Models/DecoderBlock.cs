using TSpin.Torch;

namespace TSpin.Models;

/// <summary>One block: attention and feed-forward around the residual stream, with the norms that the family has.</summary>
internal sealed class DecoderBlock(Decoder model, int layer, RotaryEmbedding? rotary)
{
    private readonly Attention _attention = new(model, layer, rotary);
    private readonly FeedForward _feedForward = new(model, layer);
    private readonly string? _beforeAttention = model.Config.Modules.OptionalOf(layer, model.Config.Modules.BeforeAttention);
    private readonly string? _afterAttention = model.Config.Modules.OptionalOf(layer, model.Config.Modules.AfterAttention);
    private readonly string? _beforeFeedForward = model.Config.Modules.OptionalOf(layer, model.Config.Modules.BeforeFeedForward);
    private readonly string? _afterFeedForward = model.Config.Modules.OptionalOf(layer, model.Config.Modules.AfterFeedForward);

    /// <summary>The residual stream after the block.</summary>
    /// <param name="hidden">[N, T, H].</param>
    /// <param name="pass">What all blocks of this forward pass share.</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor hidden, ForwardPass pass)
    {
        var mixed = hidden + Added(_afterAttention, _attention.Forward(hidden, _beforeAttention, pass));
        var read = model.Config.ParallelResidual ? hidden : mixed;
        return mixed + Added(_afterFeedForward, _feedForward.Forward(read, _beforeFeedForward));
    }

    private Tensor Added(string? norm, Tensor output)
    {
        var normal = Normalized(norm, output);
        return model.Config.ResidualScale is var scale and not 1 ? normal * scale : normal;
    }

    private Tensor Normalized(string? norm, Tensor input) => norm is null ? input : model.Normalize(norm, input);
}
