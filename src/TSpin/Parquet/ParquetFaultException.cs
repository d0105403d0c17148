namespace TSpin.Parquet;

/// <summary>Something in a Parquet file that breaks its format or is not supported; <see cref="ParquetFile"/> adds the file's name.</summary>
/// <param name="message">What is wrong, with the value.</param>
internal class ParquetFaultException(string message) : Exception(message);
