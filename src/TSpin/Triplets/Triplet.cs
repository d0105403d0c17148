namespace TSpin.Triplets;

/// <summary>
/// One prompt with the responses the policy is to rank, as token ids. Responses that really ended carry their EOS as the last id;
/// responses cut by a length limit carry none.
/// </summary>
/// <param name="Index">Index of the annotated example.</param>
/// <param name="Prompt">Prompt ids, already truncated, so that all responses continue the identical prefix; at least one.</param>
/// <param name="Annotated">y: the response in the data.</param>
/// <param name="Synthetic">y': sampled from the policy of the previous iteration; null where the method needs none (SFT).</param>
/// <param name="ProtoSynthetic">y0: sampled once from the initial policy; null where the method needs none.</param>
public sealed record Triplet(int Index, int[] Prompt, int[] Annotated, int[]? Synthetic = null, int[]? ProtoSynthetic = null);
