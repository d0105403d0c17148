using TSpin.Distribution;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>Sums over the processes of a run: float32 whatever the gradients are, where they lie if the processes can (<see cref="RankGroup.PlaceOf"/>), else in the memory of the CPU.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="owners">Which process updates each parameter (<see cref="ParameterOwners"/>). Default: every process updates all.</param>
public sealed class RankExchange(RankGroup ranks, IReadOnlyDictionary<string, int>? owners = null) : IGradientExchange
{
    // Gradients of norms and biases are so small that each would cost more to send off than to send.
    private const long Small = 1 << 16;

    /// <inheritdoc/>
    public int Processes => ranks.Count;

    /// <inheritdoc/>
    public int Rank => ranks.Rank;

    /// <inheritdoc/>
    public Action BeginSum(IReadOnlyList<Tensor> gradients)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var under = new List<Action>();
        foreach (var gradient in gradients.Where(gradient => gradient.ElementCount > Small))
        {
            var place = ranks.PlaceOf(gradient.Device);
            var whole = gradient is { DType: DType.Float32, IsContiguous: true } && gradient.Device == place ? gradient.Detach() : gradient.To(DType.Float32, place).Contiguous();
            under.Add(After(ranks.BeginSum(whole), whole, sum =>
            {
                if (sum.DataPointer() != gradient.DataPointer())
                {
                    gradient.Detach().CopyFrom(sum);
                }
            }));
        }

        Tensor[] small = [.. gradients.Where(gradient => gradient.ElementCount <= Small)];
        if (small.Length > 0)
        {
            var place = ranks.PlaceOf(small[0].Device);
            var together = Tensor.Concatenate([.. small.Select(gradient => gradient.To(DType.Float32, place).Reshape(-1))], 0);
            under.Add(After(ranks.BeginSum(together), together, sum =>
            {
                long begin = 0;
                foreach (var gradient in small)
                {
                    gradient.Detach().CopyFrom(sum.Narrow(0, begin, gradient.ElementCount).Reshape(gradient.Shape));
                    begin += gradient.ElementCount;
                }
            }));
        }

        return () => under.ForEach(wait => wait());
    }

    /// <inheritdoc/>
    public bool Updates(string name) => owners is null || owners[name] == ranks.Rank;

    /// <inheritdoc/>
    public Action BeginSpread(IReadOnlyList<string> names, Func<string, Tensor> values)
    {
        var under = new List<Action>();
        if (owners is not null)
        {
            using var off = GradMode.Off();
            using var scope = new TensorScope();
            foreach (var name in names)
            {
                var (parameter, owner) = (values(name), owners[name]);
                var place = ranks.PlaceOf(parameter.Device);
                var sent = owner == ranks.Rank ? parameter.Detach().To(parameter.DType, place).Contiguous() : Tensor.Empty(parameter.Shape, parameter.DType, place);
                under.Add(After(ranks.BeginBroadcast(sent, owner), sent, received =>
                {
                    if (owner != ranks.Rank)
                    {
                        // By the tensor's own way, so that what is made from parameters is seen to be old.
                        parameter.Detach().CopyFrom(received);
                    }
                }));
            }
        }

        return () => under.ForEach(wait => wait());
    }

    /// <inheritdoc/>
    public double Sum(double value) => ranks.Sum(value);

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(byte[] part) => ranks.Gather(part);

    // What is exchanged lives until it is there, and is then freed.
    private static Action After(Action wait, Tensor exchanged, Action<Tensor> then)
    {
        TensorScope.Detach(exchanged);
        return () =>
        {
            wait();
            using var off = GradMode.Off();
            using var scope = new TensorScope();
            then(exchanged);
            exchanged.Dispose();
        };
    }
}
