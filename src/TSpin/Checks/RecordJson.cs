using System.Text.Json;

namespace TSpin.Checks;

/// <summary>Reads the JSON of a record into a type, with errors that name the file and the place.</summary>
internal static class RecordJson
{
    private const long LargestSensible = 1L << 30;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a file; keys are the type's names in snake case, unknown keys are ignored, missing ones are faults.</summary>
    public static T Read<T>(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return stream.Length <= LargestSensible
                ? JsonSerializer.Deserialize<T>(stream, Format) ?? throw new TSpinException($"{path}: holds null, not a record. Record it again.")
                : throw new TSpinException($"{path}: {stream.Length} bytes is no record (more than {LargestSensible}).");
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: is not the record expected here: {error.Message} Record it again (scripts/record_reference.py writes models' records).", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>True when the file's first character of content opens a list.</summary>
    public static bool IsList(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            int next;
            do
            {
                next = reader.Read();
            }
            while (next >= 0 && char.IsWhiteSpace((char)next));
            return next == '[';
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Fails when a token id is none of the model's: libtorch would read beyond its table.</summary>
    public static int[] WithinVocabulary(string path, string where, int[] ids, int vocabularySize)
    {
        foreach (var id in ids)
        {
            if (id < 0 || id >= vocabularySize)
            {
                throw new TSpinException($"{path}: {where}: token id {id} is not in the model's vocabulary of {vocabularySize}. The record is of another model. Record it again.");
            }
        }

        return ids;
    }
}
