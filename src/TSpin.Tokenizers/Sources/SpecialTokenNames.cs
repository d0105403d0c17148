using System.Text.Json;
using TSpin.Files;

namespace TSpin.Tokenizers.Sources;

/// <summary>
/// Which tokens begin, end, pad and stand for the unknown. The first file that speaks of one decides: those that
/// <see cref="SpecialTokenFiles"/> lists (a name, or null for none), then the ids in generation_config.json and config.json.
/// </summary>
internal sealed class SpecialTokenNames
{
    public const string Decoder = "added_tokens_decoder";
    private const string Suffix = "_token";

    private static readonly string[] Keys = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly List<(string File, JsonField Field)> _named = [];
    private readonly List<(string File, JsonField Field)> _numbered = [];

    public SpecialTokenNames(string folder)
    {
        Config = Read(folder, ModelJson.TokenizerConfig);
        Map = Read(folder, SpecialTokenFiles.Map);
        foreach (var name in SpecialTokenFiles.InOrder(HasDecoder))
        {
            Add(name, name == SpecialTokenFiles.Map ? Map : Config, _named);
        }

        foreach (var name in (string[])["generation_config.json", "config.json"])
        {
            Add(name, Read(folder, name), _numbered);
        }
    }

    /// <summary>tokenizer_config.json, where there is one.</summary>
    public JsonField? Config { get; }

    /// <summary>The class that tokenizer_config.json names, where it names one.</summary>
    public string? Class => Config?.Optional("tokenizer_class") is { } name ? name.Text() : null;

    /// <summary>special_tokens_map.json, where there is one, read or not.</summary>
    public JsonField? Map { get; }

    /// <summary>Whether tokenizer_config.json lists the added tokens, which makes it the only file that names special ones.</summary>
    public bool HasDecoder => Config?.Optional(Decoder) is not null;

    /// <summary>The id of a role: bos, eos, pad or unk; and the file that names it.</summary>
    public (int Id, string File)? Find(string role, Func<string, int?> idOf)
    {
        foreach (var (file, field) in _named)
        {
            if (field.Has(role + Suffix))
            {
                return field.Optional(role + Suffix) is { } token && idOf(NameOf(token)) is { } named ? (named, file) : null;
            }
        }

        // Several ends of sequence may be listed; the tokenizer's is the one that both files name, else the first.
        var listed = _numbered.Select(file => (file.File, Ids: Ids(file.Field.Optional($"{role}_token_id")))).Where(file => file.Ids.Length > 0).ToArray();
        return listed.Length == 0 ? null : (listed[0].Ids.Intersect(listed[^1].Ids).Append(listed[0].Ids[0]).First(), listed[0].File);
    }

    private static int[] Ids(JsonField? field) =>
        [.. field is not { } found ? [] : (found.Kind == JsonValueKind.Array ? found.Items() : [found]).Where(id => id.Kind == JsonValueKind.Number).Select(id => id.Integer()).Where(id => id >= 0)];

    /// <summary>
    /// The tokens with a role: the seven that transformers knows, then whatever else tokenizer_config.json calls <c>…_token</c>. Each is a text or an object.
    /// </summary>
    public IEnumerable<JsonField> Named()
    {
        foreach (var key in Keys)
        {
            if (_named.Where(file => file.Field.Has(key)).Select(file => file.Field.Optional(key)).FirstOrDefault() is { } token)
            {
                yield return token;
            }
        }

        foreach (var (name, value) in Config?.Members() ?? [])
        {
            if (name.EndsWith(Suffix, StringComparison.Ordinal) && !Keys.Contains(name, StringComparer.Ordinal) && value.Kind == JsonValueKind.String)
            {
                yield return value;
            }
        }
    }

    /// <summary>A switch of tokenizer_config.json.</summary>
    public bool Flag(string name, bool otherwise) => Config?.Flag(name, otherwise) ?? otherwise;

    /// <summary>The text of a token that is written as a text or as an object with <c>content</c>.</summary>
    public static string NameOf(JsonField token) =>
        token.Kind == JsonValueKind.Object ? token.Required("content").Text() : token.Text();

    private static JsonField? Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) && JsonField.Read(path) is { Kind: JsonValueKind.Object } field ? field : null;
    }

    private static void Add(string name, JsonField? field, List<(string, JsonField)> files)
    {
        if (field is { } found)
        {
            files.Add((name, found));
        }
    }
}
