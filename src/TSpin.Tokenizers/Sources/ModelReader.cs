using System.Text.Json;
using TSpin.Tokenizers.Models;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads the <c>model</c> of a tokenizer.json.</summary>
internal static class ModelReader
{
    private static readonly Dictionary<string, Func<JsonField, TokenModel>> Readers = new(StringComparer.Ordinal)
    {
        ["BPE"] = ReadBytePairEncoding,
        ["Unigram"] = ReadUnigram,
        ["WordLevel"] = ReadWordLevel,
        ["WordPiece"] = ReadWordPiece,
    };

    public static TokenModel Read(JsonField field)
    {
        if (field.Has("type"))
        {
            return ComponentReader.ByType(field, "model", Readers);
        }

        // Files from before 2021 do not name the type; the fields tell.
        return field.Has("merges") ? ReadBytePairEncoding(field)
            : field.Required("vocab").Kind == JsonValueKind.Array ? ReadUnigram(field)
            : field.Has("max_input_chars_per_word") ? ReadWordPiece(field)
            : ReadWordLevel(field);
    }

    private static Vocabulary ReadVocabulary(JsonField model)
    {
        var field = model.Required("vocab");
        return new Vocabulary(field.Members().Select(m => (m.Name, m.Value.Integer())), 1024, field.Place);
    }

    private static BytePairEncoding ReadBytePairEncoding(JsonField model)
    {
        if (model.Optional("dropout") is { } dropout && dropout.Number() != 0)
        {
            throw dropout.Fault($"is {dropout.Number()}: with dropout the same text gets different ids every time; set it to null");
        }

        var vocabulary = ReadVocabulary(model);
        var options = new BytePairOptions(
            model.OptionalText("unk_token"),
            model.OptionalText("continuing_subword_prefix"),
            model.OptionalText("end_of_word_suffix"),
            model.Flag("fuse_unk", false),
            model.Flag("byte_fallback", false),
            model.Flag("ignore_merges", false));
        var field = model.Required("merges");
        var merges = new MergeTable(field.Length);
        var prefixLength = options.ContinuingPrefix?.Length ?? 0;
        var crossing = false;
        var rank = 0;
        foreach (var item in field.Items())
        {
            if (item.Kind == JsonValueKind.String && rank == 0 && item.Text().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var (left, right) = ReadMerge(item);
            var leftId = vocabulary.IdOf(left) ?? throw MissingToken(item, left);
            var rightId = vocabulary.IdOf(right) ?? throw MissingToken(item, right);
            if (right.Length < prefixLength)
            {
                throw item.Fault($"has the right part \"{right}\", shorter than continuing_subword_prefix");
            }

            var merged = left + right[prefixLength..];
            merges.Add(leftId, rightId, rank++, vocabulary.IdOf(merged) ?? throw MissingToken(item, merged));
            crossing |= MetaspaceWords.Crosses(merged);
        }

        return new BytePairEncoding(vocabulary, merges, options, crossing);
    }

    private static TSpinException MissingToken(JsonField merge, string token) =>
        merge.Fault($"is a merge that needs the token \"{token}\", which the vocabulary lacks");

    private static (string Left, string Right) ReadMerge(JsonField item)
    {
        if (item.Kind == JsonValueKind.Array)
        {
            var parts = item.Items().ToList();
            return parts.Count == 2 ? (parts[0].Text(), parts[1].Text()) : throw item.Fault($"is a merge of {parts.Count} parts, not 2");
        }

        var texts = item.Text().Split(' ');
        return texts.Length == 2 ? (texts[0], texts[1]) : throw item.Fault($"is the merge \"{item.Text()}\", not two tokens with a space between");
    }

    private static Unigram ReadUnigram(JsonField model)
    {
        var field = model.Required("vocab");
        var pieces = new List<(string, int)>(field.Length);
        var scores = new List<double>(field.Length);
        foreach (var item in field.Items())
        {
            var parts = item.Items().ToList();
            if (parts.Count != 2)
            {
                throw item.Fault($"has {parts.Count} parts, not a piece and its score");
            }

            pieces.Add((parts[0].Text(), pieces.Count));
            scores.Add(parts[1].Number());
        }

        int? unknownId = null;
        if (model.Optional("unk_id") is { } unknown)
        {
            unknownId = unknown.Integer();
            if (unknownId < 0 || unknownId >= scores.Count)
            {
                throw unknown.Fault($"is {unknownId}, outside of the vocabulary's {scores.Count} pieces");
            }
        }

        return new Unigram(new Vocabulary(pieces, pieces.Count, field.Place), [.. scores], unknownId, model.Flag("byte_fallback", false));
    }

    private static WordLevel ReadWordLevel(JsonField model) =>
        new(ReadVocabulary(model), model.OptionalText("unk_token") ?? "<unk>");

    private static WordPiece ReadWordPiece(JsonField model) => new(
        ReadVocabulary(model),
        model.OptionalText("unk_token") ?? "[UNK]",
        model.OptionalText("continuing_subword_prefix") ?? "##",
        model.Optional("max_input_chars_per_word")?.Integer() ?? 100);
}
