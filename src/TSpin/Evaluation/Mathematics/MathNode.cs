using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>An expression, relation, set, tuple or matrix that was written in LaTeX.</summary>
internal abstract record MathNode
{
    /// <summary>What it is made of, in the order written.</summary>
    public virtual IReadOnlyList<MathNode> Parts => [];

    /// <summary>True for sets, intervals and tuples.</summary>
    public bool IsCollection => this is SetNode or TupleNode or IntervalNode or UnionNode;
}

/// <summary>A rational number; <paramref name="IsFloat"/> where it was written with a decimal point.</summary>
internal sealed record NumberNode(BigInteger Numerator, BigInteger Denominator, bool IsFloat) : MathNode
{
    public static NumberNode Of(BigInteger value) => new(value, BigInteger.One, false);

    public bool IsInteger => !IsFloat && Denominator.IsOne;
}

/// <summary>A number that was written with a sign of percent: it counts as the number and as its hundredth.</summary>
internal sealed record PercentNode(NumberNode Number) : MathNode;

/// <summary>
/// A variable, or a word. Those of an answer about complex numbers are others than those of one about real numbers.
/// </summary>
internal sealed record SymbolNode(string Name, bool IsReal) : MathNode;

/// <summary>Pi, e, i or infinity.</summary>
internal sealed record ConstantNode(MathConstant Constant) : MathNode;

/// <summary>A sum.</summary>
internal sealed record SumNode(IReadOnlyList<MathNode> Terms) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Terms;
}

/// <summary>A product.</summary>
internal sealed record ProductNode(IReadOnlyList<MathNode> Factors) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Factors;
}

/// <summary>A quotient.</summary>
internal sealed record QuotientNode(MathNode Over, MathNode Under) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => [Over, Under];
}

/// <summary>A power, or a root.</summary>
internal sealed record PowerNode(MathNode Base, MathNode Exponent) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => [Base, Exponent];
}

/// <summary>
/// A function of numbers: sine, logarithm to a base (second argument), absolute value, or one that is known by name
/// only.
/// </summary>
internal sealed record FunctionNode(string Name, IReadOnlyList<MathNode> Arguments) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Arguments;
}

/// <summary>Elements in an order.</summary>
internal sealed record TupleNode(IReadOnlyList<MathNode> Elements) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Elements;
}

/// <summary>Elements without order or number.</summary>
internal sealed record SetNode(IReadOnlyList<MathNode> Elements) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Elements;
}

/// <summary>An interval of the real numbers.</summary>
internal sealed record IntervalNode(MathNode Start, MathNode End, bool IsLeftOpen, bool IsRightOpen) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => [Start, End];
}

/// <summary>The union of sets.</summary>
internal sealed record UnionNode(IReadOnlyList<MathNode> Sets) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Sets;
}

/// <summary>A matrix or vector, row by row.</summary>
internal sealed record MatrixNode(int Rows, int Columns, IReadOnlyList<MathNode> Elements) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Elements;
}

/// <summary>Relations in a chain: <c>a = b</c>, <c>1 &lt; x &lt; 3</c>. There is one side more than signs.</summary>
internal sealed record RelationNode(IReadOnlyList<MathNode> Sides, IReadOnlyList<string> Signs) : MathNode
{
    public override IReadOnlyList<MathNode> Parts => Sides;

    public bool IsEquation => Signs.All(sign => sign == "=");
}
