using System.CommandLine;
using TSpin.Data;

namespace TSpin.Cli;

/// <summary>The columns of a recipe's <c>data.columns</c>, as options of the data verbs.</summary>
internal sealed class DataColumnOptions
{
    private readonly Option<string?> _prompt = new("--prompt-column") { Description = "The column of the prompt, with dots into nested ones. Default: as the format has it.", HelpName = "NAME" };
    private readonly Option<string?> _response = new("--response-column") { Description = "The column of the response.", HelpName = "NAME" };
    private readonly Option<string?> _messages = new("--messages-column") { Description = "The column of the list of turns.", HelpName = "NAME" };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        command.Options.Add(_prompt);
        command.Options.Add(_response);
        command.Options.Add(_messages);
    }

    /// <summary>The columns that were named.</summary>
    /// <param name="result">The parsed command line.</param>
    /// <returns>The columns.</returns>
    /// <exception cref="TSpinException">They contradict each other.</exception>
    public ColumnSettings Of(ParseResult result)
    {
        var columns = new ColumnSettings { Prompt = result.GetValue(_prompt), Response = result.GetValue(_response), Messages = result.GetValue(_messages) };
        return columns.Messages is null || (columns.Prompt is null && columns.Response is null)
            ? columns
            : throw new TSpinException("--messages-column: a list of turns holds prompt and response already; name it alone, or name --prompt-column and --response-column");
    }
}
