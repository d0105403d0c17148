using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Something small that is trained in a decoder's place: it adds to what some of its projections compute.</summary>
public interface IDecoderAdapter : IDisposable
{
    /// <summary>The adapter's own parameters by name; the only ones that are trained.</summary>
    IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>Whether a projection is added to.</summary>
    /// <param name="module">Full name, for example <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <returns>True where <see cref="Delta"/> may be asked.</returns>
    bool Adapts(string module);

    /// <summary>What is added to a projection's output.</summary>
    /// <param name="module">Full name.</param>
    /// <param name="input">The projection's input, [..., in].</param>
    /// <returns>[..., out], in any type.</returns>
    Tensor Delta(string module, Tensor input);

    /// <summary>What <see cref="Delta"/> computes, as two matrices.</summary>
    /// <param name="module">Full name.</param>
    /// <returns>The matrices themselves; null where nothing is added, or something of another form.</returns>
    LowRankUpdate? Update(string module);

    /// <summary>Asked before training begins.</summary>
    /// <exception cref="TSpinException">The adapter asks for what training here does not do.</exception>
    void RequireTrainable();

    /// <summary>The same adapter for another decoder of the same shape, without gradients, its parameters converted once.</summary>
    /// <param name="type">Type of that decoder's arithmetic.</param>
    /// <param name="ownMemory">Whether the copy stays as it is when this one is trained. Default: false, they share memory where the type is the same.</param>
    /// <returns>To be disposed with that decoder.</returns>
    IDecoderAdapter ForInference(DType type, bool ownMemory = false);
}
