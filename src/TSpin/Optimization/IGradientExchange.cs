using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// What happens to gradients between backward and update where several processes train one model, each on its part of every step's window: sums over all of them. They begin with the same weights,
/// make the same calls in the same order, and end every step with the same weights.
/// </summary>
public interface IGradientExchange
{
    /// <summary>How many processes there are.</summary>
    int Processes { get; }

    /// <summary>Which of them this is, from 0. Default: the first.</summary>
    int Rank => 0;

    /// <summary>Replaces gradients by their sums over the processes: those of a block as soon as backward has left it, where blocks are computed again, else all at the end.</summary>
    /// <param name="gradients">Whole in this process; of the same shapes in every process, written to in place.</param>
    void Sum(IReadOnlyList<Tensor> gradients);

    /// <summary>Sums a number over the processes.</summary>
    /// <param name="value">This process'.</param>
    /// <returns>The same in all of them; NaN where it is NaN in one.</returns>
    double Sum(double value);

    /// <summary>Gives every process what each has to say of a step. Default: nobody says anything to others.</summary>
    /// <param name="part">This process'.</param>
    /// <returns>In the order of ranks; this process' alone where others have nothing to say.</returns>
    IReadOnlyList<byte[]> Gather(byte[] part) => [part];
}
