using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace TSpin.Files;

/// <summary>
/// Unpacks a gzip file (RFC 1952) as it is read, and at its end makes sure that it was whole: the framework's <see cref="GZipStream"/> takes a file
/// that is cut off for one that ends there, and would lose records without a word.
/// </summary>
internal sealed class GzipFileStream : Stream
{
    private const int TrailerBytes = 8;
    private readonly Func<Stream> _open;
    private readonly GZipStream _unpacked;
    private readonly Crc32 _crc = new();
    private long _length;
    private bool _isVerified;

    /// <summary>Starts at the beginning.</summary>
    /// <param name="open">Opens the packed file; what it gives can be sought in.</param>
    public GzipFileStream(Func<Stream> open)
    {
        _open = open;
        _unpacked = new GZipStream(open(), CompressionMode.Decompress);
    }

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
    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        var read = _unpacked.Read(buffer);
        if (read > 0)
        {
            _crc.Append(buffer[..read]);
            _length += read;
        }
        else if (buffer.Length > 0 && !_isVerified)
        {
            Verify();
            _isVerified = true;
        }

        return read;
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

    // The last eight bytes state checksum and length (modulo 2^32) of the last member, which in most files is the only one.
    private void Verify()
    {
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        using (var packed = _open())
        {
            packed.Seek(-Math.Min(packed.Length, TrailerBytes), SeekOrigin.End);
            packed.ReadAtLeast(trailer, TrailerBytes, throwOnEndOfStream: false);
        }

        var crc = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        var isWhole = (crc == _crc.GetCurrentHashAsUInt32() && length == (uint)_length) || (length < _length && crc == CrcOfLast(length));
        if (!isWhole)
        {
            throw new InvalidDataException($"it ends after {_length} unpacked bytes without the checksum that closes a gzip file");
        }
    }

    // A file of several members (bgzip, or files put together): its last bytes, unpacked once more.
    private uint CrcOfLast(long length)
    {
        using var unpacked = new GZipStream(_open(), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        var (crc, skip) = (new Crc32(), _length - length);
        for (int read; (read = unpacked.Read(buffer)) > 0;)
        {
            var passed = (int)Math.Min(skip, read);
            skip -= passed;
            crc.Append(buffer.AsSpan(passed, read - passed));
        }

        return crc.GetCurrentHashAsUInt32();
    }
}
