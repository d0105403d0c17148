namespace TSpin.Parquet;

/// <summary>Truth values in runs (Encodings.md, RLE).</summary>
/// <param name="runs">The runs.</param>
internal sealed class RunBooleanDecoder(HybridDecoder runs) : ValueDecoder
{
    /// <inheritdoc/>
    public override ParquetValue Next() => new(runs.Next(), default);
}
