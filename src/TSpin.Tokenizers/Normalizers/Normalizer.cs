namespace TSpin.Tokenizers.Normalizers;

/// <summary>A change of the text before it is split. Instances are immutable and thread-safe.</summary>
internal abstract class Normalizer
{
    /// <summary>Changes a text.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="keepsStart">Set to false when characters at the start are dropped, so that what remains no longer starts the input.</param>
    /// <returns>The changed text.</returns>
    public abstract string Normalize(string text, ref bool keepsStart);
}
