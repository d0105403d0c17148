using TSpin.Torch;

namespace TSpin.Models;

/// <summary>The feed-forward of one block: gated (Shazeer 2020), its two ways up fused or not, or plain.</summary>
internal sealed class FeedForward(Decoder model, int layer)
{
    private readonly string _prefix = model.Config.Modules.Of(layer, "");

    /// <summary>What the block's feed-forward adds to the residual stream, before any norm of it.</summary>
    /// <param name="input">[N, T, H].</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor input) => model.Project(_prefix + model.Config.Modules.Down, Inner(input));

    private Tensor Inner(Tensor input)
    {
        var modules = model.Config.Modules;
        if (modules.GateUp is { } fused)
        {
            long width = model.Config.IntermediateSize;
            var both = model.Project(_prefix + fused, input);
            return Gated(both.Narrow(-1, 0, width), both.Narrow(-1, width, width));
        }

        return modules.Gate is { } gate
            ? Gated(model.Project(_prefix + gate, input), model.Project(_prefix + modules.Up, input))
            : Activate(model.Project(_prefix + modules.Up, input));
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
