using System.CommandLine;
using TSpin.Checks;
using TSpin.Models;

namespace TSpin.Cli;

/// <summary><c>tspin check graphs</c>: answers with CUDA graphs against answers without.</summary>
internal static class CheckGraphsCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("FOLDER") { Description = "Model folders.", Arity = ArgumentArity.OneOrMore };
        var device = CommonOptions.Device();
        var command = new Command("graphs", "The same answers with CUDA graphs and without. Example: tspin check graphs ./my-model --device cuda") { folders, device, CheckCommand.Json };
        command.SetAction(result =>
        {
            var where = AvailableDevice.Parse(result.GetRequiredValue(device), device.Name);
            return CheckCommand.Show(result, result.GetRequiredValue(folders).Select(folder => GraphsCheck.Run(folder, where)));
        });
        return command;
    }
}
