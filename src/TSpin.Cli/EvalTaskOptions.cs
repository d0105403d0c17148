using System.CommandLine;
using System.Globalization;
using TSpin.Evaluation.Harness;

namespace TSpin.Cli;

/// <summary>What <c>tspin eval --tasks</c> takes besides the model, in lm-evaluation-harness' words.</summary>
internal sealed class EvalTaskOptions
{
    public Option<string?> Tasks { get; } = new("--tasks")
    {
        Description =
            "Tasks of lm-evaluation-harness, and YAML files of your own, separated by commas (docs/evaluation-tasks.md); --data is then the folder of their datasets. Default: none, exact match of the final number on the examples of --data.",
        HelpName = "A,B",
    };

    public Option<string?> Limit { get; } = new("--limit") { Description = "With --tasks: only the first so many rows of each task; below 1 a share of them.", HelpName = "N" };

    public Option<int?> Shots { get; } = new("--num-fewshot") { Description = "With --tasks: examples before each question. Default: each task's own." };

    public Option<bool> ChatTemplate { get; } = new("--apply-chat-template") { Description = "With --tasks: questions go through the model's chat template." };

    public Option<bool?> Multiturn { get; } = new("--fewshot-as-multiturn") { Description = "With --apply-chat-template: examples are turns of the conversation (default), or with false all stand in the user's one turn.", HelpName = "true|false" };

    public Option<long> ShotSeed { get; } = new("--fewshot-seed") { Description = "With --tasks: seed of the examples.", DefaultValueFactory = _ => 1234 };

    public Option<string?> Harness { get; } = new("--harness") { Description = "lm-evaluation-harness' folder tasks/leaderboard, which BBH's and MATH's examples are read from. Default: harness/ in the data folder.", HelpName = "FOLDER" };

    public Option<string?> Langdetect { get; } = new("--langdetect")
    {
        Description = "langdetect/profiles of the Python package, to tell IFEval's languages as it does. Default: Lingua's models.",
        HelpName = "FOLDER",
    };

    public Option<string?> Punkt { get; } = new("--punkt")
    {
        Description = "punkt_tab/english of nltk's data, to split IFEval's sentences as it does. Default: rules of our own.",
        HelpName = "FOLDER",
    };

    public Option<bool> SkipAnnotated { get; } = new("--skip-annotated")
    {
        Description = "With --tasks: leave out the log-probability of the annotated answers, for which every context of a "
            + "task that generates is read a second time.",
    };

    public void AddTo(Command command)
    {
        command.Add(SkipAnnotated);
        command.Add(Tasks);
        command.Add(Limit);
        command.Add(Shots);
        command.Add(ChatTemplate);
        command.Add(Multiturn);
        command.Add(ShotSeed);
        command.Add(Harness);
        command.Add(Langdetect);
        command.Add(Punkt);
    }

    /// <summary>The settings of an evaluation.</summary>
    /// <exception cref="TSpinException">A value is out of its range.</exception>
    public HarnessSettings Settings(ParseResult result, ModelOptions model)
    {
        if (result.GetValue(Shots) is < 0 and var negative)
        {
            throw new TSpinException($"--num-fewshot {negative}: is negative. Give 0 or more.");
        }

        return new HarnessSettings
        {
            Shots = result.GetValue(Shots),
            UsualShots = true,
            Limit = result.GetValue(Limit) is { } limit ? LimitOf(limit) : null,
            ScoresAnnotated = !result.GetValue(SkipAnnotated),
            AppliesChatTemplate = result.GetValue(ChatTemplate),
            ShotsAreTurns = result.GetValue(Multiturn),
            System = result.GetValue(model.Prompt.System),
            ShotSeed = result.GetValue(ShotSeed),
            MaxTokens = result.GetValue(model.MaxNewTokens) switch
            {
                < 1 and var other => throw new TSpinException($"--max-new-tokens {other}: an answer has at least one token. Give 1 or more."),
                var tokens => tokens,
            },
        };
    }

    private static double LimitOf(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit
        : throw new TSpinException($"--limit {text}: is no number above 0. Give a number of rows, or a share below 1.");
}
