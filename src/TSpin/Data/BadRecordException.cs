namespace TSpin.Data;

/// <summary>Ends the reading of one record; <see cref="ExampleReader"/> turns it into a <see cref="BadLine"/>.</summary>
/// <param name="message">What is wrong, with the value, and the cure.</param>
internal sealed class BadRecordException(string message) : Exception(message);
