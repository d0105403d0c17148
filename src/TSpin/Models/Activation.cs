namespace TSpin.Models;

/// <summary>The function inside a feed-forward block.</summary>
public enum Activation
{
    /// <summary>x x sigmoid(x); <c>silu</c> or <c>swish</c> in config.json.</summary>
    Silu,

    /// <summary>x x Phi(x) with the exact normal distribution function; <c>gelu</c>.</summary>
    Gelu,

    /// <summary>The approximation of <see cref="Gelu"/> by a tanh; <c>gelu_pytorch_tanh</c>, <c>gelu_new</c>, <c>gelu_fast</c>.</summary>
    GeluTanh,

    /// <summary>max(x, 0); <c>relu</c>.</summary>
    Relu,
}
