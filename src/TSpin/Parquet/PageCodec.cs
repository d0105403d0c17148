using System.IO.Compression;
using K4os.Compression.LZ4;
using Snappier;
using TSpin.Files;

namespace TSpin.Parquet;

/// <summary>Unpacks pages.</summary>
internal static class PageCodec
{
    private const int Uncompressed = 0;

    // A stated size is believed only where the bytes can hold it: in Snappy a copy of 64 bytes takes 3, in LZ4 a match costs a byte for each 255.
    private const long LargestSnappyRatio = 22;
    private const long LargestLz4Ratio = 255;

    /// <summary>Unpacks bytes by a codec of the format.</summary>
    /// <param name="codec">Its number (CompressionCodec of parquet.thrift).</param>
    /// <param name="source">Holds the packed bytes.</param>
    /// <param name="start">Where they start.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="size">How many bytes must come out.</param>
    /// <param name="target">Receives them; grown when it is too small, never far beyond what has really come out.</param>
    /// <exception cref="ParquetFaultException">The codec is not supported, or the bytes are damaged.</exception>
    public static void Unpack(int codec, byte[] source, int start, int count, int size, ref byte[] target)
    {
        switch (codec)
        {
            case Uncompressed:
                if (count != size)
                {
                    throw new ParquetFaultException($"an uncompressed page has {count} bytes where {size} are stated");
                }

                PageBuffer.Fit(ref target, size);
                source.AsSpan(start, count).CopyTo(target);
                break;
            case 1:
                UnpackSnappy(source.AsSpan(start, count), size, ref target);
                break;
            case 2:
                Unpack(packed => new GZipStream(packed, CompressionMode.Decompress), "gzip", source, start, count, size, ref target);
                break;
            case 3:
                throw Unsupported("LZO");
            case 4:
                Unpack(packed => new BrotliStream(packed, CompressionMode.Decompress), "Brotli", source, start, count, size, ref target);
                break;
            case 5:
                throw Unsupported("LZ4 in its old framing (LZ4_RAW is supported)");
            case 6:
                Unpack(packed => new ZstdStream(packed), "Zstandard", source, start, count, size, ref target);
                break;
            case 7:
                UnpackLz4(source.AsSpan(start, count), size, ref target);
                break;
            default:
                throw Unsupported($"the unknown codec {codec}");
        }
    }

    private static void Unpack(Func<Stream, Stream> open, string name, byte[] source, int start, int count, int size, ref byte[] target)
    {
        try
        {
            using var unpacked = open(new MemoryStream(source, start, count, writable: false));
            // A tenfold gain is usual; a larger size is believed only as its bytes come out.
            PageBuffer.Fit(ref target, (int)Math.Min(size, Math.Max(1 << 16, 10L * count)));
            var filled = 0;
            while (filled < size)
            {
                if (filled == target.Length)
                {
                    Array.Resize(ref target, (int)Math.Min(size, 2L * target.Length));
                }

                var read = unpacked.Read(target, filled, Math.Min(target.Length, size) - filled);
                if (read == 0)
                {
                    throw new ParquetFaultException($"a page has {filled} bytes after unpacking ({name}) where {size} are stated");
                }

                filled += read;
            }

            if (unpacked.ReadByte() >= 0)
            {
                throw new ParquetFaultException($"a page has more bytes after unpacking ({name}) than the {size} stated");
            }
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or IOException)
        {
            throw new ParquetFaultException($"a page cannot be unpacked: its {name} data are damaged ({error.Message})");
        }
    }

    private static void UnpackSnappy(ReadOnlySpan<byte> source, int size, ref byte[] target)
    {
        try
        {
            if (size > LargestSnappyRatio * source.Length || Snappy.GetUncompressedLength(source) != size)
            {
                throw Damaged("Snappy");
            }

            PageBuffer.Fit(ref target, size);
            if (Snappy.Decompress(source, target.AsSpan(0, size)) != size)
            {
                throw Damaged("Snappy");
            }
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or OverflowException)
        {
            throw Damaged("Snappy");
        }
    }

    private static void UnpackLz4(ReadOnlySpan<byte> source, int size, ref byte[] target)
    {
        if (size > LargestLz4Ratio * source.Length)
        {
            throw Damaged("LZ4");
        }

        PageBuffer.Fit(ref target, size);
        if (LZ4Codec.Decode(source, target.AsSpan(0, size)) != size)
        {
            throw Damaged("LZ4");
        }
    }

    private static ParquetFaultException Damaged(string codec) => new($"a page cannot be unpacked: its {codec} data are damaged");

    private static ParquetFaultException Unsupported(string codec) =>
        new($"the pages are compressed with {codec}, which is not supported; write the file with snappy, gzip, brotli, zstd, LZ4_RAW or none");
}
