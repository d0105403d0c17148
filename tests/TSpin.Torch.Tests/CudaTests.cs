using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>What differs on a CUDA device. Skipped, and counted as skipped, where libtorch sees none.</summary>
public sealed class CudaTests
{
    [Fact]
    public void Without_a_device_the_error_says_so()
    {
        Assert.SkipWhen(TorchLibrary.CudaDeviceCount > 0, "this machine has a CUDA device");
        var error = Should.Throw<TorchException>(() => Tensor.Zeros([2], DType.Float32, Device.Cuda(0)));
        error.Message.ShouldContain("CUDA");
        Should.Throw<TorchException>(() => new RandomGenerator(1, Device.Cuda(0)));
        TorchLibrary.Synchronize(Device.Cpu);
    }

    [Fact]
    public void Tensors_travel_and_come_back()
    {
        var device = RequireCuda();
        using var scope = new TensorScope();
        var x = Given.Spread([3, 4]);
        var there = x.To(DType.Float64, device);
        there.Device.ShouldBe(device);
        there.ToString().ShouldBe("Float64 [3, 4] on cuda:0");
        there.MaxAbsDifference(there).ShouldBe(0);
        there.ToArray<double>().ShouldBe(x.ToArray<double>());
        Tensor.From([1f, 2f], device).Sum().Item().ShouldBe(3);
        Should.Throw<TorchException>(() => there.DataPointer()).Message.ShouldContain("cuda:0");
        Should.Throw<TorchException>(() => x + there).Message.ShouldContain("float64 [3, 4] cuda:0");
        TorchLibrary.Synchronize(device);
    }

    [Fact]
    public void Layers_and_gradients_equal_the_processor()
    {
        var device = RequireCuda();
        using var scope = new TensorScope();
        var here = Loss(Device.Cpu);
        var there = Loss(device);
        there.ShouldBe(here, 1e-12 * Math.Abs(here));

        static double Loss(Device device)
        {
            var weight = Given.Spread([8, 8], salt: 1).To(DType.Float64, device, copy: true);
            weight.RequiresGrad = true;
            var input = Given.Spread([4, 8]).To(DType.Float64, device);
            var hidden = Layers.RmsNorm(Layers.Linear(input, weight).Silu(), Tensor.Full([8], 1, DType.Float64, device), 1e-5);
            hidden.LogSoftmax(-1).Select(1, 2).Sum().Backward();
            return Tensor.SumOfSquares([weight.Grad()]);
        }
    }

    [Fact]
    public void Generators_on_the_device_repeat_and_leave_the_default_alone()
    {
        var device = RequireCuda();
        using var scope = new TensorScope();
        Draw(5).ShouldBe(Draw(5));
        Draw(5).ShouldNotBe(Draw(6));
        Draw(5).ShouldNotBe(Draw(5 + (1UL << 32)));
        using var ofProcessor = new RandomGenerator(5);
        Should.Throw<TorchException>(() => Tensor.Zeros([4], DType.Float32, device).FillNormal(0, 1, ofProcessor));

        float[] Draw(ulong seed)
        {
            using var generator = new RandomGenerator(seed, device);
            return Tensor.Empty([16], DType.Float32, device).FillNormal(0, 1, generator).ToArray<float>();
        }
    }

    private static Device RequireCuda()
    {
        Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
        return Device.Cuda(0);
    }
}
