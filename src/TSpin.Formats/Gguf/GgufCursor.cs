using System.Runtime.CompilerServices;
using System.Text;

namespace TSpin.Gguf;

/// <summary>Reads a GGUF header from mapped memory, never past its end. Nothing is allocated before its size has been checked against what is left.</summary>
internal sealed unsafe class GgufCursor(byte* start, long length, string path)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Bytes from the start of the file.</summary>
    public long Position { get; set; }

    private long Left => length - Position;

    public uint UInt32(string what) => Read<uint>(what);

    public ulong UInt64(string what) => Read<ulong>(what);

    /// <summary>A number of the machine's own byte order, which is the file's.</summary>
    public T Read<T>(string what)
        where T : unmanaged
    {
        Need(sizeof(T), what);
        var value = Unsafe.ReadUnaligned<T>(start + Position);
        Position += sizeof(T);
        return value;
    }

    /// <summary>A count of things that take at least so many bytes each, so that it can't exceed what is left.</summary>
    public long Count(int leastBytesEach, string what)
    {
        var count = UInt64(what);
        return count <= (ulong)(Left / leastBytesEach)
            ? (long)count
            : throw Damaged($"{what} is {count}, but only {Left} bytes follow");
    }

    /// <summary>A text of at most so many bytes.</summary>
    public string Text(string what, int mostBytes = int.MaxValue)
    {
        var bytes = Bytes(what);
        if (bytes.Length > mostBytes)
        {
            throw Damaged($"{what} has {bytes.Length} bytes, more than the {mostBytes} that the format allows");
        }

        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw Damaged($"{what} is not UTF-8 ({error.Message})");
        }
    }

    /// <summary>The bytes of a text, in place.</summary>
    public ReadOnlySpan<byte> Bytes(string what)
    {
        var count = UInt64(what);
        if (count > (ulong)Math.Min(Left, int.MaxValue))
        {
            throw Damaged($"{what} is said to have {count} bytes, but only {Left} follow");
        }

        var bytes = new ReadOnlySpan<byte>(start + Position, (int)count);
        Position += (long)count;
        return bytes;
    }

    /// <summary>Steps over bytes whose number has been checked by <see cref="Count"/>.</summary>
    public void Skip(long bytes, string what)
    {
        Need(bytes, what);
        Position += bytes;
    }

    public TSpinException Damaged(string problem) =>
        new($"{path}: truncated or damaged: at byte {Position}: {problem}. Download or copy it again.");

    private void Need(long bytes, string what)
    {
        if (Left < bytes)
        {
            throw Damaged($"the file ends within {what}");
        }
    }
}
