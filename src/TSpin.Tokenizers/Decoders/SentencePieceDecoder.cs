using System.Runtime.InteropServices;
using System.Text;
using TSpin.Tokenizers.Normalizers;

namespace TSpin.Tokenizers.Decoders;

/// <summary>
/// Pieces back to text as SentencePiece does it: control pieces vanish, the unknown piece shows as its surface, byte pieces are read as
/// UTF-8, U+2581 is a space, and the space put before the text is taken off again.
/// </summary>
internal sealed class SentencePieceDecoder(string unknownPiece, string unknownSurface, HashSet<string> control, Dictionary<string, byte> bytesOfPiece, SentencePieceSpaces spaces)
    : TokenDecoder
{
    private const char Metaspace = '\u2581';

    public override List<string> Decode(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        var atStart = true;
        var startSpaceSeen = false;
        var lastWasEmpty = true;
        foreach (var token in tokens)
        {
            if (bytesOfPiece.TryGetValue(token, out var value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, result, ref lastWasEmpty);
            atStart &= !startSpaceSeen && lastWasEmpty;
            var text = Surface(token, atStart, ref startSpaceSeen);
            lastWasEmpty &= text.Length == 0;
            result.Add(text);
        }

        Flush(bytes, result, ref lastWasEmpty);
        return result;
    }

    public override bool HoldsBack(string token) => bytesOfPiece.ContainsKey(token);

    private static void Flush(List<byte> bytes, List<string> result, ref bool lastWasEmpty)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        // One U+FFFD for each byte that cannot begin or continue a character.
        var rest = (ReadOnlySpan<byte>)CollectionsMarshal.AsSpan(bytes);
        var text = new StringBuilder();
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                rest = rest[consumed..];
            }
            else
            {
                text.Append('\uFFFD');
                rest = rest[1..];
            }
        }

        result.Add(text.ToString());
        lastWasEmpty = false;
        bytes.Clear();
    }

    private string Surface(string token, bool atStart, ref bool startSpaceSeen)
    {
        startSpaceSeen = false;
        if (control.Contains(token))
        {
            return "";
        }

        if (token == unknownPiece)
        {
            return unknownSurface;
        }

        if (atStart && (spaces.AddDummyPrefix || spaces.RemoveExtra) && token.StartsWith(Metaspace))
        {
            token = token[1..];

            // Where extra spaces are removed, the first piece with more than a space ends the start, however many spaces it takes.
            startSpaceSeen = !spaces.RemoveExtra;
        }

        return token.Replace(Metaspace, ' ');
    }
}
