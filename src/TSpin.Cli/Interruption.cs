using System.Runtime.InteropServices;

namespace TSpin.Cli;

/// <summary>
/// Turns the first Ctrl-C (or SIGTERM) into a request to stop at the next safe point; a second Ctrl-C ends the process at once, which
/// loses only the work since the last safe point.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        Console.Error.WriteLine("\nstopping at the next safe point ... (once more to stop at once)");
        _source.Cancel();
    }
}
