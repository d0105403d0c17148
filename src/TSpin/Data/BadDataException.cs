namespace TSpin.Data;

/// <summary>Annotated files hold records that cannot be used; the message lists the first of them, one a line.</summary>
public sealed class BadDataException : TSpinException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="lines">The bad records, at least one.</param>
    /// <param name="heading">What the list is, without a colon.</param>
    /// <param name="cure">What to do about all of them.</param>
    public BadDataException(IReadOnlyList<BadLine> lines, string heading, string cure)
        : base($"{heading}:\n{string.Join('\n', lines)}\n{cure}") => Lines = lines;

    /// <summary>The bad records, in file order.</summary>
    public IReadOnlyList<BadLine> Lines { get; }
}
