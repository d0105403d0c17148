using TSpin.Torch;

namespace TSpin.Bench;

/// <summary>What the machine gives: a 2048^3 product in one type, or copying or reading what no cache holds.</summary>
internal static class CeilingWorker
{
    public const int ProductSize = 2048;
    public const long CopyBytes = 256L << 20;

    public const double ProductFlops = 2.0 * ProductSize * ProductSize * ProductSize;

    public static int Run(string type, int threads)
    {
        TorchLibrary.Threads = threads;
        GradMode.Off();
        if (type == "copy")
        {
            var (from, to) = (Tensor.Full([CopyBytes / sizeof(float)], 1), Tensor.Zeros([CopyBytes / sizeof(float)]));
            return Worker.Obey(() => to.CopyFrom(from));
        }

        if (type == "read")
        {
            var all = Tensor.Full([CopyBytes / sizeof(float)], 1);
            return Worker.Obey(() => all.Sum().Dispose());
        }

        var matrix = Tensor.Full([ProductSize, ProductSize], 0.5, type == "bfloat16" ? DType.BFloat16 : DType.Float32);
        return Worker.Obey(() => Layers.MatMul(matrix, matrix).Dispose());
    }
}
