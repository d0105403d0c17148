using TSpin.Safetensors;

namespace TSpin.Checks;

/// <summary>The tensors of a record, <c>expected.safetensors</c>.</summary>
internal sealed class RecordTensors : IDisposable
{
    private readonly SafetensorsFile _file;

    private RecordTensors(SafetensorsFile file) => _file = file;

    public static RecordTensors Open(string path) => new(SafetensorsFile.Open(path));

    public string Path => _file.Path;

    public bool Has(string name) => _file.Tensors.ContainsKey(name);

    /// <summary>A recorded float32 tensor; fails when it is missing or of another shape.</summary>
    public ReadOnlySpan<float> Float32(string name, params long[] shape)
    {
        if (!_file.Tensors.TryGetValue(name, out var entry))
        {
            throw new TSpinException($"{_file.Path}: tensor {name} is missing. Record it again together with its JSON.");
        }

        if (entry.Type != WeightType.Float32 || !entry.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new TSpinException(
                $"{_file.Path}: {name} is {entry.Type} [{string.Join(", ", entry.Shape)}], but this model and its record's JSON call for Float32 [{string.Join(", ", shape)}]. The record is of another model. Record it again.");
        }

        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(_file.Bytes(entry));
    }

    public void Dispose() => _file.Dispose();
}
