using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TSpin.Data;
using TSpin.Files;
using TSpin.Gguf;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// Notices when a run is continued with another base model or other held-out problems under the same names: their fingerprints are written at the first
/// start (<c>sources.json</c>) and compared at every later one. The annotated examples need no watch: the run keeps its own copy of those it chose.
/// </summary>
internal static class RunSources
{
    private const int Sampled = 1 << 20;
    private static readonly string[] Small = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer.model"];

    public static void RequireUnchanged(string path, Recipe recipe)
    {
        var now = Files(recipe).ToDictionary(file => file, Fingerprint, StringComparer.Ordinal);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, JsonSerializer.Serialize(now, JsonLinesFormat.Default) + "\n");
            return;
        }

        Dictionary<string, string> before;
        try
        {
            before = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path), JsonLinesFormat.Default)!;
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: damaged: {error.Message} Restore it from a copy; or delete it, if model and data are those the run began with.", error);
        }

        foreach (var (file, fingerprint) in before.OrderBy(row => row.Key, StringComparer.Ordinal))
        {
            if (now.GetValueOrDefault(file) != fingerprint)
            {
                throw new TSpinException(
                    $"{file}: {(now.ContainsKey(file) ? "changed" : "gone")} since this run began, so what follows would not belong to what is there. Restore the file, or start a new run (--run NAME).");
            }
        }
    }

    private static IEnumerable<string> Files(Recipe recipe)
    {
        foreach (var heldOut in (recipe.Evaluation.Data ?? []).SelectMany(SourceFiles.Expand).Where(File.Exists))
        {
            yield return heldOut;
        }

        if (recipe.Lora.Adapter is { } adapter && Directory.Exists(adapter))
        {
            foreach (var file in Directory.EnumerateFiles(adapter, "adapter_*").Order(StringComparer.Ordinal))
            {
                yield return file;
            }
        }

        if (File.Exists(recipe.Model.Path))
        {
            foreach (var file in GgufModelFile.Files(recipe.Model.Path).Where(File.Exists))
            {
                yield return file;
            }
        }

        if (!Directory.Exists(recipe.Model.Path))
        {
            yield break;
        }

        foreach (var file in Directory.EnumerateFiles(recipe.Model.Path).Order(StringComparer.Ordinal))
        {
            if (Small.Contains(Path.GetFileName(file)) || Path.GetExtension(file) is ".safetensors" or ".gguf")
            {
                yield return file;
            }
        }
    }

    // SHA-256 of the length and the first and last MiB: a gigabyte of weights takes no time, and no training leaves both ends alone.
    private static string Fingerprint(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, stream.Length);
            sha.AppendData(length);
            var buffer = new byte[Math.Min(Sampled, stream.Length)];
            stream.ReadExactly(buffer);
            sha.AppendData(buffer);
            stream.Seek(-buffer.Length, SeekOrigin.End);
            stream.ReadExactly(buffer);
            sha.AppendData(buffer);
            return Convert.ToHexStringLower(sha.GetHashAndReset());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} Check its permissions.", error);
        }
    }
}
