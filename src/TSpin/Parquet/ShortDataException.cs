namespace TSpin.Parquet;

/// <summary>The bytes at hand end inside a value: the file is cut, or more of it must be read.</summary>
/// <param name="what">What was being read.</param>
internal sealed class ShortDataException(string what) : ParquetFaultException($"{what} ends in the middle of a value");
