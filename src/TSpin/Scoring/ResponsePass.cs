using TSpin.Models;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>A pass of a <see cref="ResponseScorer"/>.</summary>
/// <param name="Sequences">Prompts with their responses.</param>
/// <param name="ComparesWithGreedy">Whether <see cref="ScoredResponse.IsGreedy"/> is wanted.</param>
public sealed record ResponsePass(IReadOnlyList<Triplet> Sequences, bool ComparesWithGreedy) : ScoringPass
{
    internal override ScoredResponse[] Run(Decoder decoder)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var responses = new PackedForward(new LogProbWants { Term = ComparesWithGreedy ? new IsBest() : null }).Run(decoder, Sequences).Responses[ResponseRole.Annotated];
        var logProbs = responses.Tokens.To(DType.Float32, Device.Cpu).ToArray<float>();
        var isBest = responses.Terms?.To(DType.Float32, Device.Cpu).ToArray<float>() ?? [];
        var results = new ScoredResponse[Sequences.Count];
        var next = 0;
        for (var i = 0; i < Sequences.Count; i++)
        {
            var count = responses.Lengths[i];
            results[i] = new ScoredResponse(logProbs[next..(next + count)], ComparesWithGreedy ? Array.IndexOf(isBest, 0, next, count) < 0 : null);
            next += count;
        }

        return results;
    }

    // 1 where a token is the most probable one at its place. Of two that are equally probable it is the first in the vocabulary, as greedy decoding has it.
    private sealed class IsBest : ITokenTerm
    {
        public bool NeedsReference => false;

        public Tensor Evaluate(Tensor logProbs, Tensor? reference, Tensor targets)
        {
            var best = logProbs.ArgMax(-1).ToArray<long>();
            var wanted = targets.ToArray<long>();
            return Tensor.From(best.Select((token, i) => token == wanted[i] ? 1f : 0f).ToArray(), logProbs.Device);
        }
    }
}
