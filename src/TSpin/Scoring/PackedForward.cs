using TSpin.Models;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// All triplets of a batch in one row of tokens without padding: each prompt once, then its distinct responses, which see the prompt and
/// themselves. The numbers are those of <see cref="PaddedForward"/>, which also stands in for models whose prompts depend on the length
/// of what follows them.
/// </summary>
/// <param name="wants">What is computed besides sums. Default: nothing.</param>
public sealed class PackedForward(LogProbWants? wants = null) : ITripletForward
{
    private readonly LogProbWants _wants = wants ?? new();

    /// <inheritdoc/>
    public TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets) => Prepare(policy, triplets)();

    /// <inheritdoc/>
    public Func<TripletLogProbs> Prepare(Decoder policy, IReadOnlyList<Triplet> triplets)
    {
        if (!policy.SharesPrompts)
        {
            return () => new PaddedForward(_wants).Run(policy, triplets);
        }

        var (row, roles) = Lay(triplets);
        return () => Run(policy, triplets, row, roles);
    }

    /// <summary>The row of a pass, and the number in it of every triplet's response of each role.</summary>
    internal static (PackedRow Row, IReadOnlyDictionary<ResponseRole, long[]> Roles) Lay(IReadOnlyList<Triplet> triplets)
    {
        var row = new PackedRow();
        var roles = triplets[0].Responses().ToDictionary(response => response.Role, _ => new long[triplets.Count]);
        for (var i = 0; i < triplets.Count; i++)
        {
            row.BeginPrompt(triplets[i].Prompt);
            foreach (var (role, numbers) in roles)
            {
                numbers[i] = row.Add(triplets[i].Of(role)!);
            }
        }

        return (row, roles);
    }

    /// <inheritdoc/>
    public bool Pads(Decoder policy) => !policy.SharesPrompts;

    private TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets, PackedRow row, IReadOnlyDictionary<ResponseRole, long[]> roles)
    {
        var numbers = new RowNumbers(policy, _wants, [.. row.Targets], [.. row.Owners], row.Responses);
        numbers.Compute(model => model.Hidden(Tensor.From<long>([.. row.Ids], [1, row.Ids.Count], model.Device), AttentionLayout.Packed(row.Segments, model.Device))
            .Squeeze(0), [.. row.Predicting], _wants.Prompts ? [.. row.PredictingPrompts] : [], [.. row.PromptTargets]);
        return numbers.Report(
            roles.ToDictionary(role => role.Key, role => numbers.Of(role.Value, [.. role.Value.Select(number => row.Starts[(int)number])], [.. triplets.Select(triplet => triplet.Of(role.Key)!.Length)])),
            _wants.Prompts ? triplets : null, row.Ids.Count, row.UsefulTokens);
    }
}
