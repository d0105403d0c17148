using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// Gathers the log-probabilities of the tokens that end a step's responses of one role; responses that were cut have
/// none.
/// </summary>
/// <param name="role">Whose.</param>
/// <param name="ends">The tokens that end a response.</param>
internal sealed class EndLogProbs(ResponseRole role, IReadOnlyCollection<int> ends)
{
    private double _sum;
    private int _count;

    /// <summary>Their mean in nats; null where no response ended.</summary>
    public double? Mean => _count == 0 ? null : _sum / _count;

    /// <summary>Their sum in nats, and how many they are: what several processes add up.</summary>
    public (double Sum, int Count) Total
    {
        get => (_sum, _count);
        set => (_sum, _count) = value;
    }

    /// <summary>Takes those of a pass.</summary>
    public void Add(Triplet[] triplets, TripletLogProbs logProbs)
    {
        if (ends.Count == 0 || logProbs.Responses.GetValueOrDefault(role) is not { } responses)
        {
            return;
        }

        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var last = new List<long>();
        var end = -1L;
        foreach (var tokens in triplets.Select(triplet => triplet.Of(role)!))
        {
            end += tokens.Length;
            if (tokens.Length > 0 && ends.Contains(tokens[^1]))
            {
                last.Add(end);
            }
        }

        if (last.Count > 0)
        {
            // A copy, which keeps its tokens to itself: the objective's have a graph, and outlive this scope.
            var tokens = responses.Widened().Tokens;
            _sum += tokens.IndexSelect(0, Tensor.From(last.ToArray(), tokens.Device)).Sum().Item();
            _count += last.Count;
        }
    }
}
