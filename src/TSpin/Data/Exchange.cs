using TSpin.ChatTemplates;

namespace TSpin.Data;

/// <summary>What one example is made of.</summary>
/// <param name="Turns">The conversation before the response; the last turn is a user's.</param>
/// <param name="Response">The annotated response.</param>
internal sealed record Exchange(IReadOnlyList<ChatTurn> Turns, string Response)
{
    /// <summary>The response that the data call worse, where it was asked for; else null.</summary>
    public string? Rejected { get; init; }

    /// <summary>A question and its answer.</summary>
    public Exchange(string prompt, string response)
        : this([new ChatTurn("user", prompt)], response)
    {
    }

    /// <summary>The conversation as plain text: what is said, with empty lines between.</summary>
    public string Prompt => string.Join("\n\n", Turns.Select(turn => turn.Content));

    /// <summary>The exchange with a system turn before it, where the words say anything; joined with the one that it begins with, as templates take one.</summary>
    public Exchange After(string system) => string.IsNullOrWhiteSpace(system) ? this
        : Turns is [{ Role: "system" } first, ..] ? this with { Turns = [first with { Content = $"{system}\n\n{first.Content}" }, .. Turns.Skip(1)] }
        : this with { Turns = [new ChatTurn("system", system), .. Turns] };
}
