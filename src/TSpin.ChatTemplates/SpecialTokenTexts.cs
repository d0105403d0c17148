using System.Text.Json;
using TSpin.Files;
using TSpin.Gguf;

namespace TSpin.ChatTemplates;

/// <summary>
/// The special tokens that a chat template may name (<c>bos_token</c>, <c>eos_token</c>, ...): from the files that
/// <see cref="SpecialTokenFiles"/> lists, the first that speaks of one, or from a GGUF file. Each is a text, or an object with
/// <c>content</c>; one that is null or absent stays undefined.
/// </summary>
internal static class SpecialTokenTexts
{
    private static readonly string[] Names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly (string Name, string Key)[] Keys =
    [
        ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"), ("sep_token", "separator"),
        ("pad_token", "padding"), ("cls_token", "cls"), ("mask_token", "mask"),
    ];

    public static Dictionary<string, string> Read(string folder)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var spoken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in SpecialTokenFiles.InOrder(HasDecoder(folder)))
        {
            using var json = ModelJson.Read(Path.Combine(folder, file));
            foreach (var name in Names)
            {
                if (json is not null && json.RootElement.TryGetProperty(name, out var token) && spoken.Add(name) && TextOf(token) is { } text)
                {
                    texts.Add(name, text);
                }
            }
        }

        if (GgufModelFile.Find(folder) is { } path && File.Exists(path))
        {
            FromGguf(path, texts);
        }

        return texts;
    }

    private static bool HasDecoder(string folder)
    {
        using var json = ModelJson.Read(Path.Combine(folder, ModelJson.TokenizerConfig));
        return json is not null && json.RootElement.TryGetProperty("added_tokens_decoder", out _);
    }

    // A GGUF file names them by their ids.
    private static void FromGguf(string path, Dictionary<string, string> texts)
    {
        using var file = GgufFile.Open(path);
        var tokens = file.Metadata.Texts("tokenizer.ggml.tokens") ?? [];
        foreach (var (name, key) in Keys)
        {
            if (!texts.ContainsKey(name) && file.Metadata.TokenId($"tokenizer.ggml.{key}_token_id") is { } id && id >= 0 && id < tokens.Length)
            {
                texts.Add(name, tokens[id]);
            }
        }
    }

    private static string? TextOf(JsonElement token) =>
        token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content) ? TextOf(content)
        : token.ValueKind == JsonValueKind.String ? token.GetString()
        : null;
}
