using System.Text.Json;

namespace TSpin.Prompts;

/// <summary>
/// The special tokens that a chat template may name (<c>bos_token</c>, <c>eos_token</c>, ...): from tokenizer_config.json, and where that does
/// not have one from special_tokens_map.json. Each is a text, or an object with <c>content</c>; one that is null or absent stays undefined.
/// </summary>
internal static class SpecialTokenTexts
{
    private static readonly string[] Names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static Dictionary<string, string> Read(string folder)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in new[] { ModelJson.TokenizerConfig, "special_tokens_map.json" })
        {
            using var json = ModelJson.Read(Path.Combine(folder, file));
            foreach (var name in Names)
            {
                if (json is not null && !texts.ContainsKey(name) && json.RootElement.TryGetProperty(name, out var token) && TextOf(token) is { } text)
                {
                    texts.Add(name, text);
                }
            }
        }

        return texts;
    }

    private static string? TextOf(JsonElement token) =>
        token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content) ? TextOf(content)
        : token.ValueKind == JsonValueKind.String ? token.GetString()
        : null;
}
