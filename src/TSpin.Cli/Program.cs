using System.CommandLine;
using System.CommandLine.Help;
using TSpin;
using TSpin.Cli;
using TSpin.Torch;

// Not a RootCommand: that one calls itself by the name of this program's file, and people call it tspin.
var root = new Command(
    "tspin",
    "T-SPIN: triplet-based self-play fine-tuning of language models (arXiv 2601.08198).\n\n  The launcher ./tspin adds two verbs of its own: test (build and run the tests) and build (build everything).\n  Example: tspin demo")
{
    new HelpOption(),
    new VersionOption(),
    DemoCommand.Create(),
    RunCommand.Create(),
    RunCommand.CreateSft(),
    TrainCommand.Create(),
    GenerateCommand.Create(),
    ScoreCommand.Create(),
    TokenizeCommand.Create(),
    EvalCommand.Create(),
    ChatCommand.Create(),
    new Command("data", "Look at annotated data, and convert it")
    {
        DataInfoCommand.Create(),
        DataShowCommand.Create(),
        DataConvertCommand.Create(),
    },
    ReportCommand.Create(),
    DoctorCommand.Create(),
    MergeCommand.Create(),
    PretrainCommand.Create(),
    CheckCommand.Create(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync(Interruption.Farewell(args));
    return ExitCodes.Interrupted;
}
catch (TSpinException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return error.ExitCode;
}
catch (TorchLibraryException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return ExitCodes.MissingOnThisMachine;
}
catch (TorchOutOfMemoryException error)
{
    await Console.Error.WriteLineAsync($"Out of memory: {error.Message}\nLower training.micro_batch_size or generation.batch_size, or use a smaller model.");
    return ExitCodes.MissingOnThisMachine;
}
