namespace TSpin.Generation;

/// <summary>Makes generators, one for each state of the model that a run lets answer. The default, <see cref="InProcessEngine"/>, uses the weights in memory; a server's would load the folder.</summary>
public interface IGeneratorEngine
{
    /// <summary>Makes a generator.</summary>
    /// <param name="policy">The state of the model.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="endIds">Token ids that end an answer.</param>
    /// <returns>Used until the next one is made, then disposed of where it can be.</returns>
    /// <exception cref="TSpinException">It cannot be made; the message says why and what helps.</exception>
    IGenerator Create(GeneratorPolicy policy, SamplingOptions options, IReadOnlyList<int> endIds);
}
