using System.Text.Json;

namespace TSpin.Tokens.Sources;

/// <summary>
/// Which tokens begin, end, pad and stand for the unknown. The first file that speaks of one decides: tokenizer_config.json (a name, or
/// null for none), special_tokens_map.json, then the ids in generation_config.json and config.json.
/// </summary>
internal sealed class SpecialTokenNames
{
    private readonly List<JsonField> _named = [];
    private readonly List<JsonField> _numbered = [];

    public SpecialTokenNames(string folder)
    {
        foreach (var name in (string[])["tokenizer_config.json", "special_tokens_map.json"])
        {
            AddWhenPresent(folder, name, _named);
        }

        foreach (var name in (string[])["generation_config.json", "config.json"])
        {
            AddWhenPresent(folder, name, _numbered);
        }
    }

    /// <summary>The id of a role: bos, eos, pad or unk.</summary>
    public int? Find(string role, Func<string, int?> idOf)
    {
        foreach (var file in _named)
        {
            if (file.Has($"{role}_token"))
            {
                return file.Optional($"{role}_token") is { } token ? idOf(NameOf(token)) : null;
            }
        }

        foreach (var file in _numbered)
        {
            if (file.Optional($"{role}_token_id") is { } id)
            {
                // Several ends of sequence may be listed; the first is the tokenizer's.
                var first = id.Kind == JsonValueKind.Array ? id.Items().Cast<JsonField?>().FirstOrDefault() : id;
                if (first is { Kind: JsonValueKind.Number } number && number.Integer() >= 0)
                {
                    return number.Integer();
                }
            }
        }

        return null;
    }

    /// <summary>A switch of tokenizer_config.json.</summary>
    public bool Flag(string name, bool otherwise) => _named.Count > 0 ? _named[0].Flag(name, otherwise) : otherwise;

    private static string NameOf(JsonField token) =>
        token.Kind == JsonValueKind.Object ? token.Required("content").Text() : token.Text();

    private static void AddWhenPresent(string folder, string name, List<JsonField> files)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
        {
            var field = JsonField.Read(path);
            if (field.Kind == JsonValueKind.Object)
            {
                files.Add(field);
            }
        }
    }
}
