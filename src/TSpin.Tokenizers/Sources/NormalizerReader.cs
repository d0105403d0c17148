using TSpin.Tokenizers.Normalizers;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    private static readonly Dictionary<string, Func<JsonField, Normalizer>> Readers = new(StringComparer.Ordinal)
    {
        ["BertNormalizer"] = f => new BertNormalizer(
            f.Flag("clean_text", true),
            f.Flag("handle_chinese_chars", true),
            f.Has("strip_accents") && f.Optional("strip_accents") is not null ? f.Flag("strip_accents", false) : null,
            f.Flag("lowercase", true)),
        ["ByteLevel"] = _ => new ByteLevelNormalizer(),
        ["Lowercase"] = _ => new LowercaseNormalizer(),
        ["NFC"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfc),
        ["NFD"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfd),
        ["NFKC"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfkc),
        ["NFKD"] = _ => new UnicodeFormNormalizer(UnicodeForm.Nfkd),
        ["Nmt"] = _ => new NmtNormalizer(),
        ["Precompiled"] = f => new PrecompiledNormalizer(ReadCharacterMap(f.Required("precompiled_charsmap"))),
        ["Prepend"] = f => new PrependNormalizer(f.Required("prepend").Text()),
        ["Replace"] = ReadReplace,
        ["Sequence"] = f => new NormalizerSequence([.. f.Required("normalizers").Items().Select(Read)]),
        ["Strip"] = f => new StripNormalizer(f.Flag("strip_left", true), f.Flag("strip_right", true)),
        ["StripAccents"] = _ => new StripAccentsNormalizer(),
    };

    public static Normalizer Read(JsonField field) => ComponentReader.ByType(field, "normalizer", Readers);

    /// <summary>Reads a Replace, which is a decoder too.</summary>
    public static ReplaceNormalizer ReadReplace(JsonField field)
    {
        var (pattern, literal) = ComponentReader.ReadPattern(field.Required("pattern"));
        return new ReplaceNormalizer(pattern, literal, field.Required("content").Text());
    }

    private static CharacterMap ReadCharacterMap(JsonField field)
    {
        try
        {
            return new CharacterMap(Convert.FromBase64String(field.Text()));
        }
        catch (FormatException error)
        {
            throw field.Fault($"is not a character map: {error.Message}", error);
        }
    }
}
