using TSpin.Objectives;

namespace TSpin.Reports;

/// <summary>How methods are called in front of people.</summary>
public static class MethodName
{
    /// <summary>The name of a recipe's method as the paper writes it.</summary>
    /// <param name="method">As in the recipe: <c>tspin</c>, <c>spin</c>, <c>sft</c>, <c>tspin-ref</c>, <c>tspin-no-history</c> ...</param>
    /// <returns>The paper's name; an unknown method as it is, an empty one as <c>run</c>.</returns>
    public static string Display(string method) => method.Length == 0 ? "run" : Methods.Find(method.ToLowerInvariant().Replace('_', '-'))?.DisplayName ?? method;
}
