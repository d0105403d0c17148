using TSpin.Tokenizers.PreTokenizers;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private static readonly Dictionary<string, Func<JsonField, PreTokenizer>> Readers = new(StringComparer.Ordinal)
    {
        ["BertPreTokenizer"] = _ => new PreTokenizerSequence(
        [
            new CodePointPreTokenizer(CodePoints.WhiteSpace, SplitBehavior.Removed),
            new CodePointPreTokenizer(CodePoints.Punctuation, SplitBehavior.Isolated),
        ]),
        ["ByteLevel"] = f => new ByteLevelPreTokenizer(f.Flag("add_prefix_space", true), f.Flag("use_regex", true)),
        ["CharDelimiterSplit"] = f => new CodePointPreTokenizer(ReadDelimiter(f.Required("delimiter")), SplitBehavior.Removed),
        ["Digits"] = f => new CodePointPreTokenizer(CodePoints.Numeric, f.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        ["FixedLength"] = f => new FixedLengthPreTokenizer(f.Optional("length") is { } length && length.Integer() is var n ? n > 0 ? n : throw length.Fault($"is {n}, not above 0") : 5),
        ["Metaspace"] = ReadMetaspace,
        ["Punctuation"] = f => new CodePointPreTokenizer(CodePoints.Punctuation, ReadBehavior(f, SplitBehavior.Isolated)),
        ["Sequence"] = f => new PreTokenizerSequence([.. f.Required("pretokenizers").Items().Select(Read)]),
        ["Split"] = ReadSplit,
        ["UnicodeScripts"] = _ => new UnicodeScriptsPreTokenizer(),
        ["Whitespace"] = _ => new WhitespacePreTokenizer(),
        ["WhitespaceSplit"] = _ => new CodePointPreTokenizer(CodePoints.WhiteSpace, SplitBehavior.Removed),
    };

    public static PreTokenizer Read(JsonField field) => ComponentReader.ByType(field, "pre-tokenizer", Readers);

    /// <summary>Reads the prepend scheme of a Metaspace; old files have <c>add_prefix_space</c> instead.</summary>
    public static PrependScheme ReadPrependScheme(JsonField field)
    {
        if (field.Optional("prepend_scheme") is not { } scheme)
        {
            return field.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never;
        }

        if (scheme.Text() != "never" && !field.Flag("add_prefix_space", true))
        {
            // tokenizers refuses such a file too: which of the two was meant cannot be known.
            throw scheme.Fault($"is \"{scheme.Text()}\", but add_prefix_space is false");
        }

        return scheme.Text() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw scheme.Unknown("prepend scheme", other, ["always", "first", "never"]),
        };
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) =>
        new(ComponentReader.ReadChar(field.Required("replacement")), ReadPrependScheme(field), field.Flag("split", true));

    private static SplitPreTokenizer ReadSplit(JsonField field)
    {
        var (pattern, _) = ComponentReader.ReadPattern(field.Required("pattern"));
        field.Required("behavior");
        return new SplitPreTokenizer(pattern, ReadBehavior(field, SplitBehavior.Isolated), field.Flag("invert", false));
    }

    private static SplitBehavior ReadBehavior(JsonField field, SplitBehavior otherwise)
    {
        if (field.Optional("behavior") is not { } behavior)
        {
            return otherwise;
        }

        return behavior.Text() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            var other => throw behavior.Unknown("split behavior", other, Enum.GetNames<SplitBehavior>()),
        };
    }

    private static CodePointSet ReadDelimiter(JsonField field)
    {
        var text = field.Text();
        return text.Length > 0 && CodePoints.At(text, 0, out var units) is var point && units == text.Length
            ? CodePointSet.Of(point)
            : throw field.Fault($"is \"{text}\", not a single character");
    }
}
