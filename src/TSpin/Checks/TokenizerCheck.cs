using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Tokenizers;

namespace TSpin.Checks;

/// <summary>
/// Compares a tokenizer with what another stack (Hugging Face tokenizers, sentencepiece) made of a list of texts: ids without and with
/// special tokens, and the texts decoded from the recorded ids. Each text counts once per kind of output; all must be identical.
/// </summary>
public static class TokenizerCheck
{
    private const int ShownCharacters = 40;
    private const int ShownIds = 6;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs the comparison.</summary>
    /// <param name="record">JSON with <c>ids</c>, and any of <c>ids_with_special</c>, <c>decoded_ids</c>, <c>decoded_skip_special_from_ids_with_special</c>: a list with an entry per text.</param>
    /// <param name="texts">JSON: the list of texts.</param>
    /// <param name="tokenizer">As for <see cref="Tokenizer.Load"/>: a file or a model folder.</param>
    /// <returns>The report; a missing or malformed file or an unsupported tokenizer is its fault.</returns>
    public static CheckReport Run(string record, string texts, string tokenizer)
    {
        var list = new CheckList();
        try
        {
            Compare(list, Load(record, texts, out var all), all, Tokenizer.Load(tokenizer));
            return list.Report(record);
        }
        catch (TSpinException error)
        {
            return list.Report(record, error.Message);
        }
    }

    private static TokenizerRecord Load(string record, string texts, out string[] all)
    {
        all = RecordJson.Read<string[]>(texts);
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i] is null)
            {
                throw new TSpinException($"{texts}: [{i}] is null, not a text. Leave it out.");
            }
        }

        var recorded = RecordJson.Read<TokenizerRecord>(record);
        var count = all.Length;
        Verify("ids", recorded.Ids.Length);
        Verify("ids_with_special", recorded.IdsWithSpecial?.Length);
        Verify("decoded_ids", recorded.DecodedIds?.Length);
        Verify("decoded_skip_special_from_ids_with_special", recorded.DecodedWithoutSpecial?.Length);
        if (Array.IndexOf(recorded.Ids, null) is >= 0 and var missing)
        {
            throw new TSpinException($"{record}: ids[{missing}] is null. Record it again.");
        }

        return recorded;

        void Verify(string field, int? entries)
        {
            if (entries is { } present && present != count)
            {
                throw new TSpinException($"{record}: {field} has {present} entries, but {texts} has {count} texts. Give the texts that the record was made from.");
            }
        }
    }

    private static void Compare(CheckList list, TokenizerRecord record, string[] texts, Tokenizer tokenizer)
    {
        var plain = tokenizer.EncodeAll(texts, addSpecialTokens: false);
        var special = record.IdsWithSpecial is null ? null : tokenizer.EncodeAll(texts, addSpecialTokens: true);
        for (var i = 0; i < texts.Length; i++)
        {
            var name = $"text {i} {Quoted(texts[i])}";
            SameIds(list, tokenizer, "ids", name, plain[i], record.Ids[i]);
            var withSpecial = record.IdsWithSpecial?[i] ?? record.Ids[i];
            if (special is not null)
            {
                SameIds(list, tokenizer, "ids_with_special", name, special[i], withSpecial);
            }

            if (record.DecodedIds?[i] is { } decoded)
            {
                SameText(list, "decoded_ids", name, tokenizer.Decode(record.Ids[i], skipSpecialTokens: false), decoded);
            }

            if (record.DecodedWithoutSpecial?[i] is { } without)
            {
                SameText(list, "decoded_skip_special_from_ids_with_special", name, tokenizer.Decode(withSpecial, skipSpecialTokens: true), without);
            }
        }
    }

    // A text may have thousands of ids: a miss shows where the two part, and the pieces there.
    private static void SameIds(CheckList list, Tokenizer tokenizer, string quantity, string name, int[] actual, int[] expected)
    {
        var at = actual.AsSpan().CommonPrefixLength(expected);
        var same = at == actual.Length && at == expected.Length;
        list.Same(quantity, same ? name : $"{name}, id {at}", same ? "" : Shown(actual), same ? "" : Shown(expected));

        string Shown(int[] ids) => at == ids.Length ? "the end" : string.Join(' ', ids.Skip(at).Take(ShownIds).Select(id => $"{id}={Quoted(tokenizer.Piece(id))}"));
    }

    private static void SameText(CheckList list, string quantity, string name, string actual, string expected)
    {
        var at = actual.AsSpan().CommonPrefixLength(expected);
        var same = at == actual.Length && at == expected.Length;
        list.Same(quantity, same ? name : $"{name}, character {at}", same ? "" : Quoted(actual[at..]), same ? "" : Quoted(expected[at..]));
    }

    private static string Quoted(string text) =>
        JsonSerializer.Serialize(text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…", Readable);
}
