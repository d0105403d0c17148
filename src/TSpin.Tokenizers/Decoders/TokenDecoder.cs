namespace TSpin.Tokenizers.Decoders;

/// <summary>Turns tokens back into text: takes a list of tokens, gives a list of texts that are joined in the end. Immutable, thread-safe.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>Whether a token's text depends on tokens that may still come: a run of <c>&lt;0xXX&gt;</c> tokens is one text.</summary>
    public virtual bool HoldsBack(string token) => false;
}
