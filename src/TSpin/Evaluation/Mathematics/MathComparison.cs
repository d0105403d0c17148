using System.Numerics;
using System.Text;

namespace TSpin.Evaluation.Mathematics;

/// <summary>
/// Whether two expressions mean the same. Numbers are compared exactly where they are rational, expressions with
/// variables by their values at several points; sets without regard to
/// order, tuples, intervals and matrices part by part; an equation also by its right side, and relations up to a
/// factor.
/// </summary>
internal static class MathComparison
{
    private const int Digits = 6;

    /// <summary>Where variables are tried; none is a special place of a usual function.</summary>
    public static readonly double[] Points = [0.7310585786, 1.3715943268, 2.6180339887, 0.4142135623, 3.7021];

    /// <summary>Whether an answer means what the annotated one does.</summary>
    public static bool AreEqual(MathNode gold, MathNode answer)
    {
        try
        {
            return Same(gold, answer);
        }
        catch (LatexException)
        {
            return false;
        }
    }

    /// <summary>Whether the difference of two expressions is nothing, whatever their variables are.</summary>
    public static bool IsDifferenceZero(MathNode a, MathNode b)
    {
        try
        {
            return HaveSameValues(a, b);
        }
        catch (LatexException)
        {
            return false;
        }
    }

    /// <summary>As <see cref="AreEqual"/>, for parts.</summary>
    /// <exception cref="LatexException">A part has no value.</exception>
    public static bool Same(MathNode gold, MathNode answer)
    {
        gold = Shortened(gold);
        answer = Shortened(answer);
        if (answer is RelationNode { IsEquation: true } equation && gold is not RelationNode { IsEquation: true })
        {
            answer = equation.Sides[^1];
        }
        else if (IsAssignment(gold) && answer is not RelationNode { IsEquation: true })
        {
            gold = ((RelationNode)gold).Sides[^1];
        }

        if (gold is RelationNode relation && answer is IntervalNode or UnionNode or SetNode
            && RelationComparison.AsInterval(relation) is { } interval)
        {
            gold = interval;
        }

        if (gold is RelationNode left && answer is RelationNode right)
        {
            return RelationComparison.AreSame(left, right);
        }

        if (gold is RelationNode || answer is RelationNode)
        {
            return false;
        }

        return gold.IsCollection || answer.IsCollection ? AreSameCollections(gold, answer)
            : gold is MatrixNode || answer is MatrixNode ? gold is MatrixNode a && answer is MatrixNode b
                && a.Rows == b.Rows && a.Columns == b.Columns && AllSame(a.Elements, b.Elements)
            : gold is SymbolNode || answer is SymbolNode ? AreSameWords(gold, answer)
            : AreSameNumbers(gold, answer);
    }

    // f(x) = ... = 5 says what f(x) is.
    private static MathNode Shortened(MathNode node) => node is RelationNode { Sides.Count: > 2 } chain
        && IsAssignment(chain) ? new RelationNode([chain.Sides[0], chain.Sides[^1]], ["="]) : node;

    private static bool IsAssignment(MathNode node) => node is RelationNode { IsEquation: true } relation
        && IsOfSymbols(relation.Sides[0]);

    // A number under a line counts as none.
    private static bool IsOfSymbols(MathNode node) => node is SymbolNode
        || (node is QuotientNode quotient && IsOfSymbols(quotient.Over)
            && (quotient.Under is NumberNode || IsOfSymbols(quotient.Under)))
        || (node is TupleNode or ProductNode or FunctionNode or SumNode or PowerNode && node.Parts.Count > 0
            && node.Parts.All(IsOfSymbols));

    private static bool AreSameNumbers(MathNode gold, MathNode answer)
    {
        if (gold is PercentNode || answer is PercentNode)
        {
            return AsWritten(gold).Any(a => AsWritten(answer).Any(b => AreSameNumbers(a, b)));
        }

        if (gold is NumberNode || answer is NumberNode)
        {
            if (gold is NumberNode { IsFloat: true } || answer is NumberNode { IsFloat: true })
            {
                if (MathValue.OfConstant(gold) is { } a && MathValue.OfConstant(answer) is { } b && Math.Abs(a) < 1e15
                    && Math.Abs(b) < 1e15)
                {
                    return Math.Round((decimal)a, Digits) == Math.Round((decimal)b, Digits);
                }
            }
        }

        return HaveSameValues(gold, answer);
    }

    // A percent counts as the number before the sign and as its hundredth.
    private static NumberNode[] Hundredths(PercentNode percent) =>
        [percent.Number, percent.Number with { Denominator = percent.Number.Denominator * 100, IsFloat = true }];

    private static IEnumerable<MathNode> AsWritten(MathNode node) => node is PercentNode percent ? Hundredths(percent)
        : [node];

    private static bool HaveSameValues(MathNode a, MathNode b)
    {
        var names = Symbols(a).Concat(Symbols(b)).Distinct().Select(symbol =>
            (symbol.Name, symbol.IsReal)).OrderBy(name => name).ToList();
        var compared = 0;
        for (var point = 0; point < (names.Count == 0 ? 1 : Points.Length); point++)
        {
            Complex At(SymbolNode symbol) =>
                Points[(names.IndexOf((symbol.Name, symbol.IsReal)) + point) % Points.Length] + (
                names.IndexOf((symbol.Name, symbol.IsReal)) * 0.1234567);
            var (x, y) = (MathValue.Of(a, At), MathValue.Of(b, At));
            if (double.IsNaN(x.Approximate.Real) || double.IsNaN(y.Approximate.Real))
            {
                continue;
            }

            if (!MathValue.AreSame(x, y))
            {
                return false;
            }

            compared++;
        }

        return compared > 0;
    }

    /// <summary>The variables, as often as they stand there.</summary>
    public static IEnumerable<SymbolNode> Symbols(MathNode node) => node is SymbolNode symbol ? [symbol]
        : node.Parts.SelectMany(Symbols);

    // A word is the product of its letters too; case counts in one letter only, and there not.
    private static bool AreSameWords(MathNode gold, MathNode answer)
    {
        if (gold is SymbolNode a && answer is SymbolNode b)
        {
            return string.Equals(a.Name, b.Name, StringComparison.OrdinalIgnoreCase)
                && (a.IsReal == b.IsReal || a.Name.Length > 1);
        }

        var (word, other) = gold is SymbolNode symbol ? (symbol, answer) : ((SymbolNode)answer, gold);
        return other is ConstantNode { Constant: MathConstant.E }
            ? string.Equals(word.Name, "e", StringComparison.OrdinalIgnoreCase)
            : other is ProductNode && Spelled(other) is { } letters
                && string.Equals(letters, word.Name, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Spelled(MathNode node)
    {
        var text = new StringBuilder();
        return Spell(node, text) ? text.ToString() : null;
    }

    private static bool Spell(MathNode node, StringBuilder text)
    {
        switch (node)
        {
            case SymbolNode symbol:
                text.Append(symbol.Name);
                return true;
            case ConstantNode { Constant: MathConstant.E }:
                text.Append('e');
                return true;
            case ConstantNode { Constant: MathConstant.I }:
                text.Append('i');
                return true;
            default:
                return node is ProductNode product && product.Factors.All(factor => Spell(factor, text));
        }
    }

    private static bool AreSameCollections(MathNode gold, MathNode answer)
    {
        if (gold is IntervalNode a && answer is IntervalNode b)
        {
            return a.IsLeftOpen == b.IsLeftOpen && a.IsRightOpen == b.IsRightOpen && Same(a.Start, b.Start)
                && Same(a.End, b.End);
        }

        if (gold is UnionNode || answer is UnionNode)
        {
            return gold is UnionNode && answer is UnionNode && AreSameSets(gold.Parts, answer.Parts);
        }

        // An open interval of two numbers may be a pair.
        if (gold is IntervalNode || answer is IntervalNode)
        {
            return (gold, answer) is (IntervalNode { IsLeftOpen: true, IsRightOpen: true },
                TupleNode or SetNode) or (TupleNode or SetNode, IntervalNode { IsLeftOpen: true, IsRightOpen: true })
                && gold.Parts.Count == answer.Parts.Count
                    && (gold is SetNode ? AreSameSets(gold.Parts, answer.Parts) : AllSame(gold.Parts, PartsOf(answer)));
        }

        var (goldParts, answerParts) = (PartsOf(gold), PartsOf(answer));
        return gold is not TupleNode ? AreSameSets(goldParts, answerParts) : AllSame(goldParts, answerParts);
    }

    private static IReadOnlyList<MathNode> PartsOf(MathNode node) => node is SetNode set ? Distinct(set.Elements)
        : node is TupleNode ? node.Parts : [node];

    private static List<MathNode> Distinct(IReadOnlyList<MathNode> elements)
    {
        var distinct = new List<MathNode>();
        foreach (var element in elements)
        {
            if (!distinct.Exists(known => Same(known, element)))
            {
                distinct.Add(element);
            }
        }

        return distinct;
    }

    private static bool AllSame(IReadOnlyList<MathNode> a, IReadOnlyList<MathNode> b) => a.Count == b.Count
        && a.Zip(b).All(pair => Same(pair.First, pair.Second));

    private static bool AreSameSets(IReadOnlyList<MathNode> a, IReadOnlyList<MathNode> b)
    {
        var left = b.ToList();
        return a.Count == b.Count && a.All(element =>
        {
            var at = left.FindIndex(other => Same(element, other));
            if (at >= 0)
            {
                left.RemoveAt(at);
            }

            return at >= 0;
        });
    }
}
