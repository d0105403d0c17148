using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Evaluation;

/// <summary>Writes and reads the files of an evaluation. Names in them are snake_case; text is UTF-8 and not escaped more than JSON needs.</summary>
public static class EvaluationFiles
{
    /// <summary>File of the scores.</summary>
    public const string ResultFile = "evaluation.json";

    /// <summary>File of the answers, one record per line.</summary>
    public const string AnswersFile = "evaluation-answers.jsonl";

    private static readonly JsonSerializerOptions Compact = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>Writes the scores.</summary>
    /// <param name="path">Where to, usually ending in <see cref="ResultFile"/>.</param>
    /// <param name="result">The scores; every number in it must be finite.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public static void WriteResult(string path, EvaluationResult result) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(result, Indented) + "\n");

    /// <summary>Reads scores.</summary>
    /// <param name="path">A file of <see cref="WriteResult"/>.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="TSpinException">The file is missing, damaged, or lacks a field.</exception>
    public static EvaluationResult ReadResult(string path) => Parse<EvaluationResult>(ReadText(path), path, null);

    /// <summary>Writes the answers, one line each.</summary>
    /// <param name="path">Where to, usually ending in <see cref="AnswersFile"/>.</param>
    /// <param name="answers">The records.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public static void WriteAnswers(string path, IEnumerable<EvaluatedAnswer> answers) => AtomicFile.Write(path, stream =>
    {
        foreach (var answer in answers)
        {
            JsonSerializer.Serialize(stream, answer, Compact);
            stream.WriteByte((byte)'\n');
        }
    });

    /// <summary>Reads the answers.</summary>
    /// <param name="path">A file of <see cref="WriteAnswers"/>.</param>
    /// <returns>The records.</returns>
    /// <exception cref="TSpinException">The file is missing, or a line of it is damaged; the message names the line.</exception>
    public static IReadOnlyList<EvaluatedAnswer> ReadAnswers(string path) =>
        [.. ReadText(path).Split('\n').Index().Where(line => line.Item.Length > 0).Select(line => Parse<EvaluatedAnswer>(line.Item, path, line.Index + 1))];

    private static T Parse<T>(string text, string path, int? line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Compact) ?? throw new JsonException("The value is null.");
        }
        catch (JsonException error)
        {
            var place = line is null ? path : $"{path}:{line}";
            throw new TSpinException($"{place}: not a record of an evaluation: {error.Message} Evaluate the checkpoint again to write it anew.", error);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} Evaluate the checkpoint to write it.", error);
        }
    }
}
