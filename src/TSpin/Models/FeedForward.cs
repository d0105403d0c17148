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
    /// <param name="norm">What the input goes through first, by the module's full name, or null.</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor input, string? norm)
    {
        if (_gateUp is not null)
        {
            long width = model.Config.IntermediateSize;
            var both = model.Project([_gateUp], input, norm)[0];
            return Down(both.Narrow(-1, 0, width), both.Narrow(-1, width, width));
        }

        return _gate is not null && model.Project([_gate, _up], input, norm) is [var gate, var up]
            ? Down(gate, up)
            : model.Project(_down, Activate(model.Project([_up], input, norm)[0]));
    }

    private Tensor Down(Tensor gate, Tensor up) => model.Config.Activation == Activation.Silu ? model.ProjectSwiGlu(_down, gate, up) : model.Project(_down, Activate(gate) * up);

    private Tensor Activate(Tensor x) => model.Config.Activation switch
    {
        Activation.Silu => x.Silu(),
        Activation.Gelu => x.Gelu(),
        Activation.GeluTanh => x.GeluTanh(),
        Activation.Relu => x.Relu(),
        var other => throw new InvalidOperationException($"activation {other} has no formula"),
    };
}
