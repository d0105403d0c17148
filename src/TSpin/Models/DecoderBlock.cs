using TSpin.Torch;

namespace TSpin.Models;

/// <summary>One block: attention and feed-forward around the residual stream, with the norms that the family has.</summary>
internal sealed class DecoderBlock(Decoder model, int layer, RotaryEmbedding? rotary)
{
    private readonly Attention _attention = new(model, layer, rotary);
    private readonly FeedForward _feedForward = new(model, layer);

    public Tensor Forward(Tensor hidden, ForwardPass pass)
    {
        var modules = model.Config.Modules;
        var mixed = hidden + Added(modules.AfterAttention, _attention.Forward(Normalized(modules.BeforeAttention, hidden), pass));
        var read = model.Config.ParallelResidual ? hidden : mixed;
        return mixed + Added(modules.AfterFeedForward, _feedForward.Forward(Normalized(modules.BeforeFeedForward, read)));
    }

    private Tensor Added(string? norm, Tensor output)
    {
        var normal = Normalized(norm, output);
        return model.Config.ResidualScale is var scale and not 1 ? normal * scale : normal;
    }

    private Tensor Normalized(string? norm, Tensor input) => norm is null ? input : model.Normalize(model.Config.Modules.Of(layer, norm), input);
}
