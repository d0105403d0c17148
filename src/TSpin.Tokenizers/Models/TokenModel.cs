namespace TSpin.Tokenizers.Models;

/// <summary>Turns words into ids. Thread-safe.</summary>
internal abstract class TokenModel
{
    protected TokenModel(Vocabulary vocabulary) => Vocabulary = vocabulary;

    public Vocabulary Vocabulary { get; }

    /// <summary>The piece that stands for what the vocabulary lacks, if the model has one.</summary>
    public abstract int? UnknownId { get; }

    /// <summary>Appends the ids of a word.</summary>
    /// <exception cref="TSpinException">The word cannot be written and the vocabulary has no unknown token.</exception>
    public abstract void Encode(ReadOnlySpan<char> word, List<int> output);
}
