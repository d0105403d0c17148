namespace TSpin.Prompts;

/// <summary>What a response to an annotated example's prompt is to a method: where it comes from.</summary>
public enum ResponseRole
{
    /// <summary>y: the response in the data.</summary>
    Annotated,

    /// <summary>y': sampled from the policy at the start of the iteration.</summary>
    Synthetic,

    /// <summary>y0: sampled once, from the initial policy.</summary>
    ProtoSynthetic,

    /// <summary>y' of the iteration before; in iteration 0, where there is none, y' itself.</summary>
    EarlierSynthetic,

    /// <summary>The response that the data gives as the worse one (<c>rejected</c>).</summary>
    Rejected,

    /// <summary>Made by the policy as it is at the step that trains on it.</summary>
    Continuation,
}
