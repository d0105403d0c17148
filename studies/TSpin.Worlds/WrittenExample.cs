using System.Text.Json.Serialization;

namespace TSpin.Worlds;

/// <summary>An annotated example as a line of a file.</summary>
internal sealed record WrittenExample(
    [property: JsonPropertyName("prompt")] string Prompt, [property: JsonPropertyName("response")] string Response);
