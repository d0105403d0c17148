using System.Text.Json;
using System.Text.RegularExpressions;
using TSpin.Files;

namespace TSpin.Hub;

/// <summary>Which files of a model's repository a fine-tuner needs.</summary>
internal static partial class HubModelFiles
{
    private const string Whole = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const string Adapter = "adapter_model.safetensors";

    /// <summary>Configuration, tokenizer, chat templates, the weights' index and an adapter's configuration.</summary>
    public static string[] Small(IEnumerable<string> paths) => [.. paths.Where(path => ModelFiles.Has(path) || path is Index or "adapter_config.json").Order(StringComparer.Ordinal)];

    /// <summary>The weights' files, once the index is here.</summary>
    public static string[] Weights(HubReference model, string[] paths, string snapshot)
    {
        var adapter = paths.Contains(Adapter) ? new[] { Adapter } : [];
        if (paths.Contains(Whole))
        {
            return [Whole, .. adapter];
        }

        if (paths.Contains(Index))
        {
            var shards = Shards(Path.Combine(snapshot, Index));
            var lost = shards.Except(paths).ToArray();
            return lost.Length == 0 ? [.. shards, .. adapter] : throw new TSpinException($"{model.Id}@{model.Revision}: {Index} names {lost[0]}, which the repository does not have. Choose another revision.");
        }

        if (adapter.Length > 0)
        {
            return adapter;
        }

        if (Array.Find(paths, IsPickle) is { } pickled)
        {
            throw Pickled(model, pickled);
        }

        var gguf = paths.Where(path => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)).ToArray();
        throw new TSpinException(gguf.Length > 0
            ? $"{model.Id}@{model.Revision} has no safetensors weights, but GGUF files. Name one: hub:{model.Id}{(model.Revision == "main" ? "" : "@" + model.Revision)}:{gguf[0]} (of {string.Join(", ", gguf.Take(20))})"
            : $"{model.Id}@{model.Revision} has no safetensors weights. It has: {string.Join(", ", paths.Take(20))}{(paths.Length > 20 ? ", …" : "")}");
    }

    public static bool IsPickle(string path) => Pickles().IsMatch(path);

    public static TSpinException Pickled(HubReference model, string file) => new(
        $"{model.Id}@{model.Revision}: {file} is a pickle, which can run any program when it is opened, so TSpin never reads one. "
        + "Look for a revision with safetensors (the hub's conversion makes refs/pr/N), or convert it on a machine that you can spare: AutoModelForCausalLM.from_pretrained(...).save_pretrained(..., safe_serialization=True).");

    /// <summary>Whether a snapshot can be used as it is: for a model that needs no listing to tell.</summary>
    public static bool IsComplete(string snapshot, HubReference model)
    {
        if (model.Files is not null)
        {
            return Directory.Exists(snapshot)
                && Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Any(file => model.Covers(Path.GetRelativePath(snapshot, file).Replace('\\', '/')) && HubCache.IsHere(file));
        }

        var isAdapter = Here("adapter_config.json") && Here(Adapter);
        return isAdapter || (Here("config.json") && (Here(Whole) || (Here(Index) && Shards(Path.Combine(snapshot, Index)).All(Here))));

        bool Here(string path) => HubCache.IsHere(Path.Combine(snapshot, path));
    }

    /// <summary>Whether a complete snapshot also holds a tokenizer, which Python programs often leave out: then nothing needs to be asked of the hub.</summary>
    public static bool HasTokenizer(string snapshot, HubReference model) =>
        model.Files is not null || HubCache.IsHere(Path.Combine(snapshot, "tokenizer.json")) || HubCache.IsHere(Path.Combine(snapshot, "tokenizer.model"));

    private static string[] Shards(string index)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index));
            return [.. json.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(entry => HubCache.RequireSafe(entry.Value.GetString() ?? "", index)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new TSpinException($"{index}: not an index of weights ({error.Message}). Delete the file and run the same command again.", error);
        }
    }

    [GeneratedRegex(@"\.(bin|pt|pth|ckpt|pkl|pickle)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Pickles();
}
