using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check gguf</c>: are a GGUF file's tensors decoded to what was recorded?</summary>
internal static class CheckGgufCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A GGUF file." };
        var expected = new Option<string>("--expected") { Description = "A safetensors file with the tensors' values in float32.", HelpName = "FILE", Required = true };
        var command = new Command("gguf", "Decoded values of every tensor of a GGUF file") { file, expected, CheckCommand.Json };
        command.SetAction(result => CheckCommand.Show(result, [GgufCheck.Run(result.GetRequiredValue(file), result.GetRequiredValue(expected))]));
        return command;
    }
}
