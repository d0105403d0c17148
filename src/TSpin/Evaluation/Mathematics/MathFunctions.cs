using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>Functions by name.</summary>
internal static class MathFunctions
{
    private const int LargestFactorial = 500;

    /// <summary>A function's value.</summary>
    /// <exception cref="LatexException">It is not known, or not at this place.</exception>
    public static MathValue Of(string name, IReadOnlyList<MathValue> arguments)
    {
        var value = arguments[0];
        var number = value.Approximate;
        return name switch
        {
            "abs" => value.Integer is { } whole ? MathValue.OfInteger(BigInteger.Abs(whole))
                : MathValue.OfNumber(Complex.Abs(number)),
            "factorial" => MathValue.OfInteger(Factorial(value)),
            "binomial" => MathValue.OfInteger(Binomial(value, arguments[1])),
            "power" => MathValue.Power(value, arguments[1]),
            "floor" => MathValue.OfNumber(Math.Floor(Rounded(number.Real))),
            "ceil" => MathValue.OfNumber(Math.Ceiling(Rounded(number.Real))),
            "log" => MathValue.OfNumber(Complex.Log(number) / Complex.Log(arguments[1].Approximate)),
            "exp" => MathValue.OfNumber(Complex.Exp(number)),
            "sin" => MathValue.OfNumber(Complex.Sin(number)),
            "cos" => MathValue.OfNumber(Complex.Cos(number)),
            "tan" => MathValue.OfNumber(Complex.Tan(number)),
            "csc" => MathValue.OfNumber(1 / Complex.Sin(number)),
            "sec" => MathValue.OfNumber(1 / Complex.Cos(number)),
            "cot" => MathValue.OfNumber(1 / Complex.Tan(number)),
            "arcsin" => MathValue.OfNumber(Complex.Asin(number)),
            "arccos" => MathValue.OfNumber(Complex.Acos(number)),
            "arctan" => MathValue.OfNumber(Complex.Atan(number)),
            "sinh" => MathValue.OfNumber(Complex.Sinh(number)),
            "cosh" => MathValue.OfNumber(Complex.Cosh(number)),
            "tanh" => MathValue.OfNumber(Complex.Tanh(number)),
            _ when name.StartsWith("call ", StringComparison.Ordinal) => Unknown(name, arguments),
            _ => throw new LatexException(name),
        };
    }

    // A function of which only the name is known: the same for the same arguments, otherwise another.
    private static MathValue Unknown(string name, IReadOnlyList<MathValue> arguments)
    {
        var phase = 0.0;
        foreach (var letter in name)
        {
            phase = Math.IEEERemainder((phase * 31) + letter, 97);
        }

        var sum = new Complex(phase / 10, 0.1);
        foreach (var argument in arguments)
        {
            sum = Complex.Cos((sum * 1.7) + (argument.Approximate * 0.37));
        }

        return MathValue.OfNumber(sum + phase);
    }

    // So that a whole number that lost its last digit does not fall below itself.
    private static double Rounded(double value) =>
        Math.Abs(value - Math.Round(value)) < 1e-9 * Math.Max(1, Math.Abs(value)) ? Math.Round(value) : value;

    private static BigInteger Factorial(MathValue value)
    {
        if (value.Integer is not { } whole || whole.Sign < 0 || whole > LargestFactorial)
        {
            throw new LatexException("a factorial that is not computed");
        }

        var product = BigInteger.One;
        for (var i = 2; i <= whole; i++)
        {
            product *= i;
        }

        return product;
    }

    private static BigInteger Binomial(MathValue of, MathValue chosen)
    {
        if (of.Integer is not { } all || chosen.Integer is not { } some || some.Sign < 0 || some > LargestFactorial
            || BigInteger.Abs(all) > 100_000)
        {
            throw new LatexException("a binomial that is not computed");
        }

        var product = BigInteger.One;
        for (var i = 0; i < some; i++)
        {
            product = product * (all - i) / (i + 1);
        }

        return product;
    }
}
