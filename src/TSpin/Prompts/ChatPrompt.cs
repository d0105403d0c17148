using System.Text.Json;
using TSpin.ChatTemplates;
using TSpin.ChatTemplates.Jinja;

namespace TSpin.Prompts;

/// <summary>A chat template with what a recipe adds to it: it parts a conversation into the prompt, the response and the end of the turn.</summary>
internal sealed class ChatPrompt
{
    // Ordinary words, so that no template treats them specially.
    private const string ProbeSystem = "Be probed well";
    private const string ProbePrompt = "Is the probe here?";
    private const string ProbeResponse = "Indeed the probe is here";

    private static readonly ChatTurn[] Probe = [new("user", ProbePrompt)];

    private readonly ChatTemplate _template;
    private readonly string? _system;
    private readonly IReadOnlyDictionary<string, JsonElement> _arguments;
    private readonly TimeProvider? _clock;
    private readonly Lazy<string> _endOfTurn;
    private readonly Lazy<bool> _takesSystem;
    private readonly Lazy<string> _opening;

    public ChatPrompt(ChatTemplate template, string? system, IReadOnlyDictionary<string, JsonElement> arguments, TimeProvider? clock)
    {
        (_template, _system, _arguments, _clock) = (template, system, arguments, clock);
        _endOfTurn = new(FindEndOfTurn);
        _takesSystem = new(TakesSystem);
        _opening = new(FindOpening);
    }

    /// <summary>The file that the template came from, without its folder, and its name there where it has one.</summary>
    public string Origin => Path.GetFileName(_template.Origin);

    /// <summary>What the template writes after an assistant's last words; empty where it writes nothing.</summary>
    public string EndOfTurn => _endOfTurn.Value;

    public string Render(IReadOnlyList<ChatTurn> turns) => _template.Render(Completed(turns), addGenerationPrompt: true, _arguments, _clock);

    /// <summary>The response as the template writes it after the prompt: often trimmed, sometimes after an empty reasoning block; without the end of the turn.</summary>
    public string RenderResponse(IReadOnlyList<ChatTurn> turns, string response)
    {
        var before = Render(turns);
        var whole = Whole(turns, response);
        if (whole.StartsWith(before, StringComparison.Ordinal))
        {
            return Ended(whole[before.Length..]);
        }

        // What only generation writes before an answer is a reasoning block, open or empty: an answer continues it, and closes it where it is open.
        var opening = _opening.Value;
        var start = before.Length - opening.Length;
        if (opening.Length > 0 && before.EndsWith(opening, StringComparison.Ordinal) && whole.AsSpan().StartsWith(before.AsSpan(0, start)) && ReasoningTag(opening) is var (tag, isOpen))
        {
            var words = response.TrimStart();
            return !isOpen ? Ended(whole[start..])
                : words.StartsWith($"<{tag}>", StringComparison.Ordinal) ? words[(tag.Length + 2)..].TrimStart('\n')
                : $"\n</{tag}>\n\n{Ended(whole[start..]).TrimStart('\n')}";
        }

        var at = whole.AsSpan().CommonPrefixLength(before);
        throw new TSpinException(
            $"{_template.Origin}: with add_generation_prompt this template ends the prompt otherwise than it begins an answer in a conversation: at character {at} it has "
            + $"{Start(before[at..])} before generation and {Start(whole[at..])} before the written answer, so what is generated and what is trained would not match. "
            + "Use another template, or set its options in prompt.arguments (for reasoning models for example enable_thinking=false).");
    }

    private string Ended(string rest) => rest.EndsWith(EndOfTurn, StringComparison.Ordinal) ? rest[..^EndOfTurn.Length]
        : throw new TSpinException($"{_template.Origin}: the template ends this answer with {Start(rest[Math.Max(0, rest.Length - 40)..])}, others with {Start(EndOfTurn)}; it cannot be trained with this template.");

    // "<think>\n" is open, "<think>\n\n</think>\n\n" is not.
    private static (string Tag, bool IsOpen)? ReasoningTag(string opening)
    {
        var text = opening.Trim();
        var end = text.IndexOf('>', StringComparison.Ordinal);
        if (end < 2 || text[0] != '<')
        {
            return null;
        }

        var (tag, rest) = (text[1..end], text[(end + 1)..].Trim());
        return !tag.All(char.IsAsciiLetter) ? null : rest.Length == 0 ? (tag, true) : rest == $"</{tag}>" ? (tag, false) : null;
    }

    private string FindOpening()
    {
        var before = Render(Probe);
        return before[before.AsSpan().CommonPrefixLength(Whole(Probe, ProbeResponse))..];
    }

    private string FindEndOfTurn()
    {
        var whole = Whole(Probe, ProbeResponse);
        var at = whole.LastIndexOf(ProbeResponse, StringComparison.Ordinal);
        return at >= 0 ? whole[(at + ProbeResponse.Length)..]
            : throw new TSpinException($"{_template.Origin}: the template leaves out what the assistant says; it cannot be used for training or answers. Use another template, or fetch this one again.");
    }

    private bool TakesSystem()
    {
        try
        {
            return _template.Render([new("system", ProbeSystem), .. Probe], addGenerationPrompt: true, _arguments, _clock).Contains(ProbeSystem, StringComparison.Ordinal);
        }
        catch (JinjaException)
        {
            return false;
        }
    }

    private string Whole(IReadOnlyList<ChatTurn> turns, string response) => _template.Render([.. Completed(turns), new("assistant", response)], addGenerationPrompt: false, _arguments, _clock);

    // The data's own system turn comes before the recipe's. Templates without one (Gemma's) have its words before the user's, as plain ones do.
    private IReadOnlyList<ChatTurn> Completed(IReadOnlyList<ChatTurn> turns) => turns switch
    {
        [{ Role: "system" } system, var user, ..] when !_takesSystem.Value => [user with { Content = $"{system.Content}\n\n{user.Content}" }, .. turns.Skip(2)],
        [{ Role: "system" }, ..] => turns,
        _ => _system is null ? turns : [new("system", _system), .. turns],
    };

    private static string Start(string text) => JsonSerializer.Serialize(text.Length <= 40 ? text : text[..40] + "…");
}
