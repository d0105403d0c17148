using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace TSpin.Arrow;

/// <summary>
/// A file of Arrow's IPC formats (https://arrow.apache.org/docs/format/Columnar.html): the stream that <c>datasets</c> writes (<c>save_to_disk</c> and its
/// cache) or the file format (Feather 2), read batch by batch, with LZ4 and zstd. Types that are not read (unions, intervals, durations) leave their column out.
/// </summary>
public sealed class ArrowFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrowStreamReader _reader;
    private readonly ArrowColumns _columns;

    private ArrowFile(string path, FileStream stream, ArrowStreamReader reader, ArrowColumns columns) => (_path, _stream, _reader, _columns) = (path, stream, reader, columns);

    /// <summary>The columns that are read, in the schema's order, each with its type in words.</summary>
    public IReadOnlyList<(string Name, string Type)> Columns => [.. _columns.Read.Select(column => (column.Field.Name, ArrowTypes.Name(column.Field.DataType)))];

    /// <summary>Which columns are not read, and why; empty for none.</summary>
    public string NotRead => _columns.NotRead;

    /// <summary>Whether a file begins as one of the two formats does.</summary>
    /// <param name="head">Its first four bytes at least.</param>
    /// <returns>True when it does.</returns>
    public static bool Begins(ReadOnlySpan<byte> head) => IsFileFormat(head) || head is [0xFF, 0xFF, 0xFF, 0xFF, ..];

    /// <summary>Opens a file and reads its schema.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file, to be disposed.</returns>
    /// <exception cref="TSpinException">It cannot be read, or is damaged.</exception>
    public static ArrowFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            var head = new byte[8];
            stream.ReadExactly(head);
            var isFile = IsFileFormat(head);
            SchemaGuard.Require(isFile ? Footer(stream) : Bytes(stream, BitConverter.ToInt32(head, 4)), isFile);
            stream.Position = 0;
            var codecs = new CompressionCodecFactory();
            var memory = new BoundedAllocator(stream.Length);
            ArrowStreamReader reader = isFile ? new ArrowFileReader(stream, memory, codecs, leaveOpen: true) : new ArrowStreamReader(stream, memory, codecs, leaveOpen: true);
            return new ArrowFile(path, stream, reader, ArrowColumns.Of(reader.Schema ?? throw new InvalidDataException("there is no schema")));
        }
        catch (Exception error) when (error is not TSpinException)
        {
            stream?.Dispose();
            throw error is FileNotFoundException or DirectoryNotFoundException ? new TSpinException($"{path}: no such file; check the path", error) : Fault(path, error);
        }
    }

    /// <summary>Reads all rows, lazily; once.</summary>
    /// <returns>The rows in order, each a JSON object that is valid until the next one is asked for, with what is wrong with it or null.</returns>
    /// <exception cref="TSpinException">The file is damaged; rows before that place were given.</exception>
    public IEnumerable<(ReadOnlyMemory<byte> Json, string? Fault)> Read()
    {
        using var rows = new ArrowRowWriter(_columns);
        while (Guarded(() => _reader.ReadNextRecordBatch()) is { } batch)
        {
            using (batch)
            {
                for (var row = 0; row < batch.Length; row++)
                {
                    yield return Guarded(() => rows.Write(batch, row));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    private static bool IsFileFormat(ReadOnlySpan<byte> head) => head.StartsWith("ARRO"u8);

    // The last ten bytes are the footer's length and the magic word.
    private static byte[] Footer(FileStream stream)
    {
        const int tail = 10;
        stream.Seek(-tail, SeekOrigin.End);
        var size = BitConverter.ToInt32(Bytes(stream, tail), 0);
        stream.Seek(-Math.Clamp(size + (long)tail, tail, stream.Length), SeekOrigin.End);
        return Bytes(stream, size);
    }

    private static byte[] Bytes(FileStream stream, int count)
    {
        if (count <= 0 || count > stream.Length - stream.Position)
        {
            throw new InvalidDataException($"its schema is said to have {count} bytes");
        }

        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private T Guarded<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        // The library throws what its own code throws on damaged bytes, from IndexOutOfRangeException to those of its buffers.
        catch (Exception error) when (error is not (TSpinException or ObjectDisposedException))
        {
            throw Fault(_path, error);
        }
    }

    private static TSpinException Fault(string path, Exception error) => error is UnauthorizedAccessException
        ? new TSpinException($"{path}: cannot be read: {error.Message}", error)
        : new TSpinException($"{path}: cannot be read as an Arrow file: it is damaged, cut off or still being written ({error.Message}); write it again, or write Parquet or JSON Lines", error);
}
