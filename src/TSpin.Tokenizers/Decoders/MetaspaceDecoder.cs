using TSpin.Tokenizers.PreTokenizers;

namespace TSpin.Tokenizers.Decoders;

/// <summary>The visible sign back to a space; in the first token it is dropped when one was put in front.</summary>
internal sealed class MetaspaceDecoder(char replacement, PrependScheme prepend) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) =>
        [.. tokens.Select((token, i) => i == 0 && prepend != PrependScheme.Never
            ? token.Replace(replacement.ToString(), "", StringComparison.Ordinal)
            : token.Replace(replacement, ' '))];
}
