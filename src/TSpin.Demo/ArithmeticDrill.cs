using TSpin.Randomness;

namespace TSpin.Demo;

/// <summary>Lines of plain arithmetic, all right, over the range that the word problems use.</summary>
public static class ArithmeticDrill
{
    /// <summary>Lines in one drill.</summary>
    public const int Lines = 8;

    private const string Operators = "++--**/";

    /// <summary>Writes a drill.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <returns><see cref="Lines"/> lines such as <c>37+45=82</c>.</returns>
    public static string Write(RandomStream random) =>
        string.Join('\n', Enumerable.Range(0, Lines).Select(_ => Draw(Operators[random.NextInt(Operators.Length)], random)));

    private static Equation Draw(char operation, RandomStream random)
    {
        while (true)
        {
            var (left, right) = operation switch
            {
                '+' => (random.NextInt(1, 150), random.NextInt(1, 150)),
                '-' => (random.NextInt(2, ProblemTemplate.LargestResult), random.NextInt(1, 150)),
                '*' => (random.NextInt(2, 50), random.NextInt(2, 24)),
                _ => Dividend(random.NextInt(2, 125), random.NextInt(2, 9)),
            };
            var equation = new Equation(left, operation, right, Equation.Evaluate(left, operation, right));
            if (left <= ProblemTemplate.LargestResult && equation.Result is >= 1 and <= ProblemTemplate.LargestResult)
            {
                return equation;
            }
        }
    }

    private static (int Left, int Right) Dividend(int quotient, int divisor) => (quotient * divisor, divisor);
}
