namespace TSpin.Generation;

/// <summary>Answers with the weights in memory.</summary>
public sealed class InProcessEngine : IGeneratorEngine
{
    /// <inheritdoc/>
    public IGenerator Create(GeneratorPolicy policy, SamplingOptions options, IReadOnlyList<int> endIds) => new Generator(policy.Decoder, policy.Tokenizer, options, endIds);
}
