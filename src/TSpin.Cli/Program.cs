using System.CommandLine;
using TSpin;
using TSpin.Cli;
using TSpin.Torch;

var root = new RootCommand("T-SPIN: triplet-based self-play fine-tuning of language models (arXiv 2601.08198).")
{
    DemoCommand.Create(),
    RunCommand.Create(),
    RunCommand.CreateSft(),
    TrainCommand.Create(),
    GenerateCommand.Create(),
    ScoreCommand.Create(),
    TokenizeCommand.Create(),
    EvalCommand.Create(),
    ChatCommand.Create(),
    ReportCommand.Create(),
    DoctorCommand.Create(),
    PretrainCommand.Create(),
    CheckCommand.Create(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("stopped; everything finished is saved. The same command continues.");
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
