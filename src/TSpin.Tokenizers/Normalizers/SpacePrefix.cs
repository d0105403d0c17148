namespace TSpin.Tokenizers.Normalizers;

/// <summary>Before which parts of a text a SentencePiece vocabulary's space is put. Parts are what lies between added tokens.</summary>
internal enum SpacePrefix
{
    /// <summary>Before every part, as the sentencepiece library does with each text.</summary>
    Library,

    /// <summary>Before every part that does not begin with a space (transformers with <c>legacy: true</c>).</summary>
    EveryPart,

    /// <summary>Before the part at the text's start, unless that begins with a space (transformers with <c>legacy: false</c>).</summary>
    FirstPart,

    /// <summary>Nowhere (transformers with <c>add_prefix_space: false</c>).</summary>
    Never,
}
