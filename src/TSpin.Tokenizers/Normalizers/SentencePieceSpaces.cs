namespace TSpin.Tokenizers.Normalizers;

/// <summary>How a SentencePiece model treats spaces; the defaults are those of its file format.</summary>
internal sealed record SentencePieceSpaces
{
    /// <summary>A space is put before the text (default true).</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Spaces at the ends are dropped, runs become one (default true).</summary>
    public bool RemoveExtra { get; init; } = true;

    /// <summary>A space is written as U+2581 (default true).</summary>
    public bool Escape { get; init; } = true;

    /// <summary>The dummy space is put behind the text instead (default false).</summary>
    public bool AsSuffix { get; init; }
}
