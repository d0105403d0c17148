using System.Globalization;
using System.Text;
using TSpin.ChatTemplates;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary>What <c>tspin doctor MODEL</c> says of a model.</summary>
/// <param name="Family">The kind of model.</param>
/// <param name="Parameters">How many parameters it has.</param>
/// <param name="Vocabulary">Rows of its embedding.</param>
/// <param name="BeginId">The id that prompts begin with; null for none.</param>
/// <param name="Ends">By template, <c>paper</c> standing for all plain ones: the tokens that end a response.</param>
/// <param name="Notices">What its files say and is not followed; why its chat template cannot be used.</param>
internal sealed record ModelFacts(
    string Family, long Parameters, int Vocabulary, int? BeginId, IReadOnlyDictionary<string, EndTokens> Ends, IReadOnlyList<string> Notices)
{
    /// <summary>Reads a model's small files; the weights stay closed.</summary>
    /// <param name="path">A model's folder or GGUF file.</param>
    /// <exception cref="TSpinException">A file is missing or damaged, or an end has no row in the embedding.</exception>
    public static ModelFacts Of(string path)
    {
        var config = DecoderConfigReader.Read(path);
        var tokenizer = Tokenizer.Load(path);
        var plain = new PromptEncoder(PromptTemplate.Paper, tokenizer, config);
        var ends = new Dictionary<string, EndTokens> { ["paper"] = plain.Ends };
        List<string> notices = [.. tokenizer.NotFollowed];
        if (ChatTemplate.ExistsIn(path))
        {
            try
            {
                ends["chat"] = new PromptEncoder(PromptTemplate.Of("chat", path), tokenizer, config).Ends;
            }
            catch (TSpinException error)
            {
                notices.Add(error.Message);
            }
        }

        return new ModelFacts(config.Family, config.ParameterCount, config.VocabularySize, plain.BeginId, ends, notices);
    }

    /// <summary>The facts for people.</summary>
    /// <returns>Lines that end with a line feed.</returns>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"model                 {Family}, {Parameters:N0} parameters, {Vocabulary:N0} tokens\n");
        foreach (var (template, ends) in Ends)
        {
            var name = template == "chat" ? "ends (chat template)" : "ends (plain template)";
            text.Append(CultureInfo.InvariantCulture, $"{name,-22}{ends}\n");
        }

        foreach (var notice in Notices)
        {
            text.Append(notice).Append('\n');
        }

        return text.ToString();
    }
}
