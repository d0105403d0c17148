using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TSpin.Parquet;

/// <summary>
/// A Parquet file (https://parquet.apache.org/docs/file-format/) as pyarrow and datasets write them, read row by row: in memory there is
/// one page of each column at a time, and its dictionary, never a row group.
/// <para>
/// Read: nested structs, lists (three-level and older forms) and maps; every physical type; encodings PLAIN, dictionary, RLE, BIT_PACKED
/// levels, DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT; data pages of version 1 and 2; codecs none,
/// snappy, gzip, brotli, zstd (by the system's libzstd) and LZ4_RAW. Refused by name: encryption, LZO, the old framing of LZ4, intervals,
/// columns in other files. Checksums of pages are verified where they are present.
/// </para>
/// </summary>
public sealed class ParquetFile : IDisposable
{
    private const int TailBytes = 8;
    private const int LargestFooter = 1 << 28;
    private readonly string _path;
    private readonly PageFile _file;
    private readonly Footer _footer;

    private ParquetFile(string path, PageFile file, Footer footer) => (_path, _file, _footer) = (path, file, footer);

    /// <summary>The columns, in the schema's order.</summary>
    public IReadOnlyList<ParquetColumn> Columns => [.. _footer.Root.Children.Select(column => new ParquetColumn(column.Name, column.TypeText))];

    /// <summary>How many rows there are.</summary>
    public long Rows => _footer.Rows;

    /// <summary>How many row groups they are stored in.</summary>
    public int RowGroups => _footer.RowGroups.Count;

    /// <summary>The program that wrote the file, or empty.</summary>
    public string CreatedBy => _footer.CreatedBy;

    /// <summary>Opens a file and reads its footer.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file, to be disposed.</returns>
    /// <exception cref="TSpinException">It cannot be read, is no Parquet file, is damaged, or uses what is not supported.</exception>
    public static ParquetFile Open(string path)
    {
        PageFile? file = null;
        try
        {
            file = new PageFile(File.OpenHandle(path));
            return new ParquetFile(path, file, ReadFooter(file));
        }
        catch (Exception error)
        {
            file?.Dispose();
            throw error switch
            {
                ParquetFaultException => Fault(path, error),
                FileNotFoundException or DirectoryNotFoundException => new TSpinException($"{path}: no such file; check the path", error),
                IOException or UnauthorizedAccessException or NotSupportedException => new TSpinException($"{path}: cannot be read: {error.Message}", error),
                _ => error,
            };
        }
    }

    /// <summary>Reads all rows, lazily.</summary>
    /// <returns>The rows in order; each is valid until the next one is asked for.</returns>
    /// <exception cref="TSpinException">The file is damaged or uses what is not supported; rows before that place were given.</exception>
    public IEnumerable<ParquetRow> Read()
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        var number = 0L;
        for (var g = 0; g < _footer.RowGroups.Count; g++)
        {
            var group = _footer.RowGroups[g];
            var assembler = new RowAssembler(_file, _footer.Root, group, json, writer);
            for (var row = 0L; row < group.Rows; row++)
            {
                var fault = Guarded(assembler.Next, g);
                yield return new ParquetRow(++number, json.WrittenMemory, fault);
            }

            Guarded<object?>(
                () =>
                {
                    assembler.Finish();
                    return null;
                },
                g);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static Footer ReadFooter(PageFile file)
    {
        Span<byte> head = stackalloc byte[4];
        Span<byte> tail = stackalloc byte[TailBytes];
        if (file.Length < head.Length + TailBytes)
        {
            throw new ParquetFaultException($"{file.Length} bytes are no Parquet file");
        }

        file.Read(0, head);
        file.Read(file.Length - TailBytes, tail);
        if (tail[4..].SequenceEqual("PARE"u8) || head.SequenceEqual("PARE"u8))
        {
            throw new ParquetFaultException("the file is encrypted, which is not supported; write it without encryption");
        }

        if (!head.SequenceEqual("PAR1"u8))
        {
            throw new ParquetFaultException("is no Parquet file: it does not begin with PAR1");
        }

        if (!tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new ParquetFaultException("does not end with PAR1: the file is cut off, or still being written; download or write it again");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (size > file.Length - head.Length - TailBytes || size > LargestFooter)
        {
            throw new ParquetFaultException($"the footer is said to have {size} bytes in a file of {file.Length}; the file is damaged, download or write it again");
        }

        var start = file.Length - TailBytes - size;
        var bytes = new byte[size];
        file.Read(start, bytes);
        return FooterReader.Read(bytes, start);
    }

    private T Guarded<T>(Func<T> step, int group)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_file.IsClosed, this);
            return step();
        }
        catch (ParquetFaultException error)
        {
            throw Fault(_path, error, $"row group {group}: ");
        }
        catch (IOException error)
        {
            throw new TSpinException($"{_path}: cannot be read: {error.Message}", error);
        }
    }

    private static TSpinException Fault(string path, Exception error, string where = "") => new($"{path}: {where}{error.Message}{(error.Message.Contains(';', StringComparison.Ordinal) ? "" : "; download or write the file again")}", error);
}
