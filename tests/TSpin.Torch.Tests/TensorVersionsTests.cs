using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>No way of writing to a tensor stays unseen, least of all the kernels of our own.</summary>
public sealed class TensorVersionsTests
{
    [Theory]
    [InlineData("fill")]
    [InlineData("multiply")]
    [InlineData("copy")]
    [InlineData("random")]
    [InlineData("view")]
    [InlineData("detached")]
    [InlineData("other handle")]
    public void An_operation_in_place_is_counted(string how)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var tensor = Tensor.Zeros([4, 3]);
        var untouched = Tensor.Zeros([2]);
        var versions = new TensorVersions([untouched, tensor]);
        var before = versions.Sum();
        versions.Sum().ShouldBe(before);
        _ = tensor * 2;
        versions.Sum().ShouldBe(before, "nothing was written");
        switch (how)
        {
            case "fill":
                tensor.Fill(1);
                break;
            case "multiply":
                tensor.MultiplyInPlace(2);
                break;
            case "copy":
                tensor.CopyFrom(Tensor.Zeros([4, 3]));
                break;
            case "random":
                using (var random = new RandomGenerator(1))
                {
                    tensor.FillUniform(0, 1, random);
                }

                break;
            case "view":
                tensor.Narrow(0, 1, 2).Fill(1);
                break;
            case "detached":
                tensor.Detach().Fill(1);
                break;
            default:
                tensor.To(DType.Float32).Alias().Fill(1);
                break;
        }

        versions.Sum().ShouldBeGreaterThan(before);
    }

    [Theory]
    [InlineData(DType.Float32, false, false)]
    [InlineData(DType.BFloat16, true, false)]
    [InlineData(DType.BFloat16, false, true)]
    [InlineData(DType.BFloat16, false, false)]
    [InlineData(DType.Float64, false, false)]
    public void An_update_is_counted(DType type, bool withResidue, bool isRandom)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var parameter = Tensor.Full([70], 0.5, type);
        var gradient = Tensor.Full([70], 0.1, type);
        var wide = type == DType.Float64 ? type : DType.Float32;
        var residue = withResidue ? Tensor.Zeros([70], DType.BFloat16) : null;
        var versions = new TensorVersions([parameter]);
        var before = versions.Sum();
        FusedOptimizer.AdamW(
            [new UpdatedTensor(parameter, gradient, Tensor.Zeros([70], wide), Tensor.Zeros([70], wide)) { Residue = residue }],
            new AdamWConstants(0.1, 0.9, 0.999, 1e-8, 1, 1), isRandom ? 7UL : null);
        versions.Sum().ShouldBeGreaterThan(before);
        FusedOptimizer.RmsProp(
            [new UpdatedTensor(parameter, gradient, null, Tensor.Zeros([70], wide)) { Residue = residue }], new RmsPropConstants(0.1, 0.9, 1e-8, 1, 1), isRandom ? 7UL : null);
        versions.Sum().ShouldBeGreaterThan(before + 1);
    }

    [Fact]
    public void A_tensor_that_is_gone_is_refused()
    {
        var tensor = Tensor.Zeros([2]);
        var versions = new TensorVersions([tensor]);
        tensor.Dispose();
        Should.Throw<ObjectDisposedException>(() => versions.Sum());
    }
}
