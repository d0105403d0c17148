using TSpin.Torch;

namespace TSpin.Models;

/// <summary>The feed-forward of one block: gated (Shazeer 2020), its two ways up fused or not, or plain.</summary>
internal sealed class FeedForward(Decoder model, int layer)
{
    private readonly string? _gate = model.Config.Modules.OptionalOf(layer, model.Config.Modules.Gate);
    private readonly string _up = model.Config.Modules.Of(layer, model.Config.Modules.Up);
    private readonly string? _gateUp = model.Config.Modules.OptionalOf(layer, model.Config.Modules.GateUp);
    private readonly string _down = model.Config.Modules.Of(layer, model.Config.Modules.Down);

    /// <summary>What the block's feed-forward adds to the residual stream, before any norm of it.</summary>
    /// <param name="input">[N, T, H].</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor input) => model.Project(_down, Inner(input));

    private Tensor Inner(Tensor input)
    {
        if (_gateUp is not null)
        {
            long width = model.Config.IntermediateSize;
            var both = model.Project(_gateUp, input);
            return Gated(both.Narrow(-1, 0, width), both.Narrow(-1, width, width));
        }

        return _gate is not null
            ? Gated(model.Project(_gate, input), model.Project(_up, input))
            : Activate(model.Project(_up, input));
    }

    private Tensor Gated(Tensor gate, Tensor up) => model.Config.Activation == Activation.Silu ? FusedLayers.SwiGlu(gate, up) : Activate(gate) * up;

    private Tensor Activate(Tensor x) => model.Config.Activation switch
    {
        Activation.Silu => x.Silu(),
        Activation.Gelu => x.Gelu(),
        Activation.GeluTanh => x.GeluTanh(),
        Activation.Relu => x.Relu(),
        var other => throw new InvalidOperationException($"activation {other} has no formula"),
    };
}
