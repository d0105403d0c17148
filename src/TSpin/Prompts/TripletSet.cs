namespace TSpin.Prompts;

/// <summary>Triplets ready for training and the count of everything that was changed on the way.</summary>
/// <param name="Triplets">In the order of the examples.</param>
/// <param name="PromptsTruncated">Prompts longer than the limit, cut at the recipe's side.</param>
/// <param name="ResponsesTruncated">Responses cut at the end because prompt and response exceeded the sequence limit; they lose their EOS.</param>
/// <param name="SyntheticIsAnnotated">Triplets whose y' equals y: their first term is constant.</param>
/// <param name="SyntheticIsProto">Triplets whose y' equals y0: their second term is constant.</param>
public sealed record TripletSet(
    IReadOnlyList<Triplet> Triplets, int PromptsTruncated, int ResponsesTruncated, int SyntheticIsAnnotated, int SyntheticIsProto);
