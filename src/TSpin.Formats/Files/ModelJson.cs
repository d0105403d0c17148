using System.Text.Json;

namespace TSpin.Files;

/// <summary>Reads the small JSON files of a model folder that tokenizers and prompts depend on.</summary>
internal static class ModelJson
{
    public const string TokenizerConfig = "tokenizer_config.json";

    // Configurations of tokenizers with many added tokens come to a few megabytes.
    private const long LargestFile = 64 * 1024 * 1024;

    /// <summary>The file as an object, or null when there is no such file.</summary>
    public static JsonDocument? Read(string path)
    {
        if (ReadText(path) is not { } text)
        {
            return null;
        }

        try
        {
            var json = JsonDocument.Parse(text);
            JsonTexts.Require(json.RootElement);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json
                : throw new TSpinException($"{path}: holds {json.RootElement.ValueKind} where an object belongs; fetch the file again");
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: not valid JSON: {error.Message}; fetch the file again", error);
        }
    }

    /// <summary>The file's text, or null when there is no such file.</summary>
    public static string? ReadText(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return !file.Exists ? null
                : file.Length <= LargestFile ? File.ReadAllText(path)
                : throw new TSpinException($"{path}: {file.Length} bytes are too many (at most {LargestFile}); fetch the file again");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
        }
    }
}
