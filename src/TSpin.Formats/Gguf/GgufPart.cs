using TSpin.Files;

namespace TSpin.Gguf;

/// <summary>
/// One file of a GGUF model, memory-mapped. Layout: the letters GGUF, the version, the numbers of tensors and of metadata pairs, the pairs,
/// the tensors' descriptions, padding, the tensors' blocks; all little endian.
/// </summary>
internal sealed unsafe class GgufPart : IDisposable
{
    private const int DefaultAlignment = 32;
    private const int LeastPairBytes = 8 + 4 + 1;

    private readonly MappedFile _file;

    private GgufPart(string path, MappedFile file)
    {
        Path = path;
        _file = file;

        var cursor = Cursor();
        Version = ReadVersion(cursor);
        var tensors = cursor.Count(GgufTensorList.LeastBytes, "the number of tensors");
        var pairs = cursor.Count(LeastPairBytes, "the number of metadata pairs");
        Metadata = new GgufMetadata(cursor, pairs, path, Cursor);
        Tensors = GgufTensorList.Read(cursor, tensors, Metadata.Integer("general.alignment") ?? DefaultAlignment, file.Length);
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
    public static GgufPart Open(string path) => MappedFile.Open(path, "a GGUF file", "Check the path.", OpenMapped);

    /// <summary>The bytes of a tensor of this file, from an offset within it.</summary>
    public ReadOnlySpan<byte> Bytes(GgufTensor tensor, long offset, int count) => new(_file.Start + tensor.Offset + offset, count);

    /// <summary>Closes the mapping.</summary>
    public void Dispose() => _file.Dispose();

    private GgufCursor Cursor() => new(_file.Start, _file.Length, Path);

    private static GgufPart OpenMapped(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        return stream.Length > 0 ? MappedFile.Map(stream, file => new GgufPart(path, file))
            : throw new TSpinException($"{path}: the file is empty. Download or copy it again.");
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
                : $"{Path}: this is not a GGUF file (it does not begin with the letters GGUF). Name a GGUF file; convert files of the older formats ggml, ggmf and ggjt again from the original model.");
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
