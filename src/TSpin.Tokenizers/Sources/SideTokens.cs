using System.Globalization;
using System.Text.Json;

namespace TSpin.Tokenizers.Sources;

/// <summary>
/// The tokens that the files beside tokenizer.json or tokenizer.model add to it, as transformers 5.23 adds them: those of
/// <c>added_tokens_decoder</c> in tokenizer_config.json in the order of their ids, else those of added_tokens.json; then every special token that
/// has a role, then <c>extra_special_tokens</c> (older: <c>additional_special_tokens</c>). Each gets the next free id, whatever id a file gives it.
/// </summary>
internal sealed class SideTokens
{
    private const string Extra = "extra_special_tokens";
    private const string Additional = "additional_special_tokens";
    private const string AddedFile = "added_tokens.json";

    private readonly List<AddedToken> _tokens = [];
    private readonly List<(string Text, int Id, string Place)> _claims = [];
    private readonly List<(string Text, string Place, string Reason)> _unread = [];
    private readonly SpecialTokenNames _names;
    private readonly HashSet<string> _known;

    private SideTokens(string folder, IReadOnlyList<AddedToken> own, SpecialTokenNames names)
    {
        _names = names;
        _known = own.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        var named = names.Named().Select(field => (Text: SpecialTokenNames.NameOf(field), Field: field)).ToArray();
        var special = named.Select(token => token.Text).ToHashSet(StringComparer.Ordinal);
        var extra = ExtraTokens();
        if (names.HasDecoder)
        {
            AddDecoder(names.Config!.Value.Required(SpecialTokenNames.Decoder), special);
        }
        else
        {
            foreach (var token in own.Where(token => !token.Special && special.Contains(token.Content)))
            {
                _tokens.Add(token with { Special = true });
            }
        }

        ReadAddedFile(folder, [.. special, .. extra.Select(token => token.Content)]);
        foreach (var (text, field) in named)
        {
            AddMissing(field.Kind == JsonValueKind.Object ? Read(field) with { Special = true } : Plain(text));
        }

        extra.ForEach(AddMissing);
        LookAtMap();
    }

    /// <summary>What is added, in order; a token that is there already gets the flags given here.</summary>
    public IReadOnlyList<AddedToken> Tokens => _tokens;

    public static SideTokens Read(string folder, IReadOnlyList<AddedToken> own, SpecialTokenNames names) => new(folder, own, names);

    /// <summary>What the files say and is not followed, a sentence each.</summary>
    /// <param name="idOf">The ids that the tokens got.</param>
    public IEnumerable<string> NotFollowed(Func<string, int?> idOf)
    {
        foreach (var (text, id, place) in _claims)
        {
            if (idOf(text) is { } got && got != id)
            {
                yield return $"{place}: gives '{text}' the id {id}; its id is {got}, as in transformers.";
            }
        }

        foreach (var (text, place, reason) in _unread)
        {
            if (idOf(text) is null)
            {
                yield return $"{place}: '{text}' is not a token: {reason}, as in transformers.";
            }
        }
    }

    /// <summary>Switches of tokenizer_config.json that the post-processor of tokenizer.json overrules, a sentence each.</summary>
    /// <param name="tokenizer">The tokenizer that they are in.</param>
    public IEnumerable<string> FlagsNotFollowed(Tokenizer tokenizer)
    {
        foreach (var (flag, role, id, around) in new[] { ("add_bos_token", "BOS before", tokenizer.BosId, tokenizer.Before), ("add_eos_token", "EOS behind", tokenizer.EosId, tokenizer.After) })
        {
            if (id is { } token && _names.Config?.Optional(flag) is { Kind: JsonValueKind.True or JsonValueKind.False } wanted && (wanted.Kind == JsonValueKind.True) != around.Contains(token))
            {
                var isOn = wanted.Kind == JsonValueKind.True;
                yield return $"{wanted.Place}: {(isOn ? "true" : "false")} is not followed: the post_processor of tokenizer.json decides, as in transformers, and it puts {(isOn ? "no " : "")}{role} a text.";
            }
        }
    }

    /// <summary>Reads an added token with its flags.</summary>
    public static AddedToken Read(JsonField field)
    {
        var special = field.Flag("special", false);
        return new AddedToken(
            field.Required("content").Text(), field.Flag("single_word", false), field.Flag("lstrip", false), field.Flag("rstrip", false),
            field.Flag("normalized", !special), special);
    }

    private static AddedToken Plain(string text, bool special = true) => new(text, SingleWord: false, StripLeft: false, StripRight: false, Normalized: !special, Special: special);

    private void AddDecoder(JsonField decoder, HashSet<string> special)
    {
        var entries = decoder.Members().Select(entry => (
            Id: int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw decoder.Fault($"has the entry \"{entry.Name}\", which is not an id"),
            Token: Read(entry.Value)));
        foreach (var (id, token) in entries.OrderBy(entry => entry.Id))
        {
            _tokens.Add(special.Contains(token.Content) ? token with { Special = true } : token);
            _known.Add(token.Content);
            _claims.Add((token.Content, id, decoder.Place));
        }
    }

    private void ReadAddedFile(string folder, HashSet<string> special)
    {
        var path = Path.Combine(folder, AddedFile);
        if (!File.Exists(path))
        {
            return;
        }

        var file = JsonField.Read(path);
        foreach (var (text, id) in file.Members().Select(entry => (entry.Name, Id: entry.Value.Integer())).OrderBy(entry => entry.Id).ToArray())
        {
            if (_names.HasDecoder)
            {
                _unread.Add((text, path, "tokenizer_config.json has an added_tokens_decoder, so this file is not read"));
                continue;
            }

            AddMissing(Plain(text, special.Contains(text)));
            _claims.Add((text, id, path));
        }
    }

    private List<AddedToken> ExtraTokens()
    {
        if (_names.Config is not { } config)
        {
            return [];
        }

        var extra = config.Optional(Extra);
        if (config.Optional(Additional) is { } older)
        {
            if (!config.Has(Extra))
            {
                return [.. Each(older)];
            }

            foreach (var token in Each(older))
            {
                _unread.Add((token.Content, older.Place, "extra_special_tokens is there too, and goes before"));
            }
        }

        return extra is { } found ? [.. Each(found)] : [];
    }

    // A list, or an object of names and tokens.
    private static IEnumerable<AddedToken> Each(JsonField field) =>
        (field.Kind == JsonValueKind.Object ? field.Members().Select(member => member.Value) : field.Items())
        .Select(token => token.Kind == JsonValueKind.Object ? Read(token) with { Special = true } : Plain(token.Text()));

    private void LookAtMap()
    {
        if (_names.Map is not { } map)
        {
            return;
        }

        foreach (var token in map.Optional(Additional) is { Kind: JsonValueKind.Array } list ? Each(list) : [])
        {
            _unread.Add((token.Content, map.Place, "its additional_special_tokens are not read"));
        }

        if (!_names.HasDecoder)
        {
            foreach (var token in map.Optional(Extra) is { Kind: JsonValueKind.Array } merged ? Each(merged) : [])
            {
                AddMissing(token);
            }
        }
    }

    private void AddMissing(AddedToken token)
    {
        if (_known.Add(token.Content))
        {
            _tokens.Add(token);
        }
    }
}
