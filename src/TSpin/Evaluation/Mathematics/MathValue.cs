using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// The value of an expression at one point: exact where it is rational, and as a complex number of double precision.
/// </summary>
internal readonly struct MathValue
{
    // Powers beyond these are no longer computed exactly.
    private const int MostBits = 4096;

    private readonly BigInteger _over;
    private readonly BigInteger _under;

    private MathValue(BigInteger over, BigInteger under)
    {
        var common = BigInteger.GreatestCommonDivisor(over, under) * (under.Sign < 0 ? -1 : 1);
        (_over, _under) = common.IsOne ? (over, under) : (over / common, under / common);
        Approximate = Ratio(_over, _under);
    }

    private MathValue(Complex value) => Approximate = value;

    /// <summary>To double precision.</summary>
    public Complex Approximate { get; }

    /// <summary>Whether it is known exactly.</summary>
    public bool IsExact => !_under.IsZero;

    /// <summary>The value at a point.</summary>
    /// <param name="node">An expression of numbers.</param>
    /// <param name="symbols">Values of the variables.</param>
    /// <exception cref="LatexException">It is none, or has a part that has no value.</exception>
    public static MathValue Of(MathNode node, Func<SymbolNode, Complex> symbols)
    {
        switch (node)
        {
            case NumberNode number:
                return new MathValue(number.Numerator, number.Denominator);
            case PercentNode percent:
                return new MathValue(percent.Number.Numerator, percent.Number.Denominator * 100);
            case SymbolNode symbol:
                return new MathValue(symbols(symbol));
            case ConstantNode constant:
                return new MathValue(constant.Constant switch
                {
                    MathConstant.Pi => Math.PI,
                    MathConstant.E => Math.E,
                    MathConstant.I => Complex.ImaginaryOne,
                    _ => double.PositiveInfinity,
                });
            case SumNode sum:
                return sum.Terms.Select(term => Of(term, symbols)).Aggregate(Add);
            case ProductNode product:
                return product.Factors.Select(factor => Of(factor, symbols)).Aggregate(Multiply);
            case QuotientNode quotient:
                return Divide(Of(quotient.Over, symbols), Of(quotient.Under, symbols));
            case PowerNode power:
                return Power(Of(power.Base, symbols), Of(power.Exponent, symbols));
            case FunctionNode function:
                return MathFunctions.Of(function.Name,
                    [.. function.Arguments.Select(argument => Of(argument, symbols))]);
            default:
                throw new LatexException("no number");
        }
    }

    /// <summary>The value of an expression without variables as a real number; null where it has none.</summary>
    public static double? OfConstant(MathNode node)
    {
        try
        {
            var value = Of(node, symbol => throw new LatexException(symbol.Name)).Approximate;
            return Math.Abs(value.Imaginary) <= 1e-12 * Math.Abs(value.Real) ? value.Real : null;
        }
        catch (LatexException)
        {
            return null;
        }
    }

    /// <summary>A number of double precision.</summary>
    public static MathValue OfNumber(Complex value) => new(value);

    /// <summary>An exact whole number.</summary>
    public static MathValue OfInteger(BigInteger value) => new(value, BigInteger.One);

    /// <summary>The exact whole number it is, or null.</summary>
    public BigInteger? Integer => IsExact && _under.IsOne ? _over : null;

    /// <summary>Raises one to the other.</summary>
    public static MathValue Power(MathValue value, MathValue exponent)
    {
        if (value.IsExact && exponent.Integer is { } whole && BigInteger.Abs(whole) <= MostBits)
        {
            var times = (int)BigInteger.Abs(whole);
            if ((value._over.GetBitLength() + value._under.GetBitLength()) * times <= MostBits
                && (whole.Sign >= 0 || !value._over.IsZero))
            {
                var (over, under) = (BigInteger.Pow(value._over, times), BigInteger.Pow(value._under, times));
                return whole.Sign >= 0 ? new MathValue(over, under) : new MathValue(under, over);
            }
        }

        var (number, power) = (value.Approximate, exponent.Approximate);
        // The double's own power is exact where the complex one is off in the last digits.
        return number.Imaginary == 0 && power.Imaginary == 0
            && (number.Real >= 0 || power.Real == Math.Floor(power.Real))
            ? new MathValue(Math.Pow(number.Real, power.Real)) : new MathValue(Complex.Pow(number, power));
    }

    /// <summary>Whether two values are the same number, exactly or within what double precision loses.</summary>
    public static bool AreSame(MathValue a, MathValue b)
    {
        if (a.IsExact && b.IsExact)
        {
            return a._over == b._over && a._under == b._under;
        }

        var (x, y) = (a.Approximate, b.Approximate);
        if (!Complex.IsFinite(x) || !Complex.IsFinite(y))
        {
            return double.IsInfinity(x.Real) && x.Real == y.Real && x.Imaginary == 0 && y.Imaginary == 0;
        }

        return Complex.Abs(x - y) <= 1e-11 * Math.Max(1e-3, Math.Max(Complex.Abs(x), Complex.Abs(y)));
    }

    private static MathValue Add(MathValue a, MathValue b) =>
        a.IsExact && b.IsExact && Fits(a, b)
            ? new MathValue((a._over * b._under) + (b._over * a._under), a._under * b._under)
            : new MathValue(a.Approximate + b.Approximate);

    private static MathValue Multiply(MathValue a, MathValue b) =>
        a.IsExact && b.IsExact && Fits(a, b) ? new MathValue(a._over * b._over, a._under * b._under)
        : a.Approximate.Imaginary == 0 && b.Approximate.Imaginary == 0
            ? new MathValue(a.Approximate.Real * b.Approximate.Real)
        : new MathValue(a.Approximate * b.Approximate);

    private static MathValue Divide(MathValue a, MathValue b) =>
        a.IsExact && b.IsExact && !b._over.IsZero && Fits(a, b) ? new MathValue(a._over * b._under, a._under * b._over)
            : new MathValue(a.Approximate / b.Approximate);

    private static bool Fits(MathValue a, MathValue b) =>
        a._over.GetBitLength() + a._under.GetBitLength() + b._over.GetBitLength() + b._under.GetBitLength() <= 4 * MostBits;

    private static double Ratio(BigInteger over, BigInteger under)
    {
        var shift = (int)Math.Max(0, Math.Min(over.GetBitLength(), under.GetBitLength()) - 900);
        return (double)(over >> shift) / (double)(under >> shift);
    }
}
