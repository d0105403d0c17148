using System.Globalization;

namespace TSpin.Demo;

/// <summary>A kind of word problem: what it asks, which numbers and words it draws, and how it is solved.</summary>
/// <param name="Name">Unique name, for example <c>gift-then-loss</c>.</param>
/// <param name="HeldOut">Whether no annotated example may be of this kind, so that it can test what carries over.</param>
/// <param name="Numbers">The numbers it draws, in the order of the problem's key.</param>
/// <param name="Words">The words it draws.</param>
/// <param name="Questions">Ways to ask.</param>
/// <param name="Steps">The solution, two to four steps; the last one's result is the answer.</param>
public sealed record ProblemTemplate(
    string Name,
    bool HeldOut,
    IReadOnlyList<NumberRange> Numbers,
    IReadOnlyList<WordChoice> Words,
    IReadOnlyList<string> Questions,
    IReadOnlyList<SolutionStep> Steps)
{
    /// <summary>Largest result that any step of a problem may have; larger ones are drawn again.</summary>
    public const int LargestResult = 250;

    /// <summary>Works the steps out.</summary>
    /// <param name="numbers">Values of <see cref="Numbers"/>, in order.</param>
    /// <param name="slip">
    /// Replaces a step's result, given the step's index and what it should be; the steps after it go on with the replacement.
    /// Null works everything out rightly.
    /// </param>
    /// <returns>One equation per step. After a slip, divisions that leave a rest are rounded down and results below zero lose their sign.</returns>
    public IReadOnlyList<Equation> Work(IReadOnlyList<int> numbers, Func<int, int, int>? slip = null)
    {
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Numbers.Count; i++)
        {
            values[Numbers[i].Name] = numbers[i];
        }

        var equations = new Equation[Steps.Count];
        for (var i = 0; i < Steps.Count; i++)
        {
            var step = Steps[i];
            var left = Operand(step.Left, values);
            var right = Operand(step.Right, values);
            var result = Math.Abs(Equation.Evaluate(left, step.Operator, right));
            result = slip is null ? result : slip(i, result);
            values[step.Result] = result;
            equations[i] = new Equation(left, step.Operator, right, result);
        }

        return equations;
    }

    /// <summary>Whether the numbers make a sensible problem: every step is exact, and between 1 and <see cref="LargestResult"/>.</summary>
    /// <param name="numbers">Values of <see cref="Numbers"/>, in order.</param>
    /// <returns>True when every step of the solution is right as it stands.</returns>
    public bool Accepts(IReadOnlyList<int> numbers) =>
        Work(numbers).All(equation => equation.IsRight && equation.Result is >= 1 and <= LargestResult);

    /// <summary>The whole solution as one expression, for example <c>(5+7)/3</c>.</summary>
    /// <param name="numbers">Values of <see cref="Numbers"/>, in order.</param>
    /// <returns>The expression, with as few brackets as it needs.</returns>
    public string InOneExpression(IReadOnlyList<int> numbers)
    {
        var written = new Dictionary<string, (string Text, char Operator)>(StringComparer.Ordinal);
        for (var i = 0; i < Numbers.Count; i++)
        {
            written[Numbers[i].Name] = (numbers[i].ToString(CultureInfo.InvariantCulture), ' ');
        }

        foreach (var step in Steps)
        {
            var left = written.GetValueOrDefault(step.Left, (Text: step.Left, Operator: ' '));
            var right = written.GetValueOrDefault(step.Right, (Text: step.Right, Operator: ' '));
            var bracketLeft = step.Operator is '*' or '/' && left.Operator is '+' or '-';
            var bracketRight = step.Operator switch
            {
                '/' => right.Operator is not ' ',
                '-' or '*' => right.Operator is '+' or '-',
                _ => false,
            };
            written[step.Result] = ($"{Bracketed(left.Text, bracketLeft)}{step.Operator}{Bracketed(right.Text, bracketRight)}", step.Operator);
        }

        return written[Steps[^1].Result].Text;
    }

    private static string Bracketed(string text, bool brackets) => brackets ? $"({text})" : text;

    private static int Operand(string operand, Dictionary<string, int> values) =>
        values.TryGetValue(operand, out var value) ? value : int.Parse(operand, CultureInfo.InvariantCulture);
}
