using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check templates</c>: renderings of chat templates against those that Jinja2 made.</summary>
internal static class CheckTemplatesCommand
{
    public static Command Create()
    {
        var cases = new Argument<string>("CASES") { Description = "JSONL: template, conversation, arguments, and text with generation_spans, or error with message." };
        var conversations = new Option<string>("--conversations") { Description = "JSON: conversations by name, and tools.", Required = true, HelpName = "FILE" };
        var root = new Option<string>("--root") { Description = "The folder that template paths start from.", Required = true, HelpName = "FOLDER" };
        var command = new Command("templates", "Chat templates as Jinja2 renders them. Example: tspin check templates cases.jsonl --conversations conversations.json --root ./templates")
        {
            cases, conversations, root, CheckCommand.Json,
        };
        command.SetAction(result => CheckCommand.Show(
            result, [TemplatesCheck.Run(result.GetRequiredValue(cases), result.GetRequiredValue(conversations), result.GetRequiredValue(root))]));
        return command;
    }
}
