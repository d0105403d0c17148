using System.Runtime.InteropServices;
using System.Text;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Decoders;

/// <summary>Byte stand-ins back to bytes, all tokens together read as UTF-8, malformed sequences as U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            ByteAlphabet.AppendBytes(token, bytes);
        }

        return [Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes))];
    }
}
