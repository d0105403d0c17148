using TSpin.Torch;

namespace TSpin.Models;

/// <summary>What enters the first block: rows of the embedding, and of the learned positions where the family has them.</summary>
internal sealed class TokenEmbedding(Decoder model)
{
    private readonly string _table = model.Config.Modules.Embedding + ".weight";
    private readonly string? _positions = model.Config.Modules.Positions is { } positions ? positions + ".weight" : null;

    private DecoderConfig Config => model.Config;

    /// <summary>The residual stream before the first block.</summary>
    /// <param name="ids">Token ids, int64 [N, T].</param>
    /// <param name="positions">int64 [N or 1, T]; see <see cref="Require(long)"/>.</param>
    /// <returns>[N, T, H].</returns>
    public Tensor Forward(Tensor ids, Tensor positions)
    {
        var hidden = Layers.Embedding(model.Weight(_table), ids);                                       // (N, T, H)
        if (Config.EmbeddingScale != 1)
        {
            // The factor is rounded to the type it multiplies, as transformers' tensor of one number is.
            hidden *= Tensor.Full([], Config.EmbeddingScale, hidden.DType, model.Device);
        }

        if (_positions is not null)
        {
            hidden += Layers.Embedding(model.Weight(_positions), positions);
        }

        return hidden;
    }

    /// <summary>Checks that there are as many positions as tokens; waits for the device where the family has learned ones.</summary>
    /// <param name="positions">int64, any shape.</param>
    /// <exception cref="TSpinException">A position was not learned.</exception>
    public void Require(Tensor positions)
    {
        if (_positions is not null)
        {
            Require((long)positions.Reshape(-1).Maximum(0).Item() + 1);
        }
    }

    /// <summary>Checks that there are as many positions as tokens.</summary>
    /// <param name="longest">Tokens of the longest sequence.</param>
    /// <exception cref="TSpinException">A position was not learned.</exception>
    public void Require(long longest)
    {
        if (_positions is not null && longest > Config.MaxPositions)
        {
            throw new TSpinException($"A sequence of {longest} tokens is too long for this {Config.Family} model, which has learned {Config.MaxPositions} positions and no others; use shorter sequences.");
        }
    }
}
