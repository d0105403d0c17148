using System.CommandLine;
using System.Text.Json;
using TSpin.Distribution;
using TSpin.Files;
using TSpin.Hub;
using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin run</c>, the loop, and <c>tspin sft</c>, the same loop with the SFT objective.</summary>
internal static class RunCommand
{
    public static Command Create() => Make(
        "run", "Fine-tune by self-play, from a recipe. Started again after any interruption it continues. Example: tspin run recipes/minimal.yaml --model ./my-model", null);

    public static Command CreateSft() => Make(
        "sft", "Supervised fine-tuning of the same recipe, through the same loop. Example: tspin sft recipes/minimal.yaml --model ./my-model --run my-sft", Methods.Sft);

    /// <summary>Runs a recipe to its end and prints the scores.</summary>
    public static int Execute(Recipe recipe, string? runName, bool dryRun, bool json)
    {
        using var ranks = dryRun ? null : LaunchedRun.Join(recipe.Distribution);
        if (ranks is { Leads: false })
        {
            return LaunchedRun.Follow(ranks, recipe);
        }

        using var interruption = new Interruption();
        recipe = HubInputs.Fetch(recipe, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), interruption.Token);
        var folder = RunName.FolderOf(recipe, runName);
        if (dryRun)
        {
            // Of several processes the first speaks.
            var launched = LaunchVariables.Read();
            if (launched is null or { Rank: 0 })
            {
                Console.Write(RunPlan.Of(recipe, launched?.Count ?? 1).ToText());
            }

            return 0;
        }

        new SelfPlayRun(recipe, folder, RunDisplay.OnConsole(), ranks: ranks).Run(interruption.Token);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(RunSummary.Read(folder), JsonLinesFormat.Default));
        }
        else
        {
            ScoreDisplay.Write([folder]);
            Console.WriteLine($"report: {Path.Combine(folder, "report.html")}");
        }

        return 0;
    }

    private static Command Make(string name, string description, Method? method)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A recipe (YAML); docs/recipes.md lists every field." };
        var model = new Option<string?>("--model") { Description = "The Hugging Face folder to start from, or org/name[@revision] on a hub, instead of the recipe's.", HelpName = "MODEL" };
        var run = new Option<string?>("--run") { Description = "Name of the run's folder. Default: the recipe's name.", HelpName = "NAME" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what it will take: examples, tokens, steps, memory, disk." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var set = CommonOptions.Set();
        var command = new Command(name, description) { recipe, model, run, dryRun, json, set };
        command.SetAction(result =>
        {
            List<string> overrides = [.. result.GetValue(set) ?? []];
            if (result.GetValue(model) is { } folder)
            {
                overrides.Add($"model.path={folder}");
            }

            if (method is not null)
            {
                overrides.Add($"method={method.Name}");
            }

            return Execute(
                RecipeReader.Read(result.GetRequiredValue(recipe), overrides), result.GetValue(run), result.GetValue(dryRun), result.GetValue(json));
        });
        return command;
    }
}
