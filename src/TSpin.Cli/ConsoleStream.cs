namespace TSpin.Cli;

/// <summary>
/// Standard output or standard error that may fail (a full disk under a log, a file that was taken away) without ending the work that reports on it: what
/// cannot be written is dropped, and the first fault remembered.
/// </summary>
/// <param name="inner">The stream of the console.</param>
internal sealed class ConsoleStream(Stream inner) : Stream
{
    /// <summary>Why something could not be written; null where all could.</summary>
    public string? Fault { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Puts such streams behind the console's output and errors.</summary>
    /// <returns>The one behind standard output.</returns>
    public static ConsoleStream Install()
    {
        var output = new ConsoleStream(Console.OpenStandardOutput());
        Console.SetOut(Writer(output));
        Console.SetError(Writer(new ConsoleStream(Console.OpenStandardError())));
        return output;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fault ??= error.Message;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        try
        {
            inner.Flush();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fault ??= error.Message;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static StreamWriter Writer(ConsoleStream stream) => new(stream, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 256) { AutoFlush = true };
}
