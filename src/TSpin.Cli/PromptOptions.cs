using System.CommandLine;
using TSpin.Prompts;

namespace TSpin.Cli;

/// <summary>How the verbs render prompts: the template, and what a chat template is given besides.</summary>
/// <param name="standard">The template where none is named.</param>
internal sealed class PromptOptions(string standard)
{
    public Option<string> Template { get; } = new("--template") { Description = "paper, none, chat (the model's own), chat:NAME, a .jinja file, or text that holds {prompt}.", DefaultValueFactory = _ => standard };

    public Option<string?> System { get; } = new("--system") { Description = "What a system turn before the prompt says (chat templates).", HelpName = "TEXT" };

    public Option<string[]> Argument { get; } = new("--argument") { Description = "What a chat template is told besides; may be given several times. Example: --argument enable_thinking=false", HelpName = "NAME=VALUE", Arity = ArgumentArity.ZeroOrMore };

    public void AddTo(Command command)
    {
        command.Add(Template);
        command.Add(System);
        command.Add(Argument);
    }

    /// <summary>What was asked for, in the words of a recipe.</summary>
    public PromptSettings Of(ParseResult result) => new() { Template = result.GetRequiredValue(Template), System = result.GetValue(System), Arguments = Arguments(result.GetValue(Argument) ?? []) };

    /// <summary>The template.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="model">The model's folder or GGUF file, where chat templates are found.</param>
    public PromptTemplate Of(ParseResult result, string model) => PromptTemplate.Of(Of(result), model);

    private static ValueList<string> Arguments(string[] given) => Array.Find(given, argument => argument.IndexOf('=', StringComparison.Ordinal) < 1) is { } wrong
        ? throw new TSpinException($"--argument {wrong}: is no NAME=VALUE; write for example enable_thinking=false")
        : [.. given];
}
