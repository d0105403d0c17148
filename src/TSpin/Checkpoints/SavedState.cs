using System.Globalization;
using TSpin.Safetensors;
using TSpin.Torch;

namespace TSpin.Checkpoints;

/// <summary>
/// A saved training state, open for reading: one file, or a file that names the parts which as many processes wrote. Tensors are read slice by slice, whoever wrote them; nothing but headers is read
/// on opening.
/// </summary>
internal sealed class SavedState : IDisposable
{
    /// <summary>Steps done, in the header of every file.</summary>
    public const string StepKey = "step";

    /// <summary>How many parts there are, in the header of every file that is not alone.</summary>
    public const string PartsKey = "parts";

    /// <summary>Which of the parts a file is, from 1.</summary>
    public const string PartKey = "part";

    // What a damaged number could ask for.
    private const int MostParts = 1 << 16;

    private readonly string _path;
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, List<Slice>> _slices = new(StringComparer.Ordinal);

    private SavedState(string path) => _path = path;

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Opens a state and whatever parts it names.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The state.</returns>
    /// <exception cref="TSpinException">A file is damaged, or a part is missing or of another state.</exception>
    public static SavedState Open(string path)
    {
        var state = new SavedState(path);
        try
        {
            state.Open();
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>What a file says of itself.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Steps done, and the number of parts; 0 where it is alone.</returns>
    /// <exception cref="TSpinException">It is damaged.</exception>
    public static (int Step, int Parts) Head(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return Head(file);
    }

    /// <summary>The name of a slice of a tensor in a part.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="begin">The first of its numbers.</param>
    /// <returns>The name, <c>@</c> and the number.</returns>
    public static string SliceName(string name, long begin) => FormattableString.Invariant($"{name}@{begin}");

    /// <summary>Finds all of a tensor, or says what is missing.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="like">A tensor of its shape.</param>
    /// <exception cref="TSpinException">It is missing, of another shape, or has holes.</exception>
    public void Require(string name, Tensor like)
    {
        if (!_slices.TryGetValue(name, out var slices) || (slices is [{ IsWhole: true } whole] && !whole.Entry.Shape.AsSpan().SequenceEqual(like.Shape)))
        {
            throw Another(name);
        }

        slices.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        var end = 0L;
        foreach (var slice in slices)
        {
            if (slice.Begin != end || slice.Entry.Type != slices[0].Entry.Type)
            {
                throw Another(name);
            }

            end += slice.Entry.ElementCount;
        }

        if (end != like.ElementCount)
        {
            throw Another(name);
        }
    }

    /// <summary>Reads a part of a tensor that <see cref="Require"/> has found.</summary>
    /// <param name="name">Of the tensor.</param>
    /// <param name="begin">The first of its numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="device">Where to.</param>
    /// <returns>Flat, in the type of the file.</returns>
    public Tensor Read(string name, long begin, long count, Device device)
    {
        var slices = _slices[name].Where(slice => slice.Begin < begin + count && slice.End > begin).ToArray();
        if (slices is [var only])
        {
            return Read(only, begin, count, device);
        }

        var joined = Tensor.Empty([count], TypeOf(_slices[name][0].Entry.Type), device);
        foreach (var slice in slices)
        {
            using var scope = new TensorScope();
            var (low, high) = (Math.Max(begin, slice.Begin), Math.Min(begin + count, slice.End));
            joined.Narrow(0, low - begin, high - low).CopyFrom(Read(slice, low, high - low, device));
        }

        return joined;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static unsafe Tensor Read(Slice slice, long begin, long count, Device device)
    {
        var bytes = slice.Entry.Type.ByteSize();
        return Tensor.FromPointer((nint)slice.File.Pointer(slice.Entry) + (nint)((begin - slice.Begin) * bytes), count * bytes, [count], TypeOf(slice.Entry.Type), device);
    }

    private static DType TypeOf(WeightType type) => type switch
    {
        WeightType.Float64 => DType.Float64,
        WeightType.BFloat16 => DType.BFloat16,
        _ => DType.Float32,
    };

    private static (int Step, int Parts) Head(SafetensorsFile file)
    {
        var parts = 0;
        return Number(file, StepKey) is { } step && (!file.Metadata.ContainsKey(PartsKey) || (parts = Number(file, PartsKey) ?? 0) is > 0 and <= MostParts)
            ? (step, parts)
            : throw new TSpinException($"{file.Path}: is no training state (no step, or an impossible number of parts). Delete it to start this stage again.");
    }

    private static int? Number(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Open()
    {
        _files.Add(SafetensorsFile.Open(_path));
        (Step, var parts) = Head(_files[0]);
        for (var part = 1; part <= parts; part++)
        {
            var name = StateFiles.Part(_path, Step, part, parts);
            if (!File.Exists(name))
            {
                throw new TSpinException($"{_path}: {name}, one of the {parts} parts of the state after step {Step}, is missing. Put it back beside the others, or delete {_path} to start this stage again.");
            }

            var file = SafetensorsFile.Open(name);
            _files.Add(file);
            if (Head(file) != (Step, parts) || Number(file, PartKey) != part)
            {
                throw new TSpinException($"{name}: is not part {part} of {parts} of the state after step {Step} that {_path} names. Put back the right one, or delete {_path} to start this stage again.");
            }
        }

        foreach (var file in _files)
        {
            foreach (var entry in file.Tensors.Values)
            {
                var slice = Slice.Of(file, entry, file.Metadata.ContainsKey(PartsKey), out var name);
                if (!_slices.TryGetValue(name, out var slices))
                {
                    _slices.Add(name, slices = []);
                }

                slices.Add(slice);
            }
        }
    }

    private TSpinException Another(string name) => new($"{_path}: {name} is missing or of another shape; the state is of another model. Delete it to start this stage again.");

    private sealed record Slice(SafetensorsFile File, TensorEntry Entry, long Begin, bool IsWhole)
    {
        public long End => Begin + Entry.ElementCount;

        public static Slice Of(SafetensorsFile file, TensorEntry entry, bool isPart, out string name)
        {
            var at = isPart ? entry.Name.LastIndexOf('@') : -1;
            name = at < 0 ? entry.Name : entry.Name[..at];
            return at < 0 ? new Slice(file, entry, 0, IsWhole: true)
                : entry.Shape.Length == 1 && long.TryParse(entry.Name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var begin) ? new Slice(file, entry, begin, IsWhole: false)
                : throw new TSpinException($"{file.Path}: {entry.Name} is no slice of a tensor. The file is damaged; delete the state to start this stage again.");
        }
    }
}
