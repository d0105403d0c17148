using System.CommandLine;
using TSpin.Cli;

var root = RootCommands.Create();
var output = ConsoleStream.Install();
AppDomain.CurrentDomain.UnhandledException += (_, fault) =>
    Console.Error.WriteLine(
        "This is a fault of tspin that it did not foresee, on a thread of its own. What was finished is "
        + "saved; report the lines below with the command that you ran.");
return Outcome.Of(
    args,
    () => root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        Output = Console.Out,
        Error = Console.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    }).GetAwaiter().GetResult(),
    Console.Error,
    output);
