using TSpin.Tokenizers.PostProcessors;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads the <c>post_processor</c> of a tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private const int MostParts = 10_000;

    private static readonly Dictionary<string, Func<JsonField, PostProcessor>> Readers = new(StringComparer.Ordinal)
    {
        ["BertProcessing"] = ReadClassAndSeparator,
        ["ByteLevel"] = _ => PostProcessor.None,
        ["RobertaProcessing"] = ReadClassAndSeparator,
        ["Sequence"] = ReadSequence,
        ["TemplateProcessing"] = ReadTemplate,
    };

    public static PostProcessor Read(JsonField field) => ComponentReader.ByType(field, "post-processor", Readers);

    private static PostProcessor ReadSequence(JsonField field)
    {
        // Each is put around what the one before gave.
        var result = PostProcessor.None;
        foreach (var outer in field.Required("processors").Items().Select(Read))
        {
            var inner = result;
            if (outer.Parts.Sum(p => p.Ids is null ? (long)inner.Parts.Count : 1) > MostParts)
            {
                throw field.Fault("has templates that repeat the text too often");
            }

            result = new PostProcessor([.. outer.Parts.SelectMany(p => p.Ids is null ? inner.Parts : [p])]);
        }

        return result;
    }

    private static PostProcessor ReadClassAndSeparator(JsonField field) => new(
    [
        new PostProcessor.Part([ReadTokenAndId(field.Required("cls"))]),
        new PostProcessor.Part(null),
        new PostProcessor.Part([ReadTokenAndId(field.Required("sep"))]),
    ]);

    private static int ReadTokenAndId(JsonField field)
    {
        var parts = field.Items().ToList();
        return parts.Count == 2 ? ReadId(parts[1]) : throw field.Fault("is not a token and its id");
    }

    private static PostProcessor ReadTemplate(JsonField field)
    {
        var special = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var (name, value) in field.Optional("special_tokens")?.Members() ?? [])
        {
            special[name] = [.. value.Required("ids").Items().Select(ReadId)];
        }

        var parts = new List<PostProcessor.Part>();
        foreach (var item in field.Required("single").Items())
        {
            if (item.Optional("SpecialToken") is { } token)
            {
                var name = token.Required("id").Text();
                parts.Add(new PostProcessor.Part(special.GetValueOrDefault(name) ?? throw token.Unknown("special token", name, special.Keys)));
            }
            else
            {
                var sequence = item.Required("Sequence").Required("id");
                if (sequence.Text() is not "A")
                {
                    throw sequence.Unknown("sequence", sequence.Text(), ["A"]);
                }

                parts.Add(new PostProcessor.Part(null));
            }
        }

        return new PostProcessor(parts);
    }

    private static int ReadId(JsonField field) => field.Integer() is >= 0 and <= Models.Vocabulary.MaximumId and var id ? id : throw field.Fault("is not an id");
}
