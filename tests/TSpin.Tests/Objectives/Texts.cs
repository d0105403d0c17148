using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Tests.Objectives;

/// <summary>
/// Token log-probabilities in float64 as an objective sees them, out of plain arrays; their gradients come back as
/// arrays.
/// </summary>
internal sealed class Texts
{
    private readonly Dictionary<ResponseRole, (Tensor Leaf, ResponseLogProbs Texts)> _roles = [];

    /// <summary>Adds the texts of a role, one list of token log-probabilities for each triplet.</summary>
    public Texts Add(ResponseRole role, params double[][] texts)
    {
        _roles[role] = Of(texts);
        return this;
    }

    /// <summary>The tokens of the prompts from the second on.</summary>
    public ResponseLogProbs? Prompts { get; init; }

    public IReadOnlyList<Triplet> Triplets { get; init; } = [];

    public static (Tensor Leaf, ResponseLogProbs Texts) Of(double[][] texts)
    {
        var leaf = Tensor.From(texts.SelectMany(text => text).ToArray());
        leaf.RequiresGrad = true;
        int[] lengths = [.. texts.Select(text => text.Length)];
        long[] starts = [.. texts.Select((_, i) => (long)lengths[..i].Sum())];
        var parts = new ResponseLogProbs(leaf, starts, lengths, leaf);
        return (leaf, new ResponseLogProbs(leaf, starts, lengths, parts.SumOf(leaf)));
    }

    public SequenceLogProbs Policy() =>
        new(_roles[ResponseRole.Annotated].Texts.Sums, Sums(ResponseRole.Synthetic), Sums(ResponseRole.ProtoSynthetic))
        {
            Rejected = Sums(ResponseRole.Rejected),
            Continuation = Sums(ResponseRole.Continuation),
            Responses = _roles.ToDictionary(role => role.Key, role => role.Value.Texts),
            Prompts = Prompts,
            Triplets = Triplets,
        };

    /// <summary>A reference with these sums, for texts as long as these.</summary>
    public SequenceLogProbs Reference(double[] annotated, ResponseRole other, double[] ofOther)
    {
        var sums = new Dictionary<ResponseRole, Tensor>
        {
            [ResponseRole.Annotated] = Tensor.From(annotated),
            [other] = Tensor.From(ofOther)
        };
        return new SequenceLogProbs(sums[ResponseRole.Annotated], sums.GetValueOrDefault(ResponseRole.Synthetic))
        {
            Rejected = sums.GetValueOrDefault(ResponseRole.Rejected),
            Responses = sums.ToDictionary(
                role => role.Key, role => ResponseLogProbs.OfSums(role.Value, [.. _roles[role.Key].Texts.Lengths])),
        };
    }

    public double[] Gradient(ResponseRole role) =>
        _roles[role].Leaf.Grad()?.ToArray<double>() ?? new double[_roles[role].Leaf.ElementCount];

    private Tensor? Sums(ResponseRole role) => _roles.TryGetValue(role, out var texts) ? texts.Texts.Sums : null;
}
