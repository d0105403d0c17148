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

    /// <summary>Whether this process updates a parameter; what it does not, it gets by <see cref="Spread"/>. Default: all.</summary>
    /// <param name="name">The parameter.</param>
    /// <returns>True in one process at least.</returns>
    bool Updates(string name) => true;

    /// <summary>Gives updated parameters to the processes that have not updated them. Default: there are none.</summary>
    /// <param name="names">Those that were updated, the same in every process.</param>
    /// <param name="values">A parameter by name.</param>
    void Spread(IReadOnlyList<string> names, Func<string, Tensor> values)
    {
    }

    /// <summary>Gives every process what each has to say of a step. Default: nobody says anything to others.</summary>
    /// <param name="part">This process'.</param>
    /// <returns>In the order of ranks; this process' alone where others have nothing to say.</returns>
    IReadOnlyList<byte[]> Gather(byte[] part) => [part];
}
