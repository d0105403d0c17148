using System.Text.Json;

namespace TSpin.Prompts;

/// <summary>A chat template with what a recipe adds to it: it parts a conversation into the prompt, the response and the end of the turn.</summary>
internal sealed class ChatPrompt
{
    // Ordinary words, so that no template treats them specially.
    private const string ProbePrompt = "Is the probe here?";
    private const string ProbeResponse = "Indeed the probe is here";

    private readonly ChatTemplate _template;
    private readonly string? _system;
    private readonly IReadOnlyDictionary<string, JsonElement> _arguments;
    private readonly Lazy<string> _endOfTurn;

    public ChatPrompt(ChatTemplate template, string? system, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        (_template, _system, _arguments) = (template, system, arguments);
        _endOfTurn = new(FindEndOfTurn);
    }

    /// <summary>What the template writes after an assistant's last words; empty where it writes nothing.</summary>
    public string EndOfTurn => _endOfTurn.Value;

    public string Render(string prompt) => _template.Render(Turns(prompt), addGenerationPrompt: true, _arguments);

    /// <summary>The response as the template writes it after the prompt: often trimmed, sometimes after an empty reasoning block; without the end of the turn.</summary>
    public string RenderResponse(string prompt, string response)
    {
        var before = Render(prompt);
        var whole = Whole(prompt, response);
        if (!whole.StartsWith(before, StringComparison.Ordinal))
        {
            var at = whole.AsSpan().CommonPrefixLength(before);
            throw new TSpinException(
                $"{_template.Origin}: with add_generation_prompt this template ends the prompt otherwise than it begins an answer in a conversation: at character {at} it has "
                + $"{Start(before[at..])} before generation and {Start(whole[at..])} before the written answer, so what is generated and what is trained would not match. "
                + "Use another template, or set its options in prompt.arguments (for reasoning models for example enable_thinking=false).");
        }

        var rest = whole[before.Length..];
        return rest.EndsWith(EndOfTurn, StringComparison.Ordinal) ? rest[..^EndOfTurn.Length]
            : throw new TSpinException($"{_template.Origin}: the template ends this answer with {Start(rest[Math.Max(0, rest.Length - 40)..])}, others with {Start(EndOfTurn)}; it cannot be trained with this template.");
    }

    private string FindEndOfTurn()
    {
        var whole = Whole(ProbePrompt, ProbeResponse);
        var at = whole.LastIndexOf(ProbeResponse, StringComparison.Ordinal);
        return at >= 0 ? whole[(at + ProbeResponse.Length)..]
            : throw new TSpinException($"{_template.Origin}: the template leaves out what the assistant says; it cannot be used for training or answers.");
    }

    private string Whole(string prompt, string response) => _template.Render([.. Turns(prompt), new("assistant", response)], addGenerationPrompt: false, _arguments);

    private ChatTurn[] Turns(string prompt) => _system is null ? [new("user", prompt)] : [new("system", _system), new("user", prompt)];

    private static string Start(string text) => JsonSerializer.Serialize(text.Length <= 40 ? text : text[..40] + "…");
}
