using ZstdSharp;

namespace TSpin.Files;

/// <summary>
/// Unpacks Zstandard (RFC 8878) as it is read. Several frames in a row are one stream, as for gzip, and frames to be skipped are. Frames that need a window
/// of more than 128 MiB, which the zstd program refuses too, are refused.
/// </summary>
/// <param name="packed">The packed bytes; disposed with this stream.</param>
internal sealed class ZstdStream(Stream packed) : Stream
{
    private readonly DecompressionStream _unpacked = new(packed, checkEndOfStream: true, leaveOpen: false);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether a file begins as Zstandard data do: with a frame, or one to be skipped.</summary>
    /// <param name="head">The first four bytes.</param>
    /// <returns>True when it does.</returns>
    public static bool Begins(ReadOnlySpan<byte> head) => head is [0x28, 0xB5, 0x2F, 0xFD, ..] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..];

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The bytes are damaged or end too early.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return buffer.Length == 0 ? 0 : _unpacked.Read(buffer);
        }
        catch (ZstdException error)
        {
            throw new InvalidDataException($"Zstandard: {error.Message}", error);
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException("the Zstandard data end in the middle of a frame", error);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }

        base.Dispose(disposing);
    }
}
