namespace TSpin.Tokenizers.Models;

/// <summary>One id for a whole word.</summary>
internal sealed class WordLevel(Vocabulary vocabulary, string unknownToken) : TokenModel(vocabulary)
{
    public override int? UnknownId { get; } = vocabulary.IdOf(unknownToken);

    public override void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (Vocabulary.TryGetId(word, out var id))
        {
            output.Add(id);
        }
        else
        {
            output.Add(UnknownId ?? throw new TSpinException($"the tokenizer's unknown token \"{unknownToken}\" is not in its vocabulary, but the word \"{word}\" needs it; use the tokenizer file that came with the model."));
        }
    }
}
