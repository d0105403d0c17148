using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>Whether two equations or inequalities say the same.</summary>
internal static class RelationComparison
{
    /// <summary>Whether two chains of relations say the same, step by step, each up to a factor.</summary>
    public static bool AreSame(RelationNode gold, RelationNode answer)
    {
        return gold.Signs.Count == answer.Signs.Count
            && Enumerable.Range(0, gold.Signs.Count).All(i => IsSameStep(gold, answer, i));
    }

    private static bool IsSameStep(RelationNode gold, RelationNode answer, int i)
    {
        var (sign, other) = (gold.Signs[i], answer.Signs[i]);
        var (left, right) = ((gold.Sides[i], gold.Sides[i + 1]), (answer.Sides[i], answer.Sides[i + 1]));
        if (left.Item1.IsCollection || left.Item2.IsCollection || left.Item1 is MatrixNode || left.Item2 is MatrixNode
            || right.Item1.IsCollection || right.Item2.IsCollection)
        {
            return sign == other && MathComparison.Same(left.Item1, right.Item1)
                && MathComparison.Same(left.Item2, right.Item2);
        }

        var (a, b) = (Difference(left.Item1, left.Item2), Difference(right.Item1, right.Item2));
        var flipped = sign switch { "<" => ">", ">" => "<", "<=" => ">=", ">=" => "<=", _ => sign };
        return Factor(a, b) is { } factor
            && (sign is "=" or "!=" ? sign == other : factor > 0 ? sign == other : flipped == other);
    }

    private static SumNode Difference(MathNode a, MathNode b) => new([a, new ProductNode([NumberNode.Of(-1), b])]);

    // The factor between two expressions if it is the same everywhere; null where it is not.
    private static double? Factor(MathNode a, MathNode b)
    {
        var names = MathComparison.Symbols(a).Concat(MathComparison.Symbols(b)).Distinct().Select(symbol =>
            symbol.Name).Order(StringComparer.Ordinal).Distinct().ToList();
        double? factor = null;
        for (var point = 0; point < MathComparison.Points.Length; point++)
        {
            Complex At(SymbolNode symbol) =>
                MathComparison.Points[(names.IndexOf(symbol.Name) + point) % MathComparison.Points.Length] + (
                names.IndexOf(symbol.Name) * 0.1234567);
            var (x, y) = (MathValue.Of(a, At).Approximate, MathValue.Of(b, At).Approximate);
            if (Complex.Abs(y) < 1e-9)
            {
                return Complex.Abs(x) < 1e-9 && MathComparison.Symbols(a).Any() == MathComparison.Symbols(b).Any()
                    && !MathComparison.Symbols(a).Any() ? 1 : null;
            }

            var ratio = x / y;
            if (Math.Abs(ratio.Imaginary) > 1e-9 || ratio.Real == 0
                || (factor is { } known && Math.Abs(known - ratio.Real) > 1e-9 * Math.Abs(known)))
            {
                return null;
            }

            factor ??= ratio.Real;
        }

        return factor;
    }

    /// <summary>
    /// What <c>x &lt; 5</c> and <c>1 &lt;= x &lt; 3</c> say, as a set of numbers; null for other relations.
    /// </summary>
    public static IntervalNode? AsInterval(RelationNode relation)
    {
        MathNode from = new ProductNode([NumberNode.Of(-1), new ConstantNode(MathConstant.Infinity)]);
        MathNode to = new ConstantNode(MathConstant.Infinity);
        var (isLeftOpen, isRightOpen) = (true, true);
        for (var i = 0; i < relation.Signs.Count; i++)
        {
            var (left, sign, right) = (relation.Sides[i], relation.Signs[i], relation.Sides[i + 1]);
            if (sign is "=" or "!=" || (left is SymbolNode) == (right is SymbolNode))
            {
                return null;
            }

            var isUpper = (left is SymbolNode) == sign.StartsWith('<');
            var isOpen = sign.Length == 1;
            var bound = left is SymbolNode ? right : left;
            (to, isRightOpen) = isUpper ? (bound, isOpen) : (to, isRightOpen);
            (from, isLeftOpen) = isUpper ? (from, isLeftOpen) : (bound, isOpen);
        }

        return new IntervalNode(from, to, isLeftOpen, isRightOpen);
    }
}
