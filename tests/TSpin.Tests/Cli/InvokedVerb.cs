using System.CommandLine;
using System.Text;

namespace TSpin.Tests.Cli;

/// <summary>
/// Runs a verb in this process and keeps what it prints. The console is one for all tests, which run side by side: what is printed goes to the test in whose flow it is printed, what
/// no such test prints to where it went before.
/// </summary>
internal sealed class InvokedVerb : TextWriter
{
    private static readonly AsyncLocal<StringWriter?> Own = new();
    private readonly TextWriter _elsewhere = Console.Out;

    static InvokedVerb() => Console.SetOut(new InvokedVerb());

    public override Encoding Encoding => Current.Encoding;

    private TextWriter Current => Own.Value ?? _elsewhere;

    public static (int Code, string Output) Invoke(Command command, params string[] arguments) =>
        Invoke(command, CancellationToken.None, arguments);

    // The token ends verbs that would go on until they are told to.
    public static (int Code, string Output) Invoke(Command command, CancellationToken end, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Own.Value = output;
        try
        {
            var settings = new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            var code = command.Parse(arguments).InvokeAsync(settings, end).GetAwaiter().GetResult();
            return (code, output.ToString());
        }
        finally
        {
            Own.Value = null;
        }
    }

    public override void Write(char value) => Current.Write(value);

    public override void Write(char[] buffer, int index, int count) => Current.Write(buffer, index, count);

    public override void Write(string? value) => Current.Write(value);

    public override void WriteLine(string? value) => Current.WriteLine(value);

    public override void WriteLine() => Current.WriteLine();

    public override void Flush() => Current.Flush();
}
