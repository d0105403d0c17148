using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Work recorded and replayed on a CUDA device; skipped, and counted as skipped, where there is none or the library was built without graphs.</summary>
public sealed class CudaGraphTests
{
    [Fact]
    public void Without_graphs_the_error_says_so_and_nothing_is_run()
    {
        Assert.SkipWhen(CudaGraph.IsAvailable, "this machine has CUDA graphs");
        var live = TorchLibrary.LiveTensors;
        Should.Throw<TorchException>(() => CudaGraph.Capture(Device.Cpu, NeverRun));
        Should.Throw<TorchException>(() => CudaGraph.Capture(Device.Cuda(0), NeverRun)).Message.ShouldStartWith("graph_new(");
        TorchLibrary.LiveTensors.ShouldBe(live);

        static Tensor NeverRun() => throw new InvalidOperationException("it was run");
    }

    [Fact]
    public void A_replay_reads_what_its_inputs_hold_then()
    {
        var device = RequireGraphs();
        using var scope = new TensorScope();
        var weight = Given.Spread([64, 64], salt: 1).To(DType.Float32, device);
        var input = Tensor.Zeros([4, 64], DType.Float32, device);
        using var graph = CudaGraph.Capture(device, () => Layers.Linear(Layers.Linear(input, weight).Silu(), weight).Softmax(-1));
        foreach (var salt in new[] { 2, 3, 4 })
        {
            input.CopyFrom(Given.Spread([4, 64], salt: salt).To(DType.Float32));
            var expected = Layers.Linear(Layers.Linear(input, weight).Silu(), weight).Softmax(-1);
            graph.Replay().MaxAbsDifference(expected).ShouldBeLessThan(1e-6);
        }
    }

    [Fact]
    public void Graphs_of_one_pool_may_be_replayed_in_any_order_when_each_is_read_at_once()
    {
        var device = RequireGraphs();
        using var scope = new TensorScope();
        var input = Tensor.Full([1000], 1, DType.Float32, device);
        using var first = CudaGraph.Capture(device, () => (input + 1) * 2);
        using var second = CudaGraph.Capture(device, () => ((input + 2) * 3) + 1, first);
        foreach (var value in new[] { 1.0, 5.0 })
        {
            input.Fill(value);
            second.Replay().ToArray<float>().ShouldAllBe(x => x == (float)(((value + 2) * 3) + 1));
            first.Replay().ToArray<float>().ShouldAllBe(x => x == (float)((value + 1) * 2));
        }
    }

    [Fact]
    public void Work_that_waits_for_the_device_is_an_error_and_the_device_works_on()
    {
        var device = RequireGraphs();
        using var scope = new TensorScope();
        var input = Tensor.Full([10], 1, DType.Float32, device);
        Should.Throw<TorchException>(() => CudaGraph.Capture(device, () => input * input.Sum().Item()));
        (input + 1).Sum().Item().ShouldBe(20);
        using var graph = CudaGraph.Capture(device, () => input + 2);
        graph.Replay().Sum().Item().ShouldBe(30);
    }

    [Fact]
    public void Work_that_fails_leaves_the_thread_as_it_was()
    {
        var device = RequireGraphs();
        using var scope = new TensorScope();
        var input = Tensor.Full([10], 1, DType.Float32, device);
        for (var failsAt = 1; failsAt <= 3; failsAt++)
        {
            var runs = 0;
            Should.Throw<InvalidOperationException>(() => CudaGraph.Capture(device, () => ++runs == failsAt ? throw new InvalidOperationException("now") : input + 1));
            (input + failsAt).Sum().Item().ShouldBe(10 * (1 + failsAt));
        }
    }

    private static Device RequireGraphs()
    {
        Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
        Assert.SkipUnless(CudaGraph.IsAvailable, "the native library was built without CUDA's headers");
        return Device.Cuda(0);
    }
}
