namespace TSpin.Parquet;

/// <summary>Gives the values of one page, one after the other. Nulls are not among them.</summary>
internal abstract class ValueDecoder
{
    /// <summary>The next value.</summary>
    /// <returns>The value; its bytes are valid until the next call.</returns>
    /// <exception cref="ParquetFaultException">There is none, or the page is damaged.</exception>
    public abstract ParquetValue Next();
}
