using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Files;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Checkpoints;

/// <summary>
/// Makes the configuration in a saved folder say what the model is: which ids end a response, whether its head is the embedding, and of which type it
/// is. What already says so stays as it is, byte for byte.
/// </summary>
public static class SavedConfig
{
    private const string EndKey = "eos_token_id";
    private const string TieKey = "tie_word_embeddings";
    private const string TypeKey = "torch_dtype";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Amends config.json and generation_config.json in a folder.</summary>
    /// <param name="folder">The folder, with copies of the source's files in it; an adapter's has no config.json.</param>
    /// <param name="config">The model that was trained.</param>
    /// <param name="ends">The ids that end a response. Default: those of <paramref name="config"/>.</param>
    /// <exception cref="TSpinException">A file is damaged or cannot be written.</exception>
    public static void Amend(string folder, DecoderConfig config, IReadOnlyList<int>? ends = null)
    {
        ends ??= config.EosIds;
        var path = Path.Combine(folder, "config.json");
        var named = AmendConfig(path, config, ends);
        AmendEnds(Path.Combine(folder, "generation_config.json"), config, ends, named);
    }

    // Returns the ends that config.json named; null where there is no such file.
    private static HashSet<int>? AmendConfig(string path, DecoderConfig config, IReadOnlyList<int> ends)
    {
        if (Read(path) is not { } json)
        {
            return null;
        }

        var now = DecoderConfigReader.Parse(JsonSerializer.SerializeToElement(json), path);
        var changed = false;
        if (ends.Except(now.EosIds).Any())
        {
            (json[EndKey], changed) = (Ids(ends), true);
        }

        if (now.TieEmbeddings && !config.TieEmbeddings)
        {
            (json[TieKey], changed) = (false, true);
        }

        if (!json.ContainsKey(TypeKey) && !json.ContainsKey("dtype") && now.StoredType != config.StoredType)
        {
            (json[TypeKey], changed) = (NameOf(config.StoredType), true);
        }

        if (changed)
        {
            Write(path, json);
        }

        return [.. now.EosIds];
    }

    // Without this file transformers and vLLM take the ends of config.json.
    private static void AmendEnds(string path, DecoderConfig config, IReadOnlyList<int> ends, HashSet<int>? inConfig)
    {
        var json = Read(path);
        var same = json is not null ? IdsOf(json[EndKey]).SetEquals(ends) : inConfig?.SetEquals(ends) ?? false;
        if (same || ends.Count == 0)
        {
            return;
        }

        json ??= new JsonObject { ["bos_token_id"] = config.BosId };
        json[EndKey] = Ids(ends);
        Write(path, json);
    }

    private static JsonObject? Read(string path)
    {
        try
        {
            return !File.Exists(path) ? null
                : JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new JsonException("It holds no object.");
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: not valid JSON: {error.Message} Download the checkpoint's file again.", error);
        }
    }

    private static void Write(string path, JsonObject json) => AtomicFile.WriteText(path, json.ToJsonString(Format) + "\n");

    private static HashSet<int> IdsOf(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.SelectMany(IdsOf)],
        JsonValue value when value.TryGetValue<int>(out var id) => [id],
        _ => [],
    };

    private static JsonNode Ids(IReadOnlyList<int> ids) => ids is [var one] ? JsonValue.Create(one) : new JsonArray([.. ids.Select(id => JsonValue.Create(id))]);

    private static string NameOf(DType type) => type switch
    {
        DType.BFloat16 => "bfloat16",
        DType.Float16 => "float16",
        DType.Float64 => "float64",
        _ => "float32",
    };
}
