namespace TSpin.Files;

/// <summary>Unpacks Zstandard (RFC 8878) as it is read, with the system's libzstd. Several frames in a row are one stream, as for gzip.</summary>
/// <param name="packed">The packed bytes; disposed with this stream.</param>
internal sealed class ZstdStream(Stream packed) : Stream
{
    private readonly byte[] _input = new byte[1 << 16];
    private readonly ZstdLibrary.Decoder _decoder = ZstdLibrary.CreateDecoder();
    private (int Start, int End) _unread;
    private bool _isInsideFrame;

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

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The bytes are damaged or end too early.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var isAtEnd = false;
            if (_unread.Start == _unread.End)
            {
                var read = packed.Read(_input, 0, _input.Length);
                _unread = (0, read);
                isAtEnd = read == 0;
            }

            // Even without further input the decoder may hold output that did not fit before.
            if (isAtEnd && !_isInsideFrame)
            {
                return 0;
            }

            var (taken, given, rest) = _decoder.Run(_input.AsSpan(_unread.Start, _unread.End - _unread.Start), buffer);
            _unread.Start += taken;
            _isInsideFrame = rest != 0;
            if (given > 0)
            {
                return given;
            }

            if (isAtEnd)
            {
                throw new InvalidDataException("the Zstandard data end in the middle of a frame");
            }
        }

        return 0;
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
            _decoder.Dispose();
            packed.Dispose();
        }

        base.Dispose(disposing);
    }
}
