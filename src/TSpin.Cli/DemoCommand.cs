using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Demo;
using TSpin.Evaluation;
using TSpin.Evaluation.Tasks;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Reports;
using TSpin.SelfPlay;
using TSpin.Tokenizers;

namespace TSpin.Cli;

/// <summary><c>tspin demo</c>: the whole method on a small model and made-up word problems, beside SFT on the same data, in minutes.</summary>
internal static class DemoCommand
{
    private const int ShownAnswers = 3;

    public static Command Create()
    {
        var method = new Option<string>("--method") { Description = "tspin, spin or sft (or the ablations tspin-no-history, tspin-ref).", DefaultValueFactory = _ => "tspin" };
        method.AcceptOnlyFromAmong("tspin", "spin", "sft", "tspin-no-history", "tspin-ref");
        var seed = new Option<ulong>("--seed") { Description = "Seed of problems, sampling and training order.", DefaultValueFactory = _ => 42 };
        var output = new Option<string>("--out") { Description = "Folder for the runs.", DefaultValueFactory = _ => Path.Combine("runs", "demo"), HelpName = "FOLDER" };
        var command = new Command("demo", "Self-play on a small model and word problems, beside SFT; needs nothing but this program. Example: tspin demo --method spin --seed 1")
        {
            method, seed, output,
        };
        command.SetAction(result => Run(result.GetRequiredValue(method), result.GetRequiredValue(seed), result.GetRequiredValue(output)));
        return command;
    }

    private static int Run(string word, ulong seed, string output)
    {
        var clock = Stopwatch.StartNew();
        var chosen = Methods.Named(word);
        var folder = Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
        var data = Path.Combine(folder, "data");
        DemoData.Write(data, seed, DemoRecipe.TrainingExamples, DemoRecipe.TestExamples, DemoRecipe.NewKindExamples);
        Console.WriteLine(
            $"{DemoRecipe.TrainingExamples} annotated word problems, {DemoRecipe.TestExamples} held out, a base model of 1.9M parameters that knows more than it shows. Everything is in {folder}");

        using var interruption = new Interruption();
        var folders = new List<string>();
        var recipes = new List<Recipe>();
        foreach (var method in chosen == Methods.Sft ? [Methods.Sft] : new[] { Methods.Sft, chosen })
        {
            var recipe = DemoRecipe.For(method, seed, DemoBaseModel.Folder, data, folder);
            var name = method.Name;
            recipes.Insert(0, recipe);
            folders.Insert(0, Path.Combine(folder, name));
            new SelfPlayRun(recipe, folders[0], RunDisplay.OnConsole(name)).Run(interruption.Token);
        }

        if (chosen != Methods.Sft)
        {
            ShowAnswers(new RunFolder(folders[0]), DemoRecipe.For(chosen, seed, DemoBaseModel.Folder, data, folder).Training.Iterations);
        }

        Console.WriteLine();
        ScoreDisplay.Write(folders);
        ShowNewKinds(folders, data, seed, interruption.Token);
        if (RunHeadline.From(RunRecord.Read(folders[0])) is { } headline)
        {
            Console.WriteLine(headline.Text);
        }

        foreach (var sentence in DemoVerdict.Of([.. recipes.Zip(folders)], seed))
        {
            Console.WriteLine(sentence);
        }

        var report = Path.Combine(folder, "report.html");
        RunReport.Write(folders, report);
        Console.WriteLine($"report: {report}   time: {clock.Elapsed:m\\:ss}");
        return 0;
    }

    // Problems of kinds that no annotation shows: does what was learned carry over?
    private static void ShowNewKinds(IReadOnlyList<string> folders, string data, ulong seed, CancellationToken cancellation)
    {
        var set = ExampleReader.Read([Path.Combine(data, DemoData.TestTemplatesFile)], DataFormat.Gsm8k, skipBad: false);
        var models = folders.Select(folder => (Name: Path.GetFileName(folder), Model: new RunFolder(folder).LatestCheckpoint()!)).Prepend(("base", DemoBaseModel.Folder));
        var scores = models.Select(entry => $"{entry.Item1} {Score(entry.Item2)}");
        Console.WriteLine($"{set.Examples.Count} problems of kinds never annotated, greedy: {string.Join(", ", scores)}");

        string Score(string model)
        {
            var recipe = DemoRecipe.For(Methods.TSpin, seed, model, data, data);
            using var decoder = DecoderLoader.Load(model);
            var encoder = new PromptEncoder(PromptTemplate.Of(recipe.Prompt, model), Tokenizer.Load(model), decoder.Config);
            var task = new Gsm8kTask(set.Examples, recipe.Evaluation with { Sampled = false });
            return task.Run(new EvaluatedModel(decoder, encoder, recipe.Prompt, seed), cancellation: cancellation).Result.Metrics[0].ToText();
        }
    }

    // y, y' and y0 of a few problems side by side; y' is from the last iteration.
    private static void ShowAnswers(RunFolder run, int iterations)
    {
        var last = iterations - 1;
        var examples = JsonLinesReader.Read<ExampleLine>(run.Examples).Take(ShownAnswers).ToArray();
        var proto = ResponseFile.Read(run.Responses(0)).ToDictionary(line => line.Index, line => line.Text);
        var synthetic = ResponseFile.Read(run.Responses(last)).ToDictionary(line => line.Index, line => line.Text);
        foreach (var example in examples)
        {
            var table = new Table { Title = new TableTitle(Markup.Escape(example.Prompt)) }
                .Border(Console.IsOutputRedirected ? TableBorder.Ascii : TableBorder.Rounded)
                .AddColumns("y  annotated", $"y' synthetic, iteration {last}", "y0 proto-synthetic");
            table.AddRow(new Text(example.Response), new Text(synthetic[example.Index]), new Text(proto[example.Index]));
            AnsiConsole.Write(table);
        }
    }
}
