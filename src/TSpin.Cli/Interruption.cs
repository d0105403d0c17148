using System.Runtime.InteropServices;
using TSpin.Files;

namespace TSpin.Cli;

/// <summary>
/// Turns the first Ctrl-C (or SIGTERM) into a request to stop at the next safe point; a second Ctrl-C ends the process at once, which
/// loses only the work since the last safe point.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    private readonly bool _isQuiet;

    /// <param name="isQuiet">Says nothing: of several processes of a run the first speaks for all.</param>
    public Interruption(bool isQuiet = false)
    {
        _isQuiet = isQuiet;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <summary>Comes when it has said on standard error that the program stops.</summary>
    public static event Action? Said;

    public CancellationToken Token => _source.Token;

    /// <summary>The last line of an interrupted verb: what is kept and how to go on.</summary>
    /// <param name="arguments">Of this process.</param>
    public static string Farewell(IReadOnlyList<string> arguments) => (arguments.Count > 0 ? arguments[0] : "") switch
    {
        "run" or "sft" or "train" or "generate" or "pretrain" or "demo" or "study" or "tune" => $"stopped; everything finished is saved. To continue:\n  {CommandLine(arguments)}",
        _ => $"stopped; nothing was written. To start anew:\n  {CommandLine(arguments)}",
    };

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private static string CommandLine(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(ShellText.Quoted).Prepend("tspin"));

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        if (!_isQuiet)
        {
            Console.Error.WriteLine("\nstopping at the next safe point ... (once more to stop at once)");
            Said?.Invoke();
        }

        _source.Cancel();
    }
}
