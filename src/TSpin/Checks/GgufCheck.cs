using System.Runtime.InteropServices;
using TSpin.Gguf;
using TSpin.Safetensors;

namespace TSpin.Checks;

/// <summary>Compares the decoded tensors of a GGUF file with recorded ones.</summary>
public static class GgufCheck
{
    private const double Relative = 1e-6;

    /// <summary>Checks every recorded tensor: shape, and each value to 1e-6 of its size.</summary>
    /// <param name="path">The GGUF file.</param>
    /// <param name="expected">A safetensors file with float32 tensors of the same names.</param>
    /// <returns>The report; its fault says what could not be read.</returns>
    public static CheckReport Run(string path, string expected)
    {
        var list = new CheckList();
        try
        {
            using var file = GgufFile.Open(path);
            using var record = SafetensorsFile.Open(expected);
            foreach (var (name, entry) in record.Tensors)
            {
                if (entry.Type != WeightType.Float32)
                {
                    throw new TSpinException($"{expected}: {name} is {entry}; recorded values must be F32.");
                }

                if (!file.Tensors.TryGetValue(name, out var tensor))
                {
                    list.Same("tensors", name, "missing", "present");
                    continue;
                }

                var shape = string.Join(", ", tensor.Shape);
                var recordedShape = string.Join(", ", entry.Shape);
                list.Same("shapes", name, shape, recordedShape);
                if (shape == recordedShape)
                {
                    Compare(list, file, tensor, MemoryMarshal.Cast<byte, float>(record.Bytes(entry)));
                }
            }
        }
        catch (TSpinException error)
        {
            return list.Report(path, error.Message);
        }

        return list.Report(path);
    }

    private static void Compare(CheckList list, GgufFile file, GgufTensor tensor, ReadOnlySpan<float> recorded)
    {
        var values = new float[recorded.Length];
        file.Read(tensor, 0, values);
        for (var i = 0; i < values.Length; i++)
        {
            list.Near($"{tensor.Type} values", $"{tensor.Name}[{i}]", values[i], recorded[i], Relative * Math.Abs(recorded[i]));
        }
    }
}
