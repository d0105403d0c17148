using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.Files;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>A prompt with instructions, a row of IFEval's input_data.jsonl.</summary>
/// <param name="Key">Its number.</param>
/// <param name="Prompt">What the model is asked.</param>
/// <param name="InstructionIds">Types, see <see cref="InstructionKinds"/>.</param>
/// <param name="Arguments">For each instruction its arguments by name; those that are null count as absent.</param>
public sealed record InstructionPrompt(
    [property: JsonPropertyName("key")] long Key,
    [property: JsonPropertyName("prompt")] string Prompt,
    [property: JsonPropertyName("instruction_id_list")] IReadOnlyList<string> InstructionIds,
    [property: JsonPropertyName("kwargs")] IReadOnlyList<Dictionary<string, JsonElement>> Arguments)
{
    /// <summary>Reads prompts.</summary>
    /// <param name="path">JSON Lines.</param>
    /// <returns>In the order of the lines.</returns>
    /// <exception cref="TSpinException">The file is missing, or a line is no prompt.</exception>
    public static IReadOnlyList<InstructionPrompt> Read(string path)
    {
        var prompts = new List<InstructionPrompt>();
        foreach (var (line, prompt) in JsonLinesReader.ReadNumbered<InstructionPrompt>(path))
        {
            prompts.Add(prompt.InstructionIds.Count == prompt.Arguments.Count && prompt.InstructionIds.Count > 0
                ? prompt
                : throw new TSpinException($"{path}:{line}: {prompt.InstructionIds.Count} in instruction_id_list and {prompt.Arguments.Count} in kwargs; as many are needed, at least one. Correct the line."));
        }

        return prompts;
    }
}
