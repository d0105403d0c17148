using System.Runtime.InteropServices;
using Shouldly;
using TSpin.Gguf;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Gguf;

public class RecordedGgufTests
{
    [Fact]
    public void EveryTypeDecodesToWhatTheGgufPackageDecodes()
    {
        using var file = GgufFile.Open(SharedFolder.Require("reference", "formats", "gguf", "types.gguf"));
        using var expected = SafetensorsFile.Open(SharedFolder.Require("reference", "formats", "gguf", "types.expected.safetensors"));
        file.Tensors.Count.ShouldBe(expected.Tensors.Count);
        foreach (var tensor in file.Tensors.Values)
        {
            var recorded = MemoryMarshal.Cast<byte, float>(expected.Bytes(expected.Tensors[tensor.Name]));
            var values = new float[tensor.ElementCount];
            file.Read(tensor, 0, values);
            values.Length.ShouldBe(recorded.Length);
            for (var i = 0; i < values.Length; i++)
            {
                Math.Abs(values[i] - recorded[i]).ShouldBeLessThanOrEqualTo(1e-6f * Math.Abs(recorded[i]), $"{tensor.Name}[{i}]");
            }
        }
    }
}
