using System.CommandLine;
using System.CommandLine.Help;

namespace TSpin.Cli;

/// <summary>All verbs of the command line.</summary>
internal static class RootCommands
{
    private const string Description =
        "T-SPIN: triplet-based self-play fine-tuning of language models (arXiv 2601.08198).\n\n"
        + "  The launcher ./tspin adds three verbs of its own: test (build and run the tests), bench (speed and memory) and "
        + "build (build everything).\n  Example: tspin demo";

    /// <summary>The command above them.</summary>
    /// <param name="standardInput">Where lines of a conversation come from. Default: the console.</param>
    // Not a RootCommand: that one calls itself by the name of this program's file, and people call it tspin.
    public static Command Create(TextReader? standardInput = null) => new("tspin", Description)
    {
        new HelpOption(),
        new VersionOption(),
        DemoCommand.Create(),
        TuneCommand.Create(),
        RunCommand.Create(),
        RunCommand.CreateSft(),
        TrainCommand.Create(),
        GenerateCommand.Create(),
        ScoreCommand.Create(),
        TokenizeCommand.Create(),
        EvalCommand.Create(),
        CompareCommand.Create(),
        StudyCommand.Create(),
        ChatCommand.Create(standardInput),
        new Command("data", "Look at annotated data, and convert it")
        {
            DataInfoCommand.Create(),
            DataShowCommand.Create(),
            DataConvertCommand.Create(),
            DataAuditCommand.Create(),
        },
        ReportCommand.Create(),
        DashboardCommand.Create(),
        DoctorCommand.Create(),
        MergeCommand.Create(),
        PretrainCommand.Create(),
        CheckCommand.Create(),
    };
}
