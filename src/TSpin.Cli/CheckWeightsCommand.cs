using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check weights</c>: are weights read rightly, in whatever form they were published?</summary>
internal static class CheckWeightsCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("FOLDER")
        {
            Description = "Hugging Face model folders with expected.safetensors: logits [T, V] or, for a body without a head, hidden [T, H].",
            Arity = ArgumentArity.OneOrMore,
        };
        var prompt = new Option<string>("--prompt") { Description = "A JSON file whose prompt is the list of token ids.", HelpName = "FILE", Required = true };
        var command = new Command("weights", "What a checkpoint's weights compute for one prompt") { folders, prompt, CheckCommand.Json };
        command.SetAction(result => CheckCommand.Show(
            result, result.GetRequiredValue(folders).Select(folder => WeightsCheck.Run(folder, result.GetRequiredValue(prompt)))));
        return command;
    }
}
