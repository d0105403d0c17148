using System.IO.MemoryMappedFiles;

namespace TSpin.Gguf;

/// <summary>
/// One file of a GGUF model, memory-mapped. Layout: the letters GGUF, the version, the numbers of tensors and of metadata pairs, the pairs,
/// the tensors' descriptions, padding, the tensors' blocks; all little endian.
/// </summary>
internal sealed unsafe class GgufPart : IDisposable
{
    private const int DefaultAlignment = 32;
    private const int LeastPairBytes = 8 + 4 + 1;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private byte* _start;

    private GgufPart(string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view, byte* start, long length)
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
    public static GgufPart Open(string path)
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

    /// <summary>The bytes of a tensor of this file, from an offset within it.</summary>
    public ReadOnlySpan<byte> Bytes(GgufTensor tensor, long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new ReadOnlySpan<byte>(_start + tensor.Offset + offset, count);
    }

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

    private GgufCursor Cursor()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new GgufCursor(_start, _length, Path);
    }

    private static GgufPart OpenMapped(string path)
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
            return new GgufPart(path, mapping, view, start + view.PointerOffset, length);
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
