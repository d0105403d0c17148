using TSpin.ChatTemplates;
using TSpin.Data;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;

namespace TSpin.Tuning;

/// <summary>What rules need to know of model and examples.</summary>
/// <param name="Config">The model.</param>
/// <param name="Template">As <c>prompt.template</c> has it.</param>
/// <param name="MeanPromptTokens">Mean length of rendered prompts.</param>
/// <param name="LongestPromptTokens">The longest.</param>
/// <param name="MeanAnswerTokens">Mean length of annotated answers, their end among them.</param>
/// <param name="LongestAnswerTokens">The longest.</param>
/// <param name="MaxNewTokens">Longest answer that is generated.</param>
/// <param name="Stop">Texts that end an answer beside the model's ends.</param>
public sealed record TuneFacts(
    DecoderConfig Config, string Template, double MeanPromptTokens, int LongestPromptTokens, double MeanAnswerTokens,
    int LongestAnswerTokens, int MaxNewTokens, ValueList<string> Stop)
{
    private const int MostNewTokens = 1024;
    private const int FewestNewTokens = 16;
    private const int LongestStop = 200;

    /// <summary>Looks.</summary>
    /// <param name="settings">The model, the template where one is wanted, the longest answer likewise.</param>
    /// <param name="examples">The examples.</param>
    /// <returns>The facts.</returns>
    /// <exception cref="TSpinException">There is no such model, or a template does not fit it.</exception>
    public static TuneFacts Of(TuneSettings settings, IReadOnlyList<AnnotatedExample> examples)
    {
        if (!Path.Exists(settings.Model))
        {
            throw new TSpinException(
                $"--model {settings.Model}: there is no such folder or file. Give a Hugging Face model folder, a GGUF file, or org/name on a hub.");
        }

        var config = DecoderConfigReader.Read(settings.Model);
        var template = settings.Template is { } named ? TemplateText.IsFile(named) ? Path.GetFullPath(named) : named
            : UsualTemplate(settings.Model);
        var rendered = PromptTemplate.Of(template, settings.Model);
        var encoder = new PromptEncoder(rendered, Tokenizer.Load(settings.Model), config);
        int[] prompts = [.. encoder.Prompts([.. examples.Select(example => example.Asked)])
            .Select(prompt => prompt.Ids.Length)];
        int[] answers = [.. encoder.Responses(examples.Select(example => (example.Asked, example.Response)))
            .Select(ids => ids.Length + 1)];
        var room = Math.Max(1, config.LongestSequence / 2);
        if (settings.MaxNewTokens is { } stated && (stated < 1 || stated >= config.LongestSequence))
        {
            throw new TSpinException(
                $"--max-new-tokens {stated}: prompt and answer share the model's {config.LongestSequence} positions. Use 1 to {config.LongestSequence - 1}.");
        }

        // A quarter more than the longest annotated answer: what runs on beyond that is wrong anyway.
        var longest = settings.MaxNewTokens
            ?? Math.Min(room, Math.Clamp(answers.Max() + (answers.Max() / 4), FewestNewTokens, MostNewTokens));
        return new TuneFacts(
            config, template, prompts.Average(), prompts.Max(), answers.Average(), answers.Max(), longest,
            StopOf(rendered));
    }

    /// <summary>The template where none is named.</summary>
    /// <param name="model">The model's folder.</param>
    /// <returns>The model's own chat template where it has one, else <c>paper</c>.</returns>
    public static string UsualTemplate(string model) => ChatTemplate.ExistsIn(model) ? TemplateText.Chat : "paper";

    // A base model that knows no end goes on with the next question as the template writes it.
    private static ValueList<string> StopOf(PromptTemplate template) =>
        TemplateText.IsChat(template.Name) ? []
        : template.Text.Split(TemplateText.Placeholder)[0].Trim() is { Length: > 0 and <= LongestStop } before
            ? [before] : [];
}
