namespace TSpin.Prompts;

/// <summary>
/// One prompt with the responses the policy is to rank, as token ids. Responses that really ended carry their EOS as the last id;
/// responses cut by a length limit carry none. The three of the paper stand first; the others are for methods that use them.
/// </summary>
/// <param name="Index">Index of the annotated example.</param>
/// <param name="Prompt">Prompt ids, already truncated, so that all responses continue the identical prefix; at least one.</param>
/// <param name="Annotated">y: the response in the data.</param>
/// <param name="Synthetic">y': sampled from the policy of the previous iteration; null where the method needs none (SFT).</param>
/// <param name="ProtoSynthetic">y0: sampled once from the initial policy; null where the method needs none.</param>
public sealed record Triplet(int Index, int[] Prompt, int[] Annotated, int[]? Synthetic = null, int[]? ProtoSynthetic = null)
{
    private static readonly ResponseRole[] Roles = Enum.GetValues<ResponseRole>();

    /// <summary>y' of the iteration before, or null.</summary>
    public int[]? EarlierSynthetic { get; init; }

    /// <summary>The data's worse response, or null.</summary>
    public int[]? Rejected { get; init; }

    /// <summary>Made within the step that trains on it, or null.</summary>
    public int[]? Continuation { get; init; }

    /// <summary>One of the responses.</summary>
    /// <param name="role">Which.</param>
    /// <returns>Its ids; null where the triplet has none.</returns>
    public int[]? Of(ResponseRole role) => role switch
    {
        ResponseRole.Annotated => Annotated,
        ResponseRole.Synthetic => Synthetic,
        ResponseRole.ProtoSynthetic => ProtoSynthetic,
        ResponseRole.EarlierSynthetic => EarlierSynthetic,
        ResponseRole.Rejected => Rejected,
        ResponseRole.Continuation => Continuation,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "unknown role"),
    };

    /// <summary>The responses that are there, in the order of <see cref="ResponseRole"/>.</summary>
    /// <returns>At least the annotated one.</returns>
    public IEnumerable<(ResponseRole Role, int[] Tokens)> Responses() =>
        from role in Roles let tokens = Of(role) where tokens is not null select (role, tokens);
}
