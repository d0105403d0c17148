using System.Text.Json.Serialization;
using TSpin.Models;

namespace TSpin.Scoring;

/// <summary>Texts that go through a model together. Whoever computes a pass, with the same model and as many threads, finds the same bits.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "pass")]
[JsonDerivedType(typeof(ResponsePass), "responses")]
[JsonDerivedType(typeof(ContinuationPass), "continuations")]
public abstract record ScoringPass
{
    private protected ScoringPass()
    {
    }

    /// <summary>Computes it.</summary>
    /// <param name="decoder">The model.</param>
    /// <returns>A score for each of its texts, in their order.</returns>
    internal abstract ScoredResponse[] Run(Decoder decoder);
}
