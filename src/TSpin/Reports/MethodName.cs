namespace TSpin.Reports;

/// <summary>How methods are called in front of people.</summary>
public static class MethodName
{
    /// <summary>The name of a recipe's method as the paper writes it.</summary>
    /// <param name="method">As in the recipe: <c>tspin</c>, <c>spin</c>, <c>sft</c>, <c>tspin-ref</c>, <c>tspin-no-history</c> ...</param>
    /// <returns>The paper's name; an unknown method as it is, an empty one as <c>run</c>.</returns>
    public static string Display(string method) => method.ToLowerInvariant().Replace('_', '-') switch
    {
        "tspin" or "t-spin" => "T-SPIN",
        "tspin-exponential" => "T-SPIN (exponential)",
        "spin" => "SPIN",
        "sft" => "SFT",
        "tspin-ref" or "t-spin-ref" => "T-SPIN-ref",
        "tspin-no-history" or "tspin-without-history" or "no-history" => "T-SPIN without history",
        "" => "run",
        _ => method,
    };
}
