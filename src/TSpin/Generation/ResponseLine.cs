using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>One line of <c>responses.jsonl</c>; see <see cref="Response"/> for what the values mean.</summary>
/// <param name="Index">The prompt's index.</param>
/// <param name="Prompt">The prompt's text.</param>
/// <param name="Text">The answer's text.</param>
/// <param name="Tokens">Generated ids, with the end-of-sequence token if there was one.</param>
/// <param name="LogProbs">Nats, one per token.</param>
/// <param name="FinishReason">Why the answer ended.</param>
/// <param name="Seed">Seed of the prompt's random stream.</param>
public sealed record ResponseLine(int Index, string Prompt, string Text, int[] Tokens, float[] LogProbs, FinishReason FinishReason, ulong Seed)
{
    /// <summary>Joins a prompt and its answer.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="response">Its answer.</param>
    /// <returns>The line.</returns>
    public static ResponseLine Of(PromptTokens prompt, Response response) =>
        new(response.Index, prompt.Text, response.Text, response.Tokens, response.LogProbs, response.FinishReason, response.Seed);

    /// <summary>The answer alone.</summary>
    /// <returns>The response.</returns>
    public Response ToResponse() => new(Index, Tokens, LogProbs, FinishReason, Seed, Text);
}
