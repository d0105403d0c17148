using System.CommandLine;
using System.CommandLine.Help;
using TSpin.Cli;

// Not a RootCommand: that one calls itself by the name of this program's file, and people call it tspin.
var root = new Command(
    "tspin",
    "T-SPIN: triplet-based self-play fine-tuning of language models (arXiv 2601.08198).\n\n  The launcher ./tspin adds two verbs of its own: test (build and run the tests) and build (build everything).\n  Example: tspin demo")
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
    ChatCommand.Create(),
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

var output = ConsoleStream.Install();
AppDomain.CurrentDomain.UnhandledException += (_, fault) =>
    Console.Error.WriteLine("This is a fault of tspin that it did not foresee, on a thread of its own. What was finished is saved; report the lines below with the command that you ran.");
return Outcome.Of(
    args,
    () => root.Parse(args).InvokeAsync(new InvocationConfiguration { Output = Console.Out, Error = Console.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }).GetAwaiter().GetResult(),
    Console.Error,
    output);
