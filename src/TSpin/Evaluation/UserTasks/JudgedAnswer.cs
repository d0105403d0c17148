using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TSpin.Evaluation.UserTasks;

/// <summary>What a judge is told of an answer: one line.</summary>
/// <param name="Prompt">The question, without examples and chat template.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Reference">The right answer, a text, or a list of texts where there are several; null where the task has none.</param>
internal sealed record JudgedAnswer(
    [property: JsonPropertyName("prompt")] string Prompt, [property: JsonPropertyName("answer")] string Answer,
        [property: JsonPropertyName("reference")] object? Reference)
{
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As JSON on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Plain);
}
