using Shouldly;
using TSpin.Models;
using TSpin.Models.Gguf;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models.Gguf;

public class GgufModelTests
{
    [Fact]
    public void RowsInNeighbouringPairsComeBackInHalves()
    {
        // Two heads of four rows, one value wide. On paper: the converter writes rows 0 1 2 3 of a head as 0 2 1 3.
        GgufWeights.InHalves([0, 2, 1, 3, 10, 12, 11, 13], 1, 4).ShouldBe([0, 1, 2, 3, 10, 11, 12, 13]);
    }

    [Fact]
    public void SmolLm2ComputesTheSameFromItsGgufAndFromTheFolderMadeOfIt()
    {
        var file = Path.Combine(SharedFolder.Require("data", "models", "smollm2-135m-instruct"), "SmolLM2-135M-Instruct.Q4_1.gguf");
        const string folder = "/tmp/smollm2";
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "model.safetensors")), $"to_hf.py has not written {folder}");

        var config = DecoderConfigReader.Read(file);
        var expected = DecoderConfigReader.Read(folder);
        config.NormEpsilon.ShouldBe(expected.NormEpsilon);
        config.EosIds.ShouldBe(expected.EosIds);
        config.TieEmbeddings.ShouldBeTrue();

        // The folder holds bfloat16, so the file's values are rounded the same way before both compute in float32.
        using var scope = new TensorScope();
        using var fromFolder = DecoderLoader.Load(folder, DType.BFloat16);
        using var fromFile = DecoderLoader.Load(file, DType.BFloat16);
        fromFile.Weights.Names.ShouldBe(fromFolder.Weights.Names, ignoreOrder: true);
        foreach (var name in fromFolder.Weights.Names)
        {
            var same = fromFile.Parameters[name].To(DType.Float32, Device.Cpu).ToArray<float>()
                .AsSpan().SequenceEqual(fromFolder.Parameters[name].To(DType.Float32, Device.Cpu).ToArray<float>());
            same.ShouldBeTrue(name);
        }
    }
}
