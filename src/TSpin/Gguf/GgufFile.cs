using System.IO.MemoryMappedFiles;

namespace TSpin.Gguf;

/// <summary>
/// A GGUF file of version 2 or 3, memory-mapped: nothing but the header is read on opening, tensors are decoded to float32 where they lie
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Layout: the letters GGUF, the version, the numbers of tensors and of
/// metadata pairs, the pairs, the tensors' descriptions, padding, the tensors' blocks; all little endian.
/// </summary>
/// <remarks>Reading is thread-safe; <see cref="Dispose"/> must come after all reading.</remarks>
public sealed unsafe class GgufFile : IDisposable
{
    private const int DefaultAlignment = 32;
    private const int LeastPairBytes = 8 + 4 + 1;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private byte* _start;

    private GgufFile(string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view, byte* start, long length)
    {
        Path = path;
        _mapping = mapping;
        _view = view;
        _start = start;
        _length = length;

        var cursor = Cursor();
        Version = ReadVersion(cursor);
        var tensors = cursor.Count(GgufTensorList.LeastBytes, "the number of tensors");
        var pairs = cursor.Count(LeastPairBytes, "the number of metadata pairs");
        Metadata = new GgufMetadata(cursor, pairs, path, Cursor);
        Tensors = GgufTensorList.Read(cursor, tensors, Metadata.Integer("general.alignment") ?? DefaultAlignment, length);
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>The format's version, 2 or 3.</summary>
    public int Version { get; }

    /// <summary>What the file says of the model: architecture, sizes, vocabulary.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors by name, enumerated in the order of their bytes in the file.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file; dispose it after the last use of its values.</returns>
    /// <exception cref="TSpinException">
    /// The file is missing or unreadable, of another format or version, big endian, shorter than its header says, or a count, length,
    /// type, alignment, shape or offset in the header is impossible.
    /// </exception>
    public static GgufFile Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new TSpinException($"{full}: this is a folder, not a GGUF file. Name a file inside it.");
        }

        try
        {
            return OpenMapped(full);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TSpinException($"{full}: there is no such file. Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{full}: could not be read: {error.Message} Check the path and its permissions.", error);
        }
    }

    /// <summary>Decodes part of a tensor.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="first">Its first element to decode, in row-major order; a multiple of the type's block.</param>
    /// <param name="values">Where to: float32, as many elements as wanted, whole blocks.</param>
    /// <exception cref="TSpinException">The type is not one that TSpin decodes.</exception>
    /// <exception cref="ArgumentException">The tensor is not of this file, or the range is not whole blocks within it.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(GgufTensor tensor, long first, Span<float> values)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (!Tensors.TryGetValue(tensor.Name, out var own) || !ReferenceEquals(own, tensor))
        {
            throw new ArgumentException($"{Path} does not hold this entry ({tensor.Name}).", nameof(tensor));
        }

        var block = tensor.Type.BlockElements();
        if (first < 0 || first % block != 0 || values.Length % block != 0 || first + values.Length > tensor.ElementCount)
        {
            throw new ArgumentException($"{tensor.Name}, {tensor}, has no {values.Length} elements in whole blocks at {first}.", nameof(first));
        }

        var decode = Decoder(tensor);

        // A span of bytes holds less than a span of as many wide elements would need, so go in pieces.
        const int piece = 1 << 20;
        for (var done = 0; done < values.Length; done += piece)
        {
            var count = Math.Min(piece, values.Length - done);
            var offset = tensor.Offset + ((first + done) / block * tensor.Type.BlockBytes());
            decode(new ReadOnlySpan<byte>(_start + offset, count / block * tensor.Type.BlockBytes()), values.Slice(done, count));
        }
    }

    /// <summary>Refuses a tensor whose type cannot be decoded, before any work is done on others.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <exception cref="TSpinException">The type is not one that TSpin decodes.</exception>
    public void RequireDecodable(GgufTensor tensor) => _ = Decoder(tensor);

    /// <summary>Closes the mapping.</summary>
    public void Dispose()
    {
        if (_start is null)
        {
            return;
        }

        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _mapping.Dispose();
    }

    private BlockDecoding.Decoder Decoder(GgufTensor tensor) => BlockDecoding.Of(tensor.Type)
        ?? throw new TSpinException($"{Path}: tensor {tensor.Name} is of type {tensor.Type}, which TSpin does not decode; it decodes {GgufTypes.Decodable}. Use a copy of the model in one of these.");

    private GgufCursor Cursor()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new GgufCursor(_start, _length, Path);
    }

    private static GgufFile OpenMapped(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var length = stream.Length;
        if (length == 0)
        {
            throw new TSpinException($"{path}: the file is empty. Download or copy it again.");
        }

        var mapping = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = mapping.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new GgufFile(path, mapping, view, start + view.PointerOffset, length);
        }
        catch
        {
            if (start is not null)
            {
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            mapping.Dispose();
            throw;
        }
    }

    private int ReadVersion(GgufCursor cursor)
    {
        const uint letters = 0x46554747;
        const uint gitLfs = 0x73726576;
        var found = cursor.UInt32("the letters GGUF");
        if (found != letters)
        {
            throw new TSpinException(found == gitLfs
                ? $"{Path}: this is a git-lfs pointer, not the model. Run `git lfs pull` in its folder, or download the file itself."
                : $"{Path}: this is not a GGUF file (it does not begin with the letters GGUF). Files of the older formats ggml, ggmf and ggjt must be converted again from the original model.");
        }

        return cursor.UInt32("the version") switch
        {
            2 => 2,
            3 => 3,
            1 => throw new TSpinException($"{Path}: GGUF version 1, which was in use for a few days in 2023, is not supported; known are 2 and 3. Convert the model again."),
            var version when (version & 0xFFFF) == 0 => throw new TSpinException($"{Path}: this GGUF file is big endian, made for another kind of machine. Convert it with llama.cpp's gguf_convert_endian.py, or download the usual little-endian file."),
            var version => throw new TSpinException($"{Path}: GGUF version {version} is not supported; known are 2 and 3."),
        };
    }
}
