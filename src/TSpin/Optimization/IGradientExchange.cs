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

    /// <summary>Begins to replace gradients by their sums over the processes: those of a block as soon as backward has left it, while it goes on; what precedes the blocks at the end.</summary>
    /// <param name="gradients">Whole in this process; of the same shapes in every process, written to in place; not to be touched, and not freed, before the result has been called.</param>
    /// <returns>Waits for it; called once, in the order in which the exchanges were begun.</returns>
    Action BeginSum(IReadOnlyList<Tensor> gradients);

    /// <summary>Sums a number over the processes.</summary>
    /// <param name="value">This process'.</param>
    /// <returns>The same in all of them; NaN where it is NaN in one.</returns>
    double Sum(double value);

    /// <summary>Whether this process updates a parameter; what it does not, it gets by <see cref="BeginSpread"/>. Default: all.</summary>
    /// <param name="name">The parameter.</param>
    /// <returns>True in one process at least.</returns>
    bool Updates(string name) => true;

    /// <summary>Begins to give updated parameters to the processes that have not updated them. Default: there are none.</summary>
    /// <param name="names">Those that were updated, the same in every process.</param>
    /// <param name="values">A parameter by name; not to be touched before the result has been called.</param>
    /// <returns>Waits for it.</returns>
    Action BeginSpread(IReadOnlyList<string> names, Func<string, Tensor> values) => () => { };

    /// <summary>Gives every process what each has to say of a step. Default: nobody says anything to others.</summary>
    /// <param name="part">This process'.</param>
    /// <returns>In the order of ranks; this process' alone where others have nothing to say.</returns>
    IReadOnlyList<byte[]> Gather(byte[] part) => [part];
}
