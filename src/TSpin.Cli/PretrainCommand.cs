using System.CommandLine;
using System.Globalization;
using TSpin.Demo;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.Pretraining;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary><c>tspin pretrain</c>: makes a small model from nothing.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE")
        {
            Description = "A pretraining recipe (YAML); see recipes/pretrain-demo.yaml.",
        };
        var output = new Option<string>("--out")
        {
            Description = "Folder for the model.",
            Required = true,
            HelpName = "FOLDER",
        };
        var set = CommonOptions.Set();
        var command = new Command(
            "pretrain",
            "Make a small model from nothing. Example: tspin pretrain recipes/pretrain-demo.yaml --out demo-base")
        {
            recipe, output, set,
        };
        command.SetAction(result => Run(
            PretrainRecipeTables.Recipe.Read(result.GetRequiredValue(recipe), result.GetValue(set) ?? []),
            result.GetRequiredValue(output)));
        return command;
    }

    private static int Run(PretrainRecipe recipe, string folder)
    {
        using var interruption = new Interruption();
        var watch = LiveBlock.IsOnConsole ? Watch(RunDisplay.OnConsole()) : Watch(Console.Out, TimeProvider.System);
        Pretrainer.Run(recipe, Documents(recipe), folder, watch, interruption.Token);
        Console.WriteLine($"{folder}: written");
        return 0;
    }

    /// <summary>In a terminal: a bar with rate and time left, and how the loss went.</summary>
    internal static IProgress<StepMetrics> Watch(RunDisplay display)
    {
        display.Report(new StageStarted(-1, StageNames.Training, AlreadyDone: false));
        return new Relay<StepMetrics>(step => display.Report(new Stepped(-1, step)));
    }

    /// <summary>Elsewhere: a line every fifty steps.</summary>
    internal static IProgress<StepMetrics> Watch(TextWriter output, TimeProvider clock)
    {
        var pace = new RecentPace(clock);
        return new Relay<StepMetrics>(step =>
        {
            var left = TimeSpan.FromSeconds(pace.Left(step.Step, step.Steps) ?? (step.Seconds * (step.Steps - step.Step)));
            if (step.Step % 50 == 0 || step.Step == step.Steps)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"step {step.Step,6} of {step.Steps}  loss {step.Loss:F4} nats  gradient {step.GradientNorm:F2}  "
                    + $"{step.TokensPerSecond:F0} tokens/s  {left:hh\\:mm\\:ss} left"));
            }
        });
    }

    private static Func<long, PretrainingDocument> Documents(PretrainRecipe recipe)
    {
        if (recipe.Data.Documents == PretrainDataSettings.DemoCorpus)
        {
            var corpus = new BaseCurriculum(recipe.Seed, recipe.Data.TextbookDocuments);
            return index =>
            {
                var document = corpus.Document(index);
                return new PretrainingDocument(document.Prompt, document.Response);
            };
        }

        return PretrainingFile.Read(recipe.Data.Documents, recipe.Seed);
    }
}
