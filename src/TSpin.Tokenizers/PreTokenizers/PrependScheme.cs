namespace TSpin.Tokenizers.PreTokenizers;

/// <summary>Where Metaspace puts its sign in front.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the piece that begins the input.</summary>
    First,

    /// <summary>Nowhere.</summary>
    Never,
}
