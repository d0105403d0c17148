using TSpin.Distribution;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>Sums over the processes of a run: float32 whatever the gradients are, in the memory of the CPU wherever they are.</summary>
/// <param name="ranks">The processes.</param>
public sealed class RankExchange(RankGroup ranks) : IGradientExchange
{
    // Gradients of norms and biases are so small that each would cost more to send off than to send.
    private const long Small = 1 << 16;

    /// <inheritdoc/>
    public int Processes => ranks.Count;

    /// <inheritdoc/>
    public int Rank => ranks.Rank;

    /// <inheritdoc/>
    public void Sum(IReadOnlyList<Tensor> gradients)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var under = new List<Action>();
        foreach (var gradient in gradients.Where(gradient => gradient.ElementCount > Small))
        {
            var whole = gradient is { DType: DType.Float32, Device.IsCuda: false, IsContiguous: true } ? gradient.Detach() : gradient.To(DType.Float32, Device.Cpu).Contiguous();
            var wait = ranks.BeginSum(whole);
            under.Add(() =>
            {
                wait();
                if (whole.DataPointer() != gradient.DataPointer())
                {
                    gradient.Detach().CopyFrom(whole);
                }
            });
        }

        Tensor[] small = [.. gradients.Where(gradient => gradient.ElementCount <= Small)];
        if (small.Length > 0)
        {
            var together = Tensor.Concatenate([.. small.Select(gradient => gradient.To(DType.Float32, Device.Cpu).Reshape(-1))], 0);
            ranks.BeginSum(together)();
            long begin = 0;
            foreach (var gradient in small)
            {
                gradient.Detach().CopyFrom(together.Narrow(0, begin, gradient.ElementCount).Reshape(gradient.Shape));
                begin += gradient.ElementCount;
            }
        }

        under.ForEach(wait => wait());
    }

    /// <inheritdoc/>
    public double Sum(double value) => ranks.Sum(value);

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(byte[] part) => ranks.Gather(part);
}
