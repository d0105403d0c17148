namespace TSpin.Data.Audit;

/// <summary>What an audit may look at beside the examples.</summary>
public sealed record AuditSettings
{
    /// <summary>
    /// Test data by name: prompt and whole text (prompt and answer) of each example, and where it stands. Default: none.
    /// </summary>
    public IReadOnlyList<(string Name, IReadOnlyList<TestText> Texts)> Tests { get; init; } = [];

    /// <summary>
    /// Tells the language of a text, null where it cannot. Asked for a sample and for texts that look unlike the others.
    /// Default: none; then only other writing systems are found.
    /// </summary>
    public Func<string, string?>? Language { get; init; }

    /// <summary>Records that hold no example, as the reader left them out. Default: none.</summary>
    public IReadOnlyList<BadLine> Bad { get; init; } = [];
}
