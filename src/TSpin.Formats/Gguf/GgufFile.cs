namespace TSpin.Gguf;

/// <summary>
/// A GGUF model of version 2 or 3, in one file or in several (<c>…-00001-of-00003.gguf</c>), memory-mapped: nothing but the headers is read
/// on opening, tensors are decoded to float32 where they lie (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
/// </summary>
/// <remarks>Reading is thread-safe; <see cref="Dispose"/> must come after all reading.</remarks>
public sealed class GgufFile : IDisposable
{
    private readonly IReadOnlyList<GgufPart> _parts;
    private readonly Dictionary<string, GgufPart> _partOf = new(StringComparer.Ordinal);

    private GgufFile(IReadOnlyList<GgufPart> parts)
    {
        _parts = parts;
        var tensors = new Dictionary<string, GgufTensor>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            foreach (var (name, tensor) in part.Tensors)
            {
                if (!_partOf.TryAdd(name, part))
                {
                    throw new TSpinException($"{part.Path}: tensor {Files.Excerpt.Of(name)} is in {System.IO.Path.GetFileName(_partOf[name].Path)} too. The parts are of different models; download them again.");
                }

                tensors.Add(name, tensor);
            }
        }

        Tensors = tensors;
    }

    /// <summary>The full path of the file, or of the first of several.</summary>
    public string Path => _parts[0].Path;

    /// <summary>The format's version, 2 or 3.</summary>
    public int Version => _parts[0].Version;

    /// <summary>What the file says of the model: architecture, sizes, vocabulary. Of several files the first says it.</summary>
    public GgufMetadata Metadata => _parts[0].Metadata;

    /// <summary>The tensors by name, enumerated in the order of their bytes in the file or files.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors { get; }

    /// <summary>Opens a file, and the others of its model where it is one of several, and checks their whole headers.</summary>
    /// <param name="path">The file, or any part of a model in several.</param>
    /// <returns>The open file; dispose it after the last use of its values.</returns>
    /// <exception cref="TSpinException">
    /// The file or another part is missing or unreadable, of another format or version, big endian, shorter than its header says, or a
    /// count, length, type, alignment, shape or offset in the header is impossible, or the parts don't belong together.
    /// </exception>
    public static GgufFile Open(string path)
    {
        var parts = GgufParts.Open(path);
        try
        {
            return new GgufFile(parts);
        }
        catch
        {
            GgufParts.Close(parts);
            throw;
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
        var part = PartOf(tensor);
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
            var offset = (first + done) / block * tensor.Type.BlockBytes();
            decode(part.Bytes(tensor, offset, count / block * tensor.Type.BlockBytes()), values.Slice(done, count));
        }
    }

    /// <summary>Whether two tensors are the same in type, shape and every byte, as a head that was written beside the embedding it is tied to.</summary>
    /// <param name="a">One of <see cref="Tensors"/>.</param>
    /// <param name="b">Another.</param>
    /// <returns>True when they are.</returns>
    public bool SameBytes(GgufTensor a, GgufTensor b)
    {
        if (a.Type != b.Type || !a.Shape.AsSpan().SequenceEqual(b.Shape))
        {
            return false;
        }

        var (partOfA, partOfB) = (PartOf(a), PartOf(b));
        const int piece = 1 << 24;
        for (long offset = 0; offset < a.ByteLength; offset += piece)
        {
            var count = (int)Math.Min(piece, a.ByteLength - offset);
            if (!partOfA.Bytes(a, offset, count).SequenceEqual(partOfB.Bytes(b, offset, count)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Refuses a tensor whose type cannot be decoded, before any work is done on others.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <exception cref="TSpinException">The type is not one that TSpin decodes.</exception>
    public void RequireDecodable(GgufTensor tensor) => _ = Decoder(tensor);

    /// <summary>Closes the mappings.</summary>
    public void Dispose() => GgufParts.Close(_parts);

    private GgufPart PartOf(GgufTensor tensor) => Tensors.TryGetValue(tensor.Name, out var own) && ReferenceEquals(own, tensor)
        ? _partOf[tensor.Name]
        : throw new ArgumentException($"{Path} does not hold this entry ({tensor.Name}).", nameof(tensor));

    private BlockDecoding.Decoder Decoder(GgufTensor tensor) => BlockDecoding.Of(tensor.Type)
        ?? throw new TSpinException($"{Path}: tensor {tensor.Name} is of type {tensor.Type}, which TSpin does not decode; it decodes {GgufTypes.Decodable}. Use a copy of the model in one of these.");
}
