using TSpin.ChatTemplates;
using TSpin.Prompts;

namespace TSpin.Cli;

/// <summary>What has been said in a chat, as far as the model has room for it.</summary>
/// <param name="encoder">Renders turns and makes ids of them.</param>
/// <param name="room">Most tokens of a prompt.</param>
/// <param name="remembers">False: every question stands alone.</param>
internal sealed class Conversation(PromptEncoder encoder, int room, bool remembers)
{
    private readonly List<ChatTurn> _turns = []; // question, answer, question, answer, ...
    private string? _question;

    /// <summary>What the system turn says; null for none of the conversation's own.</summary>
    public string? System { get; set; }

    /// <summary>Questions that are remembered with their answers.</summary>
    public int Exchanges => _turns.Count / 2;

    /// <summary>Asks. Where the conversation has outgrown the room, its oldest questions are forgotten with their answers, the system turn never.</summary>
    /// <param name="words">The question.</param>
    /// <returns>The prompt's ids, longer than the room only where the question alone is, and how many exchanges were forgotten.</returns>
    /// <exception cref="TSpinException">The chat template refuses it.</exception>
    public (int[] Ids, int Forgotten) Ask(string words)
    {
        var forgotten = 0;
        var ids = Ids(words);
        for (; ids.Length > room && _turns.Count > 0; ids = Ids(words))
        {
            _turns.RemoveRange(0, 2);
            forgotten++;
        }

        _question = words;
        return (ids, forgotten);
    }

    /// <summary>Remembers the answer to what was asked.</summary>
    /// <param name="words">The answer.</param>
    public void Answer(string words)
    {
        if (remembers && _question is { } question)
        {
            _turns.AddRange([new ChatTurn("user", question), new ChatTurn("assistant", words)]);
        }

        _question = null;
    }

    /// <summary>Forgets everything but the system turn.</summary>
    public void Reset()
    {
        _turns.Clear();
        _question = null;
    }

    private int[] Ids(string question)
    {
        ChatTurn[] system = System is { } words ? [new ChatTurn("system", words)] : [];
        return encoder.Prompts([(IReadOnlyList<ChatTurn>)[.. system, .. _turns, new ChatTurn("user", question)]])[0].Ids;
    }
}
