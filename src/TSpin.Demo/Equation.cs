namespace TSpin.Demo;

/// <summary>One line of arithmetic as a solution shows it.</summary>
/// <param name="Left">Left operand.</param>
/// <param name="Operator"><c>+</c>, <c>-</c>, <c>*</c> or <c>/</c>.</param>
/// <param name="Right">Right operand.</param>
/// <param name="Result">What the solution says it is, right or not.</param>
public readonly record struct Equation(int Left, char Operator, int Right, int Result)
{
    /// <summary>Whether the result is right, and exact for a division.</summary>
    public bool IsRight => Operator is '/' ? Right != 0 && Result * Right == Left : Evaluate(Left, Operator, Right) == Result;

    /// <summary>Computes an operation on whole numbers.</summary>
    /// <param name="left">Left operand.</param>
    /// <param name="operation"><c>+</c>, <c>-</c>, <c>*</c> or <c>/</c>.</param>
    /// <param name="right">Right operand.</param>
    /// <returns>The result; a division is rounded towards zero, and one by zero gives zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Another operation.</exception>
    public static int Evaluate(int left, char operation, int right) => operation switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => right == 0 ? 0 : left / right,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Expected +, -, * or /."),
    };

    /// <summary>The equation as the solutions write it, for example <c>5+7=12</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Left}{Operator}{Right}={Result}";
}
