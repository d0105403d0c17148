namespace TSpin.TokenizerBench;

/// <summary>
/// What the command line names. BenchmarkDotNet makes the object that it measures itself, in this process.
/// </summary>
internal static class Measured
{
    /// <summary>A model folder or a tokenizer file.</summary>
    public static string Tokenizer { get; set; } = "";

    /// <summary>The texts, by set.</summary>
    public static IReadOnlyList<TextSet> Sets { get; set; } = [];
}
