using System.Globalization;
using System.Numerics;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// Python's whole numbers, which have no largest: a <see cref="long"/> where one is enough, else a <see cref="BigInteger"/>. Two equal numbers have the same type.
/// </summary>
internal static class Integers
{
    // What Python prints or reads at most, and what a template may compute with; more serves nobody but an attacker.
    private const int MostDigits = 4300;
    private const int MostBits = 1 << 17;

    /// <summary>A number in its one form.</summary>
    public static object Of(BigInteger number)
    {
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            return (long)number;
        }

        return number.GetBitLength() <= MostBits ? number
            : throw new JinjaException(JinjaErrorKind.Limit, $"a whole number is larger than {MostBits} bits");
    }

    /// <summary>A whole number or truth value as a number; null for anything else.</summary>
    public static BigInteger? From(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        BigInteger number => number,
        _ => null,
    };

    public static string Text(BigInteger number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return text.Length - (number.Sign < 0 ? 1 : 0) <= MostDigits ? text
            : throw new JinjaException(JinjaErrorKind.Value, $"Exceeds the limit ({MostDigits} digits) for integer string conversion");
    }

    /// <summary>Reads digits in a radix, without sign or prefix; null where they are none, or too many.</summary>
    public static BigInteger? Parse(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.Length is 0 or > MostDigits)
        {
            return null;
        }

        if (radix == 10)
        {
            return BigInteger.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }

        var value = BigInteger.Zero;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
            if (digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return value;
    }

    /// <summary>The digits of a number that is not negative, in radix 2, 8, 10 or 16.</summary>
    public static string Digits(BigInteger number, int radix)
    {
        if (radix == 10)
        {
            return Text(number);
        }

        var bits = radix switch { 2 => 1, 8 => 3, _ => 4 };
        var digits = new char[Math.Max(1, (int)((number.GetBitLength() + bits - 1) / bits))];
        for (var i = digits.Length - 1; i >= 0; i--, number >>= bits)
        {
            digits[i] = "0123456789abcdef"[(int)(number & (radix - 1))];
        }

        return new string(digits);
    }

    /// <summary>The nearest float, an exact tie going to the even one.</summary>
    /// <exception cref="JinjaException">It is beyond the floats.</exception>
    public static double ToFloat(BigInteger number)
    {
        var size = BigInteger.Abs(number);
        var shift = (int)Math.Max(0, size.GetBitLength() - 64);
        var top = (ulong)(size >> shift);
        // What was shifted out only matters where the rest is a tie.
        var result = Math.ScaleB((double)(shift > 0 && ((BigInteger)top << shift) != size ? top | 1 : top), shift);
        return double.IsFinite(result) ? number.Sign < 0 ? -result : result
            : throw new JinjaException(JinjaErrorKind.Value, "int too large to convert to float");
    }

    /// <summary>Order of two numbers of any kind, compared exactly as Python does; neither may be NaN.</summary>
    public static int Compare(object a, object b) => (a, b) switch
    {
        (double x, double y) => x.CompareTo(y),
        (double x, _) => -Compare(From(b)!.Value, x),
        (_, double y) => Compare(From(a)!.Value, y),
        _ => From(a)!.Value.CompareTo(From(b)!.Value),
    };

    /// <summary>Arithmetic on whole numbers.</summary>
    public static object Compute(string sign, BigInteger a, BigInteger b) => sign switch
    {
        "+" => Of(a + b),
        "-" => Of(a - b),
        "*" => Of(a * b),
        "/" => b.IsZero ? throw ByZero("division by zero") : Divide(a, b),
        "//" => b.IsZero ? throw ByZero("integer division or modulo by zero") : Of(FloorDivide(a, b)),
        "%" => b.IsZero ? throw ByZero("integer modulo by zero") : Of(a - (FloorDivide(a, b) * b)),
        _ when b.Sign < 0 => a.IsZero ? throw ByZero("0.0 cannot be raised to a negative power") : Math.Pow(ToFloat(a), ToFloat(b)),
        _ => Power(a, b),
    };

    /// <summary>Rounds to tens, hundreds and so on, an exact half going to the even one.</summary>
    public static object Round(BigInteger number, int zeros)
    {
        if (zeros > MostDigits)
        {
            return 0L;
        }

        var unit = BigInteger.Pow(10, zeros);
        var below = FloorDivide(number, unit);
        var twice = (number - (below * unit)) * 2;
        return Of((twice > unit || (twice == unit && !below.IsEven) ? below + 1 : below) * unit);
    }

    private static int Compare(BigInteger a, double b)
    {
        if (!double.IsFinite(b))
        {
            return b > 0 ? -1 : 1;
        }

        var floor = Math.Floor(b);
        var order = a.CompareTo(new BigInteger(floor));
        return order == 0 && floor < b ? -1 : order;
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var rest);
        return !rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    // With 66 bits of the quotient, and one more that says whether anything is left, the float nearest to it is the one nearest to the exact value.
    private static double Divide(BigInteger a, BigInteger b)
    {
        var shift = (int)Math.Max(0, 66 - (BigInteger.Abs(a).GetBitLength() - BigInteger.Abs(b).GetBitLength()));
        var quotient = BigInteger.DivRem(BigInteger.Abs(a) << shift, BigInteger.Abs(b), out var rest);
        var result = Math.ScaleB(ToFloat(rest.IsZero ? quotient : quotient | 1), -shift);
        return (a.Sign < 0) != (b.Sign < 0) ? -result : result;
    }

    private static object Power(BigInteger a, BigInteger b)
    {
        if (a.IsZero || a.IsOne || b.IsZero)
        {
            return b.IsZero ? 1L : Of(a);
        }

        if (a == BigInteger.MinusOne)
        {
            return b.IsEven ? 1L : -1L;
        }

        return BigInteger.Abs(a).GetBitLength() - 1 <= MostBits && b <= MostBits && ((double)(BigInteger.Abs(a).GetBitLength() - 1) * (double)b) <= MostBits
            ? Of(BigInteger.Pow(a, (int)b))
            : throw new JinjaException(JinjaErrorKind.Limit, $"a whole number is larger than {MostBits} bits");
    }

    private static JinjaException ByZero(string message) => new(JinjaErrorKind.Value, message);
}
