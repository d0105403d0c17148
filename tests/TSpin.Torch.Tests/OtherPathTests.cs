using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>
/// The fused operations where no kernel of ours runs, against the kernels: by libtorch's own operations on the CPU, and on a CUDA device where
/// there is one (skipped, and counted as skipped, where not).
/// </summary>
public sealed class OtherPathTests
{
    public static TheoryData<string, DType, double> Places => new()
    {
        { "aten", DType.Float64, 1e-12 },
        { "aten", DType.Float32, 5e-6 },
        { "aten", DType.BFloat16, 2e-2 },
        { "cuda", DType.Float64, 1e-12 },
        { "cuda", DType.Float32, 1e-5 },
        { "cuda", DType.BFloat16, 2e-2 },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Norm(string place, DType type, double tolerance) => Compare(place, type, tolerance, [[3, 67, 37], [37]], x => FusedLayers.RmsNorm(x[0], x[1], 1e-5));

    [Theory]
    [MemberData(nameof(Places))]
    public void Norm_with_one_plus_weight(string place, DType type, double tolerance) =>
        Compare(place, type, tolerance, [[130, 37], [37]], x => FusedLayers.RmsNorm(x[0], x[1], 1e-5, plusOne: true));

    [Theory]
    [MemberData(nameof(Places))]
    public void Gated_unit(string place, DType type, double tolerance) => Compare(place, type, tolerance, [[131, 257], [131, 257]], x => FusedLayers.SwiGlu(x[0] * 3, x[1]));

    [Theory]
    [MemberData(nameof(Places))]
    public void Head(string place, DType type, double tolerance)
    {
        const int rows = 300;
        const int vocabulary = 16000; // more than one chunk on the CPU
        long[] targets = [.. Enumerable.Range(0, rows).Select(i => i * 7919L % vocabulary)];
        Compare(place, type, tolerance, [[rows, 8], [vocabulary, 8]], x => FusedLayers.LogProbHead(x[0], x[1], Tensor.From(targets, x[0].Device)));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Embedding(string place, DType type, double tolerance)
    {
        long[] ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
        Compare(place, type, tolerance, [[11, 7]], x => Layers.Embedding(x[0], Tensor.From(ids, x[0].Device)));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Norm_of_gradients(string place, DType type, double tolerance)
    {
        using var scope = new TensorScope();
        Tensor[] here = [Given.Spread([70000]).To(type), Given.Spread([3, 5], salt: 1).To(type)];
        var expected = FusedOptimizer.SumOfSquares([here[0], null, here[1]]);
        var actual = On(place, device => FusedOptimizer.SumOfSquares([here[0].To(type, device), null, here[1].To(type, device)]));
        actual.ShouldBe(expected, Math.Max(tolerance * 1e-1, 1e-12) * expected);
    }

    [Theory]
    [InlineData("aten", DType.Float32)]
    [InlineData("aten", DType.BFloat16)]
    [InlineData("cuda", DType.Float32)]
    [InlineData("cuda", DType.BFloat16)]
    public void Optimizer_step(string place, DType gradientType)
    {
        using var scope = new TensorScope();
        var expected = Steps(Device.Cpu);
        var actual = On(place, Steps);
        for (var i = 0; i < expected.Length; i++)
        {
            actual[i].ShouldHold(expected[i].Shape, expected[i].To(DType.Float64).ToArray<double>(), 1e-6);
        }

        Tensor[] Steps(Device device)
        {
            // Two decays, so that tensors are updated in more than one group; one parameter in two halves.
            long[][] shapes = [[70000], [3, 5], [9]];
            Tensor[] parameters = [.. shapes.Select((shape, i) => Given.Spread(shape, salt: i).To(DType.Float32, device, copy: true))];
            Tensor[] firsts = [.. shapes.Select(shape => Tensor.Zeros(shape, DType.Float32, device))];
            Tensor[] seconds = [.. shapes.Select(shape => Tensor.Zeros(shape, DType.Float32, device))];
            (parameters[2], var residue) = Float32Halves.Split(parameters[2]);
            for (var step = 1; step <= 3; step++)
            {
                Tensor[] gradients = [.. shapes.Select((shape, i) => Given.Spread(shape, salt: (7 * step) + i).To(gradientType, device))];
                FusedOptimizer.AdamW(
                    [.. shapes.Select((_, i) => new UpdatedTensor(parameters[i], gradients[i], firsts[i], seconds[i]) { Residue = i == 2 ? residue : null, Decay = i == 1 ? 0 : 0.1 })],
                    new AdamWConstants(1e-2, 0.9, 0.999, 1e-8, step, 0.7));
            }

            parameters[2] = Float32Halves.Join(parameters[2], residue);
            return [.. parameters.Concat(firsts).Concat(seconds).Select(tensor => tensor.To(DType.Float32, Device.Cpu))];
        }
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_no_number_on_a_device()
    {
        Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
        using var scope = new TensorScope();
        var device = Device.Cuda(0);
        var result = FusedLayers.LogProbHead(Tensor.Zeros([3, 2], DType.Float32, device), Tensor.Zeros([3, 2], DType.Float32, device), Tensor.From([0L, 3, -1], device)).ToArray<float>();
        result[0].ShouldBe(-MathF.Log(3), 1e-6f);
        result[1..].ShouldAllBe(value => float.IsNaN(value));
    }

    [Fact]
    public void Kernels_are_on_until_they_are_turned_off()
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        TorchLibrary.UsesKernels.ShouldBeTrue();
        On("aten", _ => TorchLibrary.UsesKernels).ShouldBeFalse();
        TorchLibrary.UsesKernels.ShouldBeTrue();
    }

    [Fact]
    public void A_device_says_what_it_is()
    {
        Should.Throw<TorchException>(() => TorchLibrary.PropertiesOf(Device.Cpu)).Message.ShouldContain("no CUDA device");
        Should.Throw<TorchException>(() => TorchLibrary.PropertiesOf(Device.Cuda(127)));
        Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
        var properties = TorchLibrary.PropertiesOf(Device.Cuda(0));
        properties.Name.ShouldNotBeEmpty();
        properties.TotalBytes.ShouldBeGreaterThan(1L << 30);
        properties.FreeBytes.ShouldBeInRange(1, properties.TotalBytes);
    }

    private static T On<T>(string place, Func<Device, T> body)
    {
        if (place == "cuda")
        {
            Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
            return body(Device.Cuda(0));
        }

        var before = TorchLibrary.UsesKernels;
        TorchLibrary.UsesKernels = false;
        try
        {
            return body(Device.Cpu);
        }
        finally
        {
            TorchLibrary.UsesKernels = before;
        }
    }

    // Result and gradients of an operation, relative to their largest element.
    private static void Compare(string place, DType type, double tolerance, long[][] shapes, Func<Tensor[], Tensor> operation)
    {
        using var scope = new TensorScope();
        var expected = Results(Device.Cpu);
        foreach (var (a, e) in On(place, Results).Zip(expected))
        {
            a.Zip(e, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan(tolerance * Math.Max(1, e.Max(Math.Abs)));
        }

        double[][] Results(Device device)
        {
            Tensor[] inputs = [.. shapes.Select((shape, i) => Given.Spread(shape, salt: i).To(type, device, copy: true))];
            foreach (var input in inputs)
            {
                input.RequiresGrad = true;
            }

            var result = operation(inputs);
            (result * Given.Spread(result.Shape, salt: 9).To(result.DType, device)).Sum().Backward();
            return [.. inputs.Select(input => input.Grad()!).Prepend(result.Detach()).Select(tensor => tensor.To(DType.Float64, Device.Cpu).ToArray<double>())];
        }
    }
}
