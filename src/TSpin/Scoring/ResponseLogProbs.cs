using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>Log-probabilities of the tokens of n texts (a response of one role, or the prompt, of n examples), in nats, under one policy.</summary>
public sealed class ResponseLogProbs
{
    private readonly Tensor _ofPass;
    private readonly Tensor _givenSums;
    private readonly Tensor? _termsOfPass;
    private readonly long[] _starts;
    private readonly bool _isWide;
    private Tensor? _sums;
    private Tensor? _tokens;
    private Tensor? _terms;

    /// <summary>Describes texts whose tokens stand somewhere in a row of tokens, one after another.</summary>
    /// <param name="ofPass">Log-probabilities of the row's tokens, [R].</param>
    /// <param name="starts">Where each text begins in it.</param>
    /// <param name="lengths">Tokens of each text.</param>
    /// <param name="sums">Their sums, [n].</param>
    /// <param name="termsOfPass">What an <see cref="ITokenTerm"/> made of the row's tokens, [R], or null.</param>
    public ResponseLogProbs(Tensor ofPass, long[] starts, int[] lengths, Tensor sums, Tensor? termsOfPass = null)
        : this(ofPass, starts, lengths, sums, termsOfPass, isWide: false)
    {
    }

    private ResponseLogProbs(Tensor ofPass, long[] starts, IReadOnlyList<int> lengths, Tensor sums, Tensor? termsOfPass, bool isWide) =>
        (_ofPass, _starts, Lengths, _givenSums, _termsOfPass, _isWide) = (ofPass, starts, lengths, sums, termsOfPass, isWide);

    /// <summary>Texts of which only the sums are known, as of a reference that was computed before.</summary>
    /// <param name="sums">[n].</param>
    /// <param name="lengths">Tokens of each text.</param>
    /// <returns>Log-probabilities without <see cref="Tokens"/>.</returns>
    public static ResponseLogProbs OfSums(Tensor sums, int[] lengths) => new(sums, [], lengths, sums);

    /// <summary>Tokens of each text.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Log-probability of each text: the sum over its tokens, [n].</summary>
    public Tensor Sums => _sums ??= Widened(_givenSums);

    /// <summary>Per token: <see cref="Sums"/> over <see cref="Lengths"/>, [n]; 0 for a text without tokens.</summary>
    public Tensor Means => Sums / LengthsAs(Sums);

    /// <summary>Log-probability of every token given all before it, one text after the other, [sum of <see cref="Lengths"/>].</summary>
    /// <exception cref="InvalidOperationException">Only the sums are known.</exception>
    public Tensor Tokens => _tokens ??= _starts.Length == Lengths.Count ? Pick(_ofPass) : throw new InvalidOperationException("only the sums of these log-probabilities are known, as of a reference");

    /// <summary>What the objective's <see cref="ITokenTerm"/> made of every token's distribution, as <see cref="Tokens"/>; null without one.</summary>
    public Tensor? Terms => _termsOfPass is null ? null : _terms ??= Pick(_termsOfPass);

    /// <summary>Adds up numbers of tokens text by text.</summary>
    /// <param name="tokens">As <see cref="Tokens"/>, [sum of <see cref="Lengths"/>].</param>
    /// <returns>[n].</returns>
    public Tensor SumOf(Tensor tokens) => SumOf(tokens, Lengths);

    /// <summary>Means of numbers of tokens, text by text.</summary>
    /// <param name="tokens">As <see cref="Tokens"/>, [sum of <see cref="Lengths"/>].</param>
    /// <returns>[n]; 0 for a text without tokens.</returns>
    public Tensor MeanOf(Tensor tokens) => SumOf(tokens) / LengthsAs(tokens);

    /// <summary>As the other, for texts of these lengths.</summary>
    internal static Tensor SumOf(Tensor tokens, IReadOnlyList<int> lengths)
    {
        var owners = lengths.SelectMany((length, text) => Enumerable.Repeat((long)text, length)).ToArray();
        return Tensor.Zeros([lengths.Count], tokens.DType, tokens.Device).IndexAdd(0, Tensor.From(owners, tokens.Device), tokens);
    }

    /// <summary>The same in float64, for sums of hundreds of nats.</summary>
    /// <returns>With the gradient history of these.</returns>
    public ResponseLogProbs Widened() => new(_ofPass, _starts, Lengths, _givenSums, _termsOfPass, isWide: true);

    // At least 1, to divide by.
    private Tensor LengthsAs(Tensor like) =>
        Tensor.From(Lengths.Select(length => (double)Math.Max(1, length)).ToArray(), like.Device).To(like.DType);

    private Tensor Pick(Tensor row) => Widened(
        row.IndexSelect(0, Tensor.From(_starts.SelectMany((start, text) => Enumerable.Range(0, Lengths[text]).Select(i => start + i)).ToArray(), row.Device)));

    private Tensor Widened(Tensor values) => _isWide ? values.To(DType.Float64) : values;
}
