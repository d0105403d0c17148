using System.Numerics;

namespace TSpin.Evaluation.Mathematics;

/// <summary>Reads LaTeX into an expression. Depth and length are limited, so that no text takes long or much.</summary>
internal sealed partial class LatexParser
{
    private const int Deepest = 120;
    private const int MostDigits = 400;

    private static readonly Dictionary<string, string> Signs = new (string Key, string Value)[]
    {
        ("le", "<="), ("leq", "<="), ("leqslant", "<="), ("ge", ">="), ("geq", ">="), ("geqslant", ">="), ("lt", "<"),
            ("gt", ">"), ("ne", "!="), ("neq", "!="), ("in", "="),
        ("approx", "="), ("equiv", "="),
    }.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    // Those are variables for sympy.
    private static readonly HashSet<string> VerifySigns = new(StringComparer.Ordinal) { "lt", "gt", "ne", "in", "approx", "equiv" };

    private readonly IEnumerator<LatexToken> _source;
    private readonly List<LatexToken> _tokens = [];
    private readonly LatexDialect _dialect;
    private int _at;
    private int _depth;

    private LatexParser(string text, LatexDialect dialect)
    {
        _source = LatexLexer.Read(text, isPlain: !dialect.HasCollections).GetEnumerator();
        _dialect = dialect;
    }

    /// <summary>Reads a whole text.</summary>
    /// <param name="text">LaTeX without dollars.</param>
    /// <param name="dialect">How it is read.</param>
    /// <returns>The expression.</returns>
    /// <exception cref="LatexException">It is none.</exception>
    public static MathNode Parse(string text, LatexDialect dialect)
    {
        var parser = new LatexParser(text, dialect);
        if (dialect.ReadsPrefix)
        {
            return parser.Relation();
        }

        var elements = parser.Elements();
        return parser.Current.Kind == LatexTokenKind.End ? Whole(elements)
            : throw new LatexException($"'{parser.Current.Text}' is too much");
    }

    // a = 1, 2, 3 gives a three values; a = 1, b = 2 are two relations.
    private static MathNode Whole(List<MathNode> elements) => elements switch
    {
        [var one] => one,
        [RelationNode { Signs: ["="], Sides: [SymbolNode or TupleNode, _] } first,
            ..] when !elements.Skip(1).Any(element => element is RelationNode) =>
            first with { Sides = [first.Sides[0], new SetNode([first.Sides[1], .. elements.Skip(1)])] },
        _ => new SetNode(elements),
    };

    private List<MathNode> Elements()
    {
        var elements = new List<MathNode>();
        do
        {
            var start = _at;
            var element = Relation();
            // What stands behind a sign of plus or minus is two elements.
            var isTwo = element is SetNode
                && _tokens.Skip(start).Take(_at - start).Any(token =>
                token is { Kind: LatexTokenKind.Command, Text: "pm" or "mp" }) && !IsBrace(_tokens[start]);
            elements.AddRange(isTwo ? ((SetNode)element).Elements : [element]);
        }
        while (Take(",") || Take(";"));
        return elements;
    }

    private static bool IsBrace(LatexToken token) => token.Text == "{";

    private MathNode Relation()
    {
        using var depth = Deeper();
        List<MathNode> sides = [Side()];
        var signs = new List<string>();
        while (Sign() is { } sign)
        {
            signs.Add(sign);
            sides.Add(Side());
        }

        return signs.Count == 0 ? sides[0] : new RelationNode(sides, signs);
    }

    private string? Sign()
    {
        var token = Current;
        var sign = token.Kind == LatexTokenKind.Sign && token.Text is "=" or "<" or ">" ? token.Text
            : token.Kind == LatexTokenKind.Command && IsSign(token.Text) ? Signs[token.Text]
            : null;
        _at += sign is null ? 0 : 1;
        return sign;
    }

    private bool IsSign(string command) =>
        Signs.ContainsKey(command) && (_dialect.HasCollections || !VerifySigns.Contains(command));

    private MathNode Side()
    {
        var first = _dialect.HasCollections && TakePlusMinus() ? Both(NumberNode.Of(0), Sum()) : Sum();
        if (_dialect.HasCollections && TakePlusMinus())
        {
            return Both(first, Sum());
        }

        if (!_dialect.HasCollections || Current is not { Kind: LatexTokenKind.Command, Text: "cup" })
        {
            return first;
        }

        var sets = new List<MathNode> { first };
        while (TakeCommand("cup"))
        {
            sets.Add(Sum());
        }

        return new UnionNode(sets);
    }

    private bool TakePlusMinus() => TakeCommand("pm") || TakeCommand("mp");

    private static SetNode Both(MathNode middle, MathNode distance) =>
        new([new SumNode([middle, Negated(distance)]), new SumNode([middle, distance])]);

    private MathNode Sum()
    {
        using var depth = Deeper();
        var terms = new List<MathNode> { Product() };
        while (Current is { Kind: LatexTokenKind.Sign, Text: "+" or "-" } sign)
        {
            _at++;
            var term = Product();
            terms.Add(sign.Text == "-" ? Negated(term) : term);
        }

        return terms.Count == 1 ? terms[0] : Arithmetic(new SumNode(terms));
    }

    // Without functions: the argument of one that has no parentheses.
    private MathNode Product(bool withFunctions = true)
    {
        var product = Unary(withFunctions);
        while (true)
        {
            var token = Current;
            var isDivision = token is { Kind: LatexTokenKind.Sign, Text: "/" or ":" }
                or { Kind: LatexTokenKind.Command, Text: "div" };
            if (!isDivision && token is not (
                { Kind: LatexTokenKind.Sign, Text: "*" } or { Kind: LatexTokenKind.Command, Text: "times" or "cdot" }))
            {
                return product;
            }

            _at++;
            var next = Unary(withFunctions);
            product = Arithmetic(isDivision ? Quotient(product, next) : new ProductNode([product, next]));
        }
    }

    private MathNode Unary(bool withFunctions)
    {
        using var depth = Deeper();
        if (Take("-"))
        {
            return Negated(Unary(withFunctions));
        }

        if (Take("+"))
        {
            return Unary(withFunctions);
        }

        var factors = new List<MathNode> { Postfix() };
        while (StartsFactor(withFunctions))
        {
            factors.Add(Postfix());
        }

        var product = factors[^1];
        for (var i = factors.Count - 2; i >= 0; i--)
        {
            product = _dialect.HasCollections && factors[i] is NumberNode { IsInteger: true } whole
                && product is NumberNode { IsFloat: false } part && part.Numerator.Sign > 0
                ? Rational((BigInteger.Abs(whole.Numerator) * part.Denominator + part.Numerator) * (
                    whole.Numerator.Sign < 0 ? -1 : 1), part.Denominator)
                : Arithmetic(new ProductNode([factors[i], product]));
        }

        return product;
    }

    private MathNode Postfix()
    {
        var node = Power();
        while (true)
        {
            if (Take("!"))
            {
                node = new FunctionNode("factorial", [node]);
            }
            else if (!SkipDegree())
            {
                return node;
            }
        }
    }

    private MathNode Power()
    {
        var node = Primary();
        while (Current is { Kind: LatexTokenKind.Sign, Text: "^" } && !IsDegree())
        {
            _at++;
            node = Arithmetic(new PowerNode(node, Script()));
        }

        return node;
    }

    // What stands raised or lowered: one piece, or an expression in braces.
    private MathNode Script()
    {
        if (Take("{"))
        {
            var inside = Sum();
            Expect("}");
            return inside;
        }

        return Current.Kind is LatexTokenKind.Number or LatexTokenKind.Letter or LatexTokenKind.Command or LatexTokenKind.Word ? Atom() : throw new LatexException("nothing is raised");
    }

    // ^\circ says degrees, which do not count.
    private bool IsDegree() => _dialect.HasCollections
        && (Peek(1) is { Kind: LatexTokenKind.Command, Text: "circ" or "degree" }
            || (Peek(1) is { Kind: LatexTokenKind.Sign, Text: "{" }
            && Peek(2) is { Kind: LatexTokenKind.Command, Text: "circ" or "degree" }));

    private bool SkipDegree()
    {
        if (Current is not { Kind: LatexTokenKind.Sign, Text: "^" } || !IsDegree())
        {
            return false;
        }

        _at++;
        var isBraced = Take("{");
        _at++;
        if (isBraced)
        {
            Expect("}");
        }

        return true;
    }

    private static MathNode Negated(MathNode node) => node switch
    {
        NumberNode number => number with { Numerator = -number.Numerator },
        _ => Arithmetic(new ProductNode([NumberNode.Of(-1), node])),
    };

    // A fraction of whole numbers is a number.
    private static MathNode Quotient(MathNode over, MathNode under) => Arithmetic(new QuotientNode(over, under));

    private static NumberNode Rational(BigInteger over, BigInteger under)
    {
        var common = BigInteger.GreatestCommonDivisor(over, under) * (under.Sign < 0 ? -1 : 1);
        return new NumberNode(over / common, under / common, false);
    }

    private static MathNode Arithmetic(MathNode node) =>
        node.Parts.Any(part => part.IsCollection || part is RelationNode)
            ? throw new LatexException("arithmetic with a set") : node;
}
