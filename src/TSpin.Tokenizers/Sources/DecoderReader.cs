using TSpin.Tokenizers.Decoders;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads the <c>decoder</c> of a tokenizer.json.</summary>
internal static class DecoderReader
{
    private const int MostStripped = 1_000_000;

    private static readonly Dictionary<string, Func<JsonField, TokenDecoder>> Readers = new(StringComparer.Ordinal)
    {
        ["BPEDecoder"] = f => new SuffixDecoder(f.OptionalText("suffix") ?? "</w>"),
        ["ByteFallback"] = _ => new ByteFallbackDecoder(),
        ["ByteLevel"] = _ => new ByteLevelDecoder(),
        ["CTC"] = f => new CtcDecoder(f.OptionalText("pad_token") ?? "<pad>", f.OptionalText("word_delimiter_token") ?? "|", f.Flag("cleanup", true)),
        ["Fuse"] = _ => new FuseDecoder(),
        ["Metaspace"] = f => new MetaspaceDecoder(ComponentReader.ReadChar(f.Required("replacement")), PreTokenizerReader.ReadPrependScheme(f)),
        ["Replace"] = f => new ReplaceDecoder(NormalizerReader.ReadReplace(f)),
        ["Sequence"] = f => new DecoderSequence([.. f.Required("decoders").Items().Select(Read)]),
        ["Strip"] = ReadStrip,
        ["WordPiece"] = f => new WordPieceDecoder(f.OptionalText("prefix") ?? "##", f.Flag("cleanup", true)),
    };

    public static TokenDecoder Read(JsonField field) => ComponentReader.ByType(field, "decoder", Readers);

    private static StripDecoder ReadStrip(JsonField field)
    {
        var content = field.Required("content");
        var text = content.Text();
        if (text.Length == 0 || Text.CodePoints.At(text, 0, out var units) < 0 || units != text.Length)
        {
            throw content.Fault($"is \"{text}\", not a single character");
        }

        return new StripDecoder(text, ReadCount(field.Required("start")), ReadCount(field.Required("stop")));
    }

    private static int ReadCount(JsonField field) =>
        field.Integer() is >= 0 and <= MostStripped and var count ? count : throw field.Fault($"is not between 0 and {MostStripped}");
}
