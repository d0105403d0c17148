using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Apache.Arrow.Ipc;
using ParquetSharp;
using ParquetSharp.Arrow;
using TSpin.Arrow;

namespace TSpin.Parquet;

/// <summary>
/// A Parquet file (https://parquet.apache.org/docs/file-format/), read by ParquetSharp (Apache Arrow's own reader, in C++) in batches of a few rows: in memory
/// there are some pages of each column, never a row group. Everything that pyarrow reads is read; columns of types that are not shown (intervals) are left out.
/// Encrypted files are refused, checksums of pages verified where they are present.
/// </summary>
public sealed partial class ParquetFile : IDisposable
{
    private const int TailBytes = 8;
    private const long BatchBytes = 16 << 20;
    private const int MostBatchRows = 1024;
    private readonly string _path;
    private readonly FileReader _reader;
    private readonly ArrowColumns _columns;

    private ParquetFile(string path, FileReader reader, ArrowColumns columns) => (_path, _reader, _columns) = (path, reader, columns);

    /// <summary>The columns, in the schema's order; those that are not read are not among them.</summary>
    public IReadOnlyList<ParquetColumn> Columns => [.. _columns.Read.Select(column => new ParquetColumn(column.Field.Name, ArrowTypes.Name(column.Field.DataType)))];

    /// <summary>Which columns are not read, and why; empty for none.</summary>
    public string NotRead => _columns.NotRead;

    /// <summary>How many rows there are.</summary>
    public long Rows => _reader.ParquetReader.FileMetaData.NumRows;

    /// <summary>How many row groups they are stored in.</summary>
    public int RowGroups => _reader.NumRowGroups;

    /// <summary>The program that wrote the file, or empty.</summary>
    public string CreatedBy => _reader.ParquetReader.FileMetaData.CreatedBy;

    /// <summary>Opens a file and reads its footer.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file, to be disposed.</returns>
    /// <exception cref="TSpinException">It cannot be read, is no Parquet file, is damaged, or uses what is not supported.</exception>
    public static ParquetFile Open(string path)
    {
        FileReader? reader = null;
        try
        {
            RequireWhole(path);
            using var reading = ReaderProperties.GetDefaultReaderProperties();
            reading.EnableBufferedStream();
            reading.EnablePageChecksumVerification();
            using var arrow = ArrowReaderProperties.GetDefault();
            arrow.UseThreads = false;
            arrow.PreBuffer = false;
            arrow.ArrowExtensionEnabled = true;
            arrow.BatchSize = BatchRows(path, reading);
            reader = new FileReader(path, reading, arrow);
            return new ParquetFile(path, reader, ArrowColumns.Of(reader.Schema));
        }
        catch (Exception error)
        {
            reader?.Dispose();
            throw error switch
            {
                TSpinException => error,
                FileNotFoundException or DirectoryNotFoundException => new TSpinException($"{path}: no such file; check the path", error),
                IOException or UnauthorizedAccessException => new TSpinException($"{path}: cannot be read: {error.Message}", error),
                _ => Fault(path, error),
            };
        }
    }

    /// <summary>Reads all rows, lazily.</summary>
    /// <returns>The rows in order; each is valid until the next one is asked for.</returns>
    /// <exception cref="TSpinException">The file is damaged or uses what is not supported; rows before that place were given.</exception>
    public IEnumerable<ParquetRow> Read()
    {
        var leaves = Leaves();
        using var batches = Guarded<IArrowArrayStream>(() => _reader.GetRecordBatchReader(columns: leaves));
        using var rows = new ArrowRowWriter(_columns);
        var number = 0L;
        while (Guarded(() => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } batch)
        {
            using (batch)
            {
                for (var row = 0; row < batch.Length; row++)
                {
                    var (json, fault) = Guarded(() => rows.Write(batch, row));
                    yield return new ParquetRow(++number, json, fault);
                }
            }
        }

        if (number != Rows)
        {
            throw new TSpinException($"{_path}: the footer speaks of {Rows} rows, its columns hold {number}; the file is damaged, download or write it again");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    // What is wrong with most files that cannot be read, said better than the library does.
    private static void RequireWhole(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> head = stackalloc byte[4];
        Span<byte> tail = stackalloc byte[TailBytes];
        if (length < head.Length + TailBytes || RandomAccess.Read(file, head, 0) < head.Length || RandomAccess.Read(file, tail, length - TailBytes) < TailBytes)
        {
            throw new TSpinException($"{path}: {length} bytes are no Parquet file; download or write it again");
        }

        if (tail[4..].SequenceEqual("PARE"u8) || head.SequenceEqual("PARE"u8))
        {
            throw new TSpinException($"{path}: the file is encrypted, which is not supported; write it without encryption");
        }

        if (!head.SequenceEqual("PAR1"u8))
        {
            throw new TSpinException($"{path}: is no Parquet file: it does not begin with PAR1; give its format by the name it ends in, or download it again");
        }

        if (!tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new TSpinException($"{path}: does not end with PAR1: the file is cut off, or still being written; download or write it again");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) is var size && size > length - head.Length - TailBytes)
        {
            throw new TSpinException($"{path}: the footer is said to have {size} bytes in a file of {length}; the file is damaged, download or write it again");
        }
    }

    // As many rows as make some megabytes.
    private static long BatchRows(string path, ReaderProperties reading)
    {
        using var file = new ParquetFileReader(path, reading);
        var (bytes, rows) = (0L, 0L);
        for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
        {
            using var reader = file.RowGroup(group);
            bytes += Math.Max(0, reader.MetaData.TotalByteSize);
            rows += Math.Max(0, reader.MetaData.NumRows);
        }

        return rows == 0 ? MostBatchRows : Math.Clamp(BatchBytes / Math.Max(1, bytes / rows), 1, MostBatchRows);
    }

    // The file's columns below those that are read: a struct or list has several.
    private int[]? Leaves()
    {
        if (_columns.NotRead.Length == 0)
        {
            return null;
        }

        var names = _columns.Read.Select(column => column.Field.Name).ToHashSet(StringComparer.Ordinal);
        var schema = _reader.ParquetReader.FileMetaData.Schema;
        return [.. Enumerable.Range(0, _reader.ParquetReader.FileMetaData.NumColumns).Where(i => names.Contains(schema.Column(i).Path.ToDotVector()[0]))];
    }

    private T Guarded<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        // From the C++ library come ParquetException and what the memory of arrays throws.
        catch (Exception error) when (error is not (TSpinException or ObjectDisposedException))
        {
            throw Fault(_path, error);
        }
    }

    private static TSpinException Fault(string path, Exception error) => new(
        $"{path}: cannot be read: {(Stated().Match(error.Message) is { Success: true } stated ? stated.Groups[1].Value : error.Message).TrimEnd('.', ' ')}; "
        + "the file is damaged, or has what is not supported: download it again, or write it with pyarrow's defaults", error);

    [GeneratedRegex(@"\(message: '(.*)'\)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Stated();
}
