using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;
using TSpin.Tokenizers.PreTokenizers;
using TSpin.Tokenizers.Text;

namespace TSpin.Tokenizers;

/// <summary>
/// Trains small byte-level vocabularies by byte pair encoding (Sennrich, Haddow, Birch 2016) and writes them as a tokenizer.json that
/// Hugging Face's tokenizers loads. Words are split as GPT-2 does, digits one by one. Deterministic: of equally frequent pairs the one
/// with the smaller ids is merged, so that the same texts give the same file, byte for byte.
/// </summary>
public static class BpeTrainer
{
    private const int ByteCount = 256;

    private static readonly PreTokenizerSequence Splitter = new(
    [
        new CodePointPreTokenizer(CodePoints.Numeric, SplitBehavior.Isolated),
        new ByteLevelPreTokenizer(addPrefixSpace: false, useRegex: true),
    ]);

    /// <summary>Trains a vocabulary and writes tokenizer.json.</summary>
    /// <param name="texts">The texts to learn from, read once.</param>
    /// <param name="vocabularySize">Tokens wanted: special ones, 256 bytes, and merges. Fewer come out when no pair occurs twice any more.</param>
    /// <param name="specialTokens">Special tokens; they get the ids 0, 1, … in this order.</param>
    /// <param name="path">Where to write, usually a model folder's tokenizer.json.</param>
    /// <exception cref="TSpinException">The size is below what bytes and special tokens need, a special token is empty or listed twice, or the file cannot be written.</exception>
    public static void Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens, string path) =>
        AtomicFile.WriteText(path, Train(texts, vocabularySize, specialTokens));

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts to learn from, read once.</param>
    /// <param name="vocabularySize">Tokens wanted: special ones, 256 bytes, and merges. Fewer come out when no pair occurs twice any more.</param>
    /// <param name="specialTokens">Special tokens; they get the ids 0, 1, … in this order.</param>
    /// <returns>The content of a tokenizer.json.</returns>
    /// <exception cref="TSpinException">The size is below what bytes and special tokens need, or a special token is empty or listed twice.</exception>
    public static string Train(IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(specialTokens);
        if (vocabularySize < ByteCount + specialTokens.Count)
        {
            throw new TSpinException($"vocabulary size {vocabularySize} is too small: {ByteCount} bytes and {specialTokens.Count} special tokens need {ByteCount + specialTokens.Count}.");
        }

        var tokens = new List<string>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in specialTokens)
        {
            if (token.Length == 0 || !ids.TryAdd(token, tokens.Count))
            {
                throw new TSpinException($"special token \"{token}\" is empty or listed twice; list each special token once.");
            }

            tokens.Add(token);
        }

        foreach (var c in Enumerable.Range(0, ByteCount).Select(b => ByteAlphabet.CharOf((byte)b)).Order())
        {
            if (!ids.TryAdd(c.ToString(), tokens.Count))
            {
                throw new TSpinException($"special token \"{c}\" is also the sign of a byte; give it a longer name, such as \"<|{c}|>\".");
            }

            tokens.Add(c.ToString());
        }

        var merges = new BpeMergeSearch(CountWords(texts, ids)).Run(tokens, ids, vocabularySize);
        return Write(tokens, merges, specialTokens);
    }

    private static List<(int[] Symbols, long Count)> CountWords(IEnumerable<string> texts, Dictionary<string, int> ids)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var pieces = new PieceList();
        foreach (var text in texts)
        {
            var clean = CodePoints.WithoutLoneSurrogates(text);
            if (clean.Length == 0)
            {
                continue;
            }

            pieces.Clear();
            Splitter.Split(new TextPiece(clean.AsMemory(), AtStart: true), pieces);
            for (var i = 0; i < pieces.Count; i++)
            {
                var word = pieces[i].Text.Span;
                bySpan[word] = bySpan.TryGetValue(word, out var count) ? count + 1 : 1;
            }
        }

        // Sorted, so that nothing depends on the order in which texts bring their words.
        return [.. counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key.Select(unit => ids[unit.ToString()]).ToArray(), c.Value))];
    }

    private static string Write(List<string> tokens, List<(string Left, string Right)> merges, IReadOnlyList<string> specialTokens)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            for (var id = 0; id < specialTokens.Count; id++)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", specialTokens[id]);
                foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
                {
                    json.WriteBoolean(flag, false);
                }

                json.WriteBoolean("special", true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNull("normalizer");
            json.WriteStartObject("pre_tokenizer");
            json.WriteString("type", "Sequence");
            json.WriteStartArray("pretokenizers");
            json.WriteStartObject();
            json.WriteString("type", "Digits");
            json.WriteBoolean("individual_digits", true);
            json.WriteEndObject();
            WriteByteLevel(json, addPrefixSpace: false);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteNull("post_processor");
            json.WritePropertyName("decoder");
            WriteByteLevel(json, addPrefixSpace: true);
            WriteModel(json, tokens, merges);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool addPrefixSpace)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, List<string> tokens, List<(string Left, string Right)> merges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var name in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            json.WriteNull(name);
        }

        foreach (var name in (string[])["fuse_unk", "byte_fallback", "ignore_merges"])
        {
            json.WriteBoolean(name, false);
        }

        json.WriteStartObject("vocab");
        for (var id = 0; id < tokens.Count; id++)
        {
            json.WriteNumber(tokens[id], id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
