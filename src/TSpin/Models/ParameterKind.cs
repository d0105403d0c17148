namespace TSpin.Models;

/// <summary>What a parameter is, which decides how it begins in a fresh model.</summary>
public enum ParameterKind
{
    /// <summary>A projection or an embedding; begins normally distributed.</summary>
    Matrix,

    /// <summary>A bias; begins at 0.</summary>
    Bias,

    /// <summary>Scale of a norm; begins where the norm leaves its input's scale alone.</summary>
    NormScale,
}
