using TSpin.Torch.Interop;

namespace TSpin.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator +(Tensor a, Tensor b)
    {
        Check(Native.ts_add(a.Handle, b.Handle, 1, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator -(Tensor a, Tensor b)
    {
        Check(Native.ts_add(a.Handle, b.Handle, -1, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator *(Tensor a, Tensor b)
    {
        Check(Native.ts_mul(a.Handle, b.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator /(Tensor a, Tensor b)
    {
        Check(Native.ts_div(a.Handle, b.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator +(Tensor a, double b)
    {
        Check(Native.ts_add_scalar(a.Handle, b, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator -(Tensor a, double b)
    {
        Check(Native.ts_add_scalar(a.Handle, -b, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, broadcast.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator *(Tensor a, double b)
    {
        Check(Native.ts_mul_scalar(a.Handle, b, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise, times the reciprocal.</summary>
    /// <param name="a">Left side.</param>
    /// <param name="b">Right side.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator /(Tensor a, double b)
    {
        return a * (1.0 / b);
    }

    /// <summary>Elementwise negation.</summary>
    /// <param name="a">The tensor.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor operator -(Tensor a) => a.Apply(Function.Negate);

    /// <summary>Elementwise: e to the x.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Exp() => Apply(Function.Exp);

    /// <summary>Elementwise: natural logarithm.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Log() => Apply(Function.Log);

    /// <summary>Elementwise: square root.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Sqrt() => Apply(Function.Sqrt);

    /// <summary>Elementwise: 1 / sqrt(x).</summary>
    /// <returns>A new tensor.</returns>
    public Tensor ReciprocalSqrt() => Apply(Function.ReciprocalSqrt);

    /// <summary>Elementwise: x times x.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Square() => Apply(Function.Square);

    /// <summary>Elementwise: absolute value.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Abs() => Apply(Function.Abs);

    /// <summary>Elementwise: 1 / (1 + exp(-x)).</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Sigmoid() => Apply(Function.Sigmoid);

    /// <summary>Elementwise: log(sigmoid(x)), stable for large negative x.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor LogSigmoid() => Apply(Function.LogSigmoid);

    /// <summary>Elementwise: x times sigmoid(x).</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Silu() => Apply(Function.Silu);

    /// <summary>Elementwise: hyperbolic tangent.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Tanh() => Apply(Function.Tanh);

    /// <summary>Elementwise: max(x, 0).</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Relu() => Apply(Function.Relu);

    /// <summary>Elementwise: x times the normal distribution function, exact.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Gelu() => Apply(Function.Gelu);

    /// <summary>Elementwise: GELU in the tanh approximation.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor GeluTanh() => Apply(Function.GeluTanh);

    /// <summary>Elementwise: sine.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Sin() => Apply(Function.Sin);

    /// <summary>Elementwise: cosine.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor Cos() => Apply(Function.Cos);

    /// <summary>Elementwise: bool: neither NaN nor infinite.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor IsFinite() => Apply(Function.IsFinite);

    /// <summary>Elementwise: bool: not x.</summary>
    /// <returns>A new tensor.</returns>
    public Tensor LogicalNot() => Apply(Function.LogicalNot);

    /// <summary>Elementwise power.</summary>
    /// <param name="exponent">The exponent.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Pow(double exponent)
    {
        Check(Native.ts_pow_scalar(Handle, exponent, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &lt; b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor Less(Tensor other)
    {
        Check(Native.ts_compare(0, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &lt; b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor Less(double other)
    {
        Check(Native.ts_compare_scalar(0, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &lt;= b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor LessOrEqual(Tensor other)
    {
        Check(Native.ts_compare(1, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &lt;= b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor LessOrEqual(double other)
    {
        Check(Native.ts_compare_scalar(1, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &gt; b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor Greater(Tensor other)
    {
        Check(Native.ts_compare(2, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &gt; b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor Greater(double other)
    {
        Check(Native.ts_compare_scalar(2, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &gt;= b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor GreaterOrEqual(Tensor other)
    {
        Check(Native.ts_compare(3, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a &gt;= b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor GreaterOrEqual(double other)
    {
        Check(Native.ts_compare_scalar(3, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a = b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor EqualTo(Tensor other)
    {
        Check(Native.ts_compare(4, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a = b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor EqualTo(double other)
    {
        Check(Native.ts_compare_scalar(4, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a is not b, broadcast.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor NotEqualTo(Tensor other)
    {
        Check(Native.ts_compare(5, Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise a is not b.</summary>
    /// <param name="other">The right side.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor NotEqualTo(double other)
    {
        Check(Native.ts_compare_scalar(5, Handle, other, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise and.</summary>
    /// <param name="other">bool.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor LogicalAnd(Tensor other)
    {
        Check(Native.ts_logical_and(Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Elementwise or.</summary>
    /// <param name="other">bool.</param>
    /// <returns>A bool tensor.</returns>
    public Tensor LogicalOr(Tensor other)
    {
        Check(Native.ts_logical_or(Handle, other.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>The larger of two, elementwise.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Maximum(Tensor a, Tensor b)
    {
        Check(Native.ts_maximum(a.Handle, b.Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>Limits every element to a range.</summary>
    /// <param name="minimum">Lower limit.</param>
    /// <param name="maximum">Upper limit.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Clamp(double minimum, double maximum)
    {
        Check(Native.ts_clamp(Handle, minimum, maximum, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    /// <summary>this += scale x other.</summary>
    /// <param name="other">The addend.</param>
    /// <param name="scale">Its factor.</param>
    /// <returns>This tensor.</returns>
    public Tensor AddInPlace(Tensor other, double scale = 1)
    {
        Check(Native.ts_add_(Handle, other.Handle, scale, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>this *= factor.</summary>
    /// <param name="factor">The factor.</param>
    /// <returns>This tensor.</returns>
    public Tensor MultiplyInPlace(double factor)
    {
        Check(Native.ts_mul_scalar_(Handle, factor, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>this += scale x a x b.</summary>
    /// <param name="a">One factor.</param>
    /// <param name="b">The other.</param>
    /// <param name="scale">A third.</param>
    /// <returns>This tensor.</returns>
    public Tensor AddProductInPlace(Tensor a, Tensor b, double scale)
    {
        Check(Native.ts_addcmul_(Handle, a.Handle, b.Handle, scale, Native.Error, Native.ErrorCapacity));
        return this;
    }

    /// <summary>this += scale x a / b.</summary>
    /// <param name="a">Numerator.</param>
    /// <param name="b">Denominator.</param>
    /// <param name="scale">Factor.</param>
    /// <returns>This tensor.</returns>
    public Tensor AddQuotientInPlace(Tensor a, Tensor b, double scale)
    {
        Check(Native.ts_addcdiv_(Handle, a.Handle, b.Handle, scale, Native.Error, Native.ErrorCapacity));
        return this;
    }

    private Tensor Apply(Function function)
    {
        Check(Native.ts_unary((int)function, Handle, out var result, Native.Error, Native.ErrorCapacity));
        return Wrap(result);
    }

    // The order is that of ts_unary_function.
    private enum Function
    {
        Negate,
        Exp,
        Log,
        Sqrt,
        ReciprocalSqrt,
        Square,
        Abs,
        Sigmoid,
        LogSigmoid,
        Silu,
        Tanh,
        Relu,
        Gelu,
        GeluTanh,
        Sin,
        Cos,
        IsFinite,
        LogicalNot,
    }
}
