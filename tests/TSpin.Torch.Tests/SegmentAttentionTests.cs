using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>The attention kernels against libtorch's own operations, results and gradients.</summary>
public sealed class SegmentAttentionTests
{
    // Segments that stand alone and that continue one, of one position, shorter and longer than a vector and than a block of queries (48), one without another that continues it, gaps between.
    private static readonly PackedSegment[] Segments =
    [
        new(0, 1), new(1, 1, 0), new(2, 5, 0),
        new(7, 17), new(24, 130, 3), new(154, 1, 3), new(155, 49, 3),
        new(206, 100),
    ];

    public static TheoryData<DType, int, int, int, int?, double?, int> Shapes => new()
    {
        { DType.Float64, 4, 4, 8, null, null, 8 },
        { DType.Float64, 6, 2, 10, null, null, 4 },
        { DType.Float64, 2, 1, 6, 3, 2.5, 0 },
        { DType.Float32, 3, 1, 64, null, null, 64 },
        { DType.Float32, 8, 4, 32, null, null, 32 },
        { DType.Float32, 4, 2, 20, 1, null, 20 },
        { DType.Float32, 4, 2, 16, 19, 5.0, 16 },
        { DType.Float32, 2, 2, 80, 60, null, 80 },
        { DType.BFloat16, 3, 1, 64, null, null, 64 },
        { DType.BFloat16, 4, 2, 24, 40, null, 12 },
        { DType.BFloat16, 8, 4, 32, 1, null, 32 },
        { DType.BFloat16, 2, 2, 9, null, null, 8 },
        { DType.BFloat16, 6, 2, 80, 19, 5.0, 40 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Equals_libtorch(DType type, int heads, int keyHeads, int width, int? window, double? softCap, int turned)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        const long tokens = 306;
        using var scope = new TensorScope();
        Tensor[] inputs = [Given.Spread([tokens, heads, width]).To(type), Given.Spread([tokens, keyHeads, width], salt: 1).To(type), Given.Spread([tokens, keyHeads, width], salt: 2).To(type)];
        var angle = Given.Spread([tokens, turned / 2], -3, 3, salt: 3);
        (Tensor, Tensor)? angles = turned == 0 ? null : (angle.Cos().To(type), angle.Sin().To(type));
        var weights = Given.Spread([tokens, heads, width], -1, 1, salt: 4).To(type);

        // Sums and the softmax of bfloat16 numbers are taken in float32 everywhere, so that is what all paths are compared with; what is multiplied may be rounded.
        var expected = Run(AttentionPath.BySegment, type == DType.BFloat16 ? DType.Float32 : type, Device.Cpu);
        Check("kernels", Run(AttentionPath.Best, type, Device.Cpu));
        if (softCap is null)
        {
            Check("in one call", Run(AttentionPath.InOneCall, type, Device.Cpu));
        }

        if (TorchLibrary.CudaDeviceCount > 0)
        {
            Check("on CUDA", Run(AttentionPath.Best, type, Device.Cuda(0)));
            Check("on CUDA, segment by segment", Run(AttentionPath.BySegment, type, Device.Cuda(0)));
        }

        void Check(string path, (string Name, double[] Values)[] actual)
        {
            var tolerance = type switch { DType.Float64 => 1e-12, DType.Float32 => 1e-5, _ => 3e-2 };
            foreach (var (name, a, e) in actual.Zip(expected, (a, e) => (a.Name, a.Values, e.Values)))
            {
                // Relative to the largest element: that is what rounding is relative to here.
                a.Zip(e, (x, y) => Math.Abs(x - y)).Max().ShouldBeLessThan(tolerance * Math.Max(1, e.Max(Math.Abs)), $"{path}: {name}");
            }
        }

        (string Name, double[] Values)[] Run(AttentionPath path, DType arithmetic, Device device)
        {
            Tensor[] leaves = [.. inputs.Select(input => input.To(arithmetic, device, copy: true))];
            foreach (var leaf in leaves)
            {
                leaf.RequiresGrad = true;
            }

            var mixed = FusedLayers.SegmentAttention(
                leaves[0], leaves[1], leaves[2], angles is { } a ? (a.Item1.To(a.Item1.DType, device), a.Item2.To(a.Item2.DType, device)) : null, Segments, 0.4, window, softCap, path);
            (mixed * weights.To(weights.DType, device)).Sum().Backward();
            return
            [
                ("mixed", Values(mixed)), ("query", Values(leaves[0].Grad()!)), ("key", Values(leaves[1].Grad()!)), ("value", Values(leaves[2].Grad()!)),
            ];
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var scope = new TensorScope();
        var (q, k, v) = (Given.Spread([306, 4, 16]).To(DType.Float32), Given.Spread([306, 2, 16], salt: 1).To(DType.Float32), Given.Spread([306, 2, 16], salt: 2).To(DType.Float32));
        k.RequiresGrad = true;
        var threads = TorchLibrary.Threads;
        try
        {
            var results = new[] { 1, 2, 3 }.Select(count =>
            {
                TorchLibrary.Threads = count;
                k.ClearGrad();
                var mixed = FusedLayers.SegmentAttention(q, k, v, null, Segments, 0.4);
                mixed.Square().Sum().Backward();
                return mixed.ToArray<float>().Concat(k.Grad()!.ToArray<float>()).ToArray();
            }).ToArray();
            results[1].ShouldBe(results[0]);
            results[2].ShouldBe(results[0]);
        }
        finally
        {
            TorchLibrary.Threads = threads;
        }
    }

    [Theory]
    [InlineData(-1, 2, -1)]
    [InlineData(0, 7, -1)]
    [InlineData(0, 0, -1)]
    [InlineData(1, 2, 4)]
    public void Refuses_segments_outside_the_row(long start, long length, long parent)
    {
        using var scope = new TensorScope();
        var x = Given.Spread([6, 1, 2]);
        Should.Throw<TorchException>(() => FusedLayers.SegmentAttention(x, x, x, null, [new PackedSegment(0, 1), new PackedSegment(start, length, parent)], 1)).Message.ShouldContain("segment 1");
    }

    private static double[] Values(Tensor tensor) => tensor.Detach().To(DType.Float64).ToArray<double>();
}
