namespace TSpin.Demo;

/// <summary>One step of a template's solution: <c>Result = Left Operator Right</c>, and ways to say it.</summary>
/// <param name="Result">The letter that later steps use for the result.</param>
/// <param name="Left">A number's or an earlier result's letter, or a literal number.</param>
/// <param name="Operator"><c>+</c>, <c>-</c>, <c>*</c> or <c>/</c>.</param>
/// <param name="Right">As <paramref name="Left"/>.</param>
/// <param name="Sentences">Ways to write the step; <c>{=}</c> in each stands for the equation, such as <c>5+7=12</c>.</param>
public sealed record SolutionStep(string Result, string Left, char Operator, string Right, IReadOnlyList<string> Sentences);
