using System.Buffers.Binary;
using TSpin.Files;

namespace TSpin.Safetensors;

/// <summary>
/// A safetensors file, memory-mapped: nothing but the header is read on opening, and a tensor's bytes are read from disk when they
/// are touched. Format: an unsigned 64-bit little-endian header length, a JSON header, the tensors' bytes
/// (https://huggingface.co/docs/safetensors). Bytes are used as they lie, so the machine must be little endian, as every
/// machine that .NET 10 and libtorch share is.
/// </summary>
/// <remarks>Reading is thread-safe; <see cref="Dispose"/> must come after all reading.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    /// <summary>Longest header accepted, in bytes; the safetensors library's own limit.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    private const int LengthBytes = 8;

    private readonly MappedFile _file;

    private SafetensorsFile(string path, MappedFile file, SafetensorsHeader header)
    {
        Path = path;
        Tensors = header.Tensors;
        Metadata = header.Metadata;
        _file = file;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>The tensors by name, enumerated in the order of their bytes in the file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The header's <c>__metadata__</c>, for example <c>format = pt</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it after the last use of its bytes.</returns>
    /// <exception cref="TSpinException">
    /// The file is missing or unreadable, shorter or longer than its header says, the header is no valid header, a dtype is unknown, or
    /// the tensors' ranges overlap, leave holes or disagree with their shapes.
    /// </exception>
    public static SafetensorsFile Open(string path) =>
        MappedFile.Open(path, "a safetensors file", "Check the path, or download the checkpoint's weights (model.safetensors).", OpenMapped);

    /// <summary>The first byte of a tensor, in the mapping: valid until <see cref="Dispose"/>, never to be written through.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <returns>A pointer to <see cref="TensorEntry.ByteLength"/> readable bytes; its alignment is whatever the file gives.</returns>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    /// <exception cref="ArgumentException">The entry is not of this file.</exception>
    public byte* Pointer(TensorEntry entry)
    {
        var start = _file.Start;
        return Tensors.TryGetValue(entry.Name, out var own) && ReferenceEquals(own, entry)
            ? start + entry.Offset
            : throw new ArgumentException($"{Path} does not hold this entry ({entry.Name}).", nameof(entry));
    }

    /// <summary>A tensor's bytes, for tensors below 2 GiB; larger ones through <see cref="Pointer"/>.</summary>
    /// <param name="entry">One of <see cref="Tensors"/>.</param>
    /// <returns>The bytes in the mapping, valid until <see cref="Dispose"/>.</returns>
    /// <exception cref="ArgumentException">The tensor has 2 GiB or more, or is not of this file.</exception>
    public ReadOnlySpan<byte> Bytes(TensorEntry entry) => entry.ByteLength <= int.MaxValue
        ? new ReadOnlySpan<byte>(Pointer(entry), (int)entry.ByteLength)
        : throw new ArgumentException($"{entry.Name} has {entry.ByteLength} bytes, more than a span can hold; use Pointer.", nameof(entry));

    /// <summary>Closes the mapping; every pointer and span into it becomes invalid.</summary>
    public void Dispose() => _file.Dispose();

    private static SafetensorsFile OpenMapped(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var headerBytes = ReadHeaderLength(stream, path, stream.Length);
        return MappedFile.Map(stream, file =>
        {
            var dataStart = LengthBytes + headerBytes;
            var header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(file.Start + LengthBytes, (int)headerBytes), path, dataStart, file.Length - dataStart);
            return new SafetensorsFile(path, file, header);
        });
    }

    private static long ReadHeaderLength(FileStream stream, string path, long fileBytes)
    {
        const string Again = "Download or copy it again.";
        if (fileBytes < LengthBytes)
        {
            throw new TSpinException($"{path}: {fileBytes} bytes are too few for a safetensors file, which starts with an {LengthBytes}-byte header length. {Again}");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        if (prefix.StartsWith("version "u8))
        {
            throw new TSpinException($"{path}: this is a git-lfs pointer, not the weights. Run `git lfs pull` in its folder, or download the file itself.");
        }

        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > MaxHeaderBytes)
        {
            throw new TSpinException($"{path}: the header length {headerBytes} exceeds the limit of {MaxHeaderBytes} bytes; this is not a safetensors file, or it is damaged. {Again}");
        }

        if (headerBytes > (ulong)(fileBytes - LengthBytes))
        {
            throw new TSpinException(
                $"{path}: truncated or damaged: the header is said to have {headerBytes} bytes, but only {fileBytes - LengthBytes} follow its length. {Again}");
        }

        return (long)headerBytes;
    }
}
