namespace TSpin.Parquet;

/// <summary>Indices into the column's dictionary (Encodings.md, RLE_DICTIONARY).</summary>
/// <param name="dictionary">The values.</param>
/// <param name="indices">The page's indices.</param>
internal sealed class DictionaryDecoder(ParquetValue[] dictionary, HybridDecoder indices) : ValueDecoder
{
    /// <inheritdoc/>
    public override ParquetValue Next() => indices.Next() is var index && index < (uint)dictionary.Length
        ? dictionary[index]
        : throw new ParquetFaultException($"a page refers to value {index} of a dictionary of {dictionary.Length}");
}
