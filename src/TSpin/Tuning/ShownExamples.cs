using System.Text;
using TSpin.ChatTemplates;
using TSpin.Data;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Tokenizers;

namespace TSpin.Tuning;

/// <summary>
/// Examples in the prompt, as a prompt template: a plain one with the examples before <c>{prompt}</c>, or the model's
/// chat template with the examples as earlier turns of the conversation. It is used like any other.
/// </summary>
/// <param name="Shots">How many examples.</param>
/// <param name="Template">As <c>prompt.template</c> has it: the text, or the .jinja file's path.</param>
/// <param name="PromptTokens">Longest prompt with them.</param>
public sealed record ShownExamples(int Shots, string Template, int PromptTokens)
{
    /// <summary>The numbers of examples that are tried to fit, the first that does is taken.</summary>
    public static IReadOnlyList<int> Counts { get; } = [8, 4, 2, 1];

    private const int MostPromptTokens = 4096;
    private const string ChatFile = "prompt.jinja";

    /// <summary>How many examples fit: with the longest prompt and an answer into the model's positions, the prompt at
    /// most 4,096 tokens. By lengths alone, so that it is the same for every part of the examples.</summary>
    /// <param name="facts">Lengths and positions.</param>
    /// <param name="examples">How many examples there are to show.</param>
    /// <returns>8, 4, 2, 1 or 0.</returns>
    public static int Fitting(TuneFacts facts, int examples) => Counts.FirstOrDefault(shots =>
        shots <= examples / 2
        && Tokens(facts, shots) is var prompt && prompt <= MostPromptTokens
        && prompt + facts.MaxNewTokens <= facts.Config.LongestSequence);

    /// <summary>Makes the template.</summary>
    /// <param name="facts">Of model and examples.</param>
    /// <param name="model">The model's folder.</param>
    /// <param name="training">Whom the examples are drawn from.</param>
    /// <param name="shots">How many.</param>
    /// <param name="seed">Draws them.</param>
    /// <param name="folder">Where a chat template's file is written.</param>
    /// <returns>The template.</returns>
    public static ShownExamples Of(
        TuneFacts facts, string model, IReadOnlyList<AnnotatedExample> training, int shots, ulong seed, string folder)
    {
        // Those of at most the mean length, where there are enough: the count was chosen by it.
        var order = training
            .Where(example => !(example.Prompt + example.Response).Contains(TemplateText.Placeholder,
            StringComparison.Ordinal)).ToArray();
        RandomStream.For(seed, "tune-shots").Shuffle<AnnotatedExample>(order);
        var mean = order.Average(example => example.Prompt.Length + example.Response.Length);
        AnnotatedExample[] shown = [.. order.OrderBy(example => example.Prompt.Length + example.Response.Length > mean)
            .Take(shots)];
        ChatTurn[] all = [.. shown
            .SelectMany(example => example.Asked.Append(new ChatTurn("assistant", example.Response)))];
        // Chat templates take one system turn, in front.
        ChatTurn[] system = [.. all.Where(turn => turn.Role == "system").Take(1)],
            talk = [.. all.Where(turn => turn.Role != "system")], turns = [.. system, .. talk];
        var template = PromptTemplate.Of(facts.Template, model);
        if (!TemplateText.IsChat(facts.Template))
        {
            return new ShownExamples(shown.Length,
                template.Render([.. turns, new ChatTurn("user", TemplateText.Placeholder)]),
                Longest(facts, model, template, turns));
        }

        var file = Path.GetFullPath(Path.Combine(folder, ChatFile));
        Files.AtomicFile.WriteText(file,
            $"{{%- if messages[0]['role'] == 'system' %}}{{%- set messages = messages[:1] + [{List(talk)}] + messages[1:] %}}"
            + $"{{%- else %}}{{%- set messages = [{List(turns)}] + messages %}}{{%- endif %}}{SourceOf(facts.Template, model)}");
        return new ShownExamples(shown.Length, file, Longest(facts, model, template, turns));
    }

    private static string SourceOf(string template, string model) =>
        template == TemplateText.Chat ? ChatTemplate.Load(model).Source
        : template.StartsWith(TemplateText.NamedChat, StringComparison.Ordinal)
            ? ChatTemplate.Load(model, template[TemplateText.NamedChat.Length..]).Source
        : ChatTemplate.FromFile(template, model).Source;

    private static int Longest(TuneFacts facts, string model, PromptTemplate template, ChatTurn[] turns)
    {
        var encoder = new PromptEncoder(template, Tokenizer.Load(model), DecoderConfigReader.Read(model));
        return encoder.Prompts([[.. turns, new ChatTurn("user", ".")]])[0].Ids.Length + facts.LongestPromptTokens;
    }

    // A third more than the mean for the examples' own variety.
    private static int Tokens(TuneFacts facts, int shots) =>
        facts.LongestPromptTokens + (int)(shots * (facts.MeanPromptTokens + facts.MeanAnswerTokens) * 4 / 3);

    private static string List(ChatTurn[] turns) => string.Join(", ", turns.Select(Literal));

    private static string Literal(ChatTurn turn) => $"{{'role': '{turn.Role}', 'content': {Quoted(turn.Content)}}}";

    // As Python reads it: what Jinja takes from there are the backslash's escapes.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
