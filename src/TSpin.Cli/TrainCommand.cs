using System.CommandLine;
using TSpin.Checkpoints;
using TSpin.Hub;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin train</c>: one iteration on responses that are already there.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe; its model is the policy at the start of the iteration." };
        var synthetic = new Option<string?>("--synthetic") { Description = "y': responses.jsonl over the recipe's examples.", HelpName = "FILE" };
        var proto = new Option<string?>("--proto") { Description = "y0: responses.jsonl of the initial policy. Not needed in iteration 0, where it is y'.", HelpName = "FILE" };
        var iteration = new Option<int>("--iteration") { Description = "Which iteration it is; in iteration 0 beta is 0.", DefaultValueFactory = _ => 0 };
        var run = new Option<string?>("--run") { Description = "Name of the folder. Default: the recipe's name.", HelpName = "NAME" };
        var set = CommonOptions.Set();
        var command = new Command(
            "train",
            "One iteration on existing responses. Example: tspin train my-run.yaml --iteration 1 --synthetic runs/a/iteration-01/responses.jsonl --proto runs/a/iteration-00/responses.jsonl --run b")
        {
            recipe, synthetic, proto, iteration, run, set,
        };
        command.SetAction(result => Run(
            RecipeReader.Read(result.GetRequiredValue(recipe), result.GetValue(set) ?? []),
            result.GetValue(run), result.GetValue(iteration), result.GetValue(synthetic), result.GetValue(proto)));
        return command;
    }

    private static int Run(Recipe recipe, string? name, int iteration, string? synthetic, string? proto)
    {
        if (iteration < 0)
        {
            throw new TSpinException($"--iteration {iteration}: iterations count from 0.");
        }

        if (synthetic is null && recipe.Method.PlaysAgainstItself)
        {
            throw new TSpinException($"--synthetic is missing: method {recipe.Method.Name} learns from synthetic responses. tspin generate or tspin run makes them.");
        }

        if (proto is null && iteration > 0 && recipe.Method.Uses(ResponseRole.ProtoSynthetic))
        {
            throw new TSpinException($"--proto is missing: in iteration {iteration} the historical advantage compares with the proto-synthetic responses.");
        }

        using var ranks = LaunchedRun.Join(recipe.Distribution);
        if (ranks is { Leads: false })
        {
            return LaunchedRun.Follow(ranks, recipe);
        }

        using var interruption = new Interruption();
        recipe = HubInputs.Fetch(recipe, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), interruption.Token);
        var folder = new RunFolder(RunName.FolderOf(recipe, name));
        new SelfPlayRun(recipe, folder.Path, RunDisplay.OnConsole(), ranks: ranks).TrainOnce(iteration, synthetic, proto, interruption.Token);
        Console.WriteLine($"checkpoint: {folder.Checkpoint(iteration)}");
        return 0;
    }
}
