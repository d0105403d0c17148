using System.CommandLine;
using TSpin.Checks;

namespace TSpin.Cli;

/// <summary><c>tspin check adapter</c>: a LoRA adapter against what PEFT computed with it.</summary>
internal static class CheckAdapterCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "PEFT's adapter folder with expected.json and expected.safetensors." };
        var model = new Option<string>("--base") { Description = "The base model's folder.", Required = true, HelpName = "FOLDER" };
        var command = new Command("adapter", "Logits with a LoRA adapter and merged, gradients, training steps. Example: tspin check adapter ./my-adapter --base ./my-model")
        {
            folder, model, CheckCommand.Json,
        };
        command.SetAction(result => CheckCommand.Show(result, [AdapterCheck.Run(result.GetRequiredValue(folder), result.GetRequiredValue(model))]));
        return command;
    }
}
