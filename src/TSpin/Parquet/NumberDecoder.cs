namespace TSpin.Parquet;

/// <summary>Gives small numbers one after the other: levels, or indices into a dictionary.</summary>
internal abstract class NumberDecoder
{
    /// <summary>The next number.</summary>
    /// <returns>A number of the bit width.</returns>
    /// <exception cref="ParquetFaultException">There is none, or the page is damaged.</exception>
    public abstract uint Next();
}
