namespace TSpin.Torch.Tests;

/// <summary>Input tensors of the tests.</summary>
internal static class Given
{
    public static Tensor Float64(long[] shape, params double[] values) => Tensor.From<double>(values, shape);

    public static Tensor Float32(long[] shape, params float[] values) => Tensor.From<float>(values, shape);

    public static Tensor Int64(long[] shape, params long[] values) => Tensor.From<long>(values, shape);

    public static Tensor Bool(long[] shape, params bool[] values) => Tensor.From<bool>(values, shape);

    /// <summary>float64 draws without pattern or ties from [low, high): the same for the same salt.</summary>
    public static Tensor Spread(long[] shape, double low = -2, double high = 2, int salt = 0) =>
        Float64(shape, SpreadValues(shape.Aggregate(1L, (product, size) => product * size), low, high, salt));

    public static double[] SpreadValues(long count, double low = -2, double high = 2, int salt = 0)
    {
        // Multiples of the golden ratio, modulo 1, fill the range evenly and never repeat.
        const double goldenRatio = 0.6180339887498949;
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            var turn = (i + 1 + (37 * salt)) * goldenRatio;
            values[i] = low + ((high - low) * (turn - Math.Floor(turn)));
        }

        return values;
    }
}
