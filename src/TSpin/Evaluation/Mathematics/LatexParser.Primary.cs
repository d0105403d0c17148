namespace TSpin.Evaluation.Mathematics;

/// <summary>What expressions are made of: numbers, letters, groups, fractions, roots, functions.</summary>
internal sealed partial class LatexParser
{
    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "exp", "ln",
            "log", "lg",
    };

    private static readonly HashSet<string> Fractions = new(StringComparer.Ordinal) { "frac", "dfrac", "tfrac",
        "cfrac" };
    private static readonly HashSet<string> Binomials = new(StringComparer.Ordinal) { "binom", "dbinom", "tbinom" };
    private static readonly HashSet<string> Closings = new(StringComparer.Ordinal)
    {
        "}", "rfloor", "rceil", "cup", "pm", "mp", "cdot", "times", "div", "\\", "circ", "degree", "%", "rvert", "vert",
            "right", "$", "dots", "ldots", "cdots", "cap", "setminus", "to", "varnothing", "over",
    };

    // Of these for sympy; the others are variables.
    private static readonly HashSet<string> PlainClosings = new(StringComparer.Ordinal)
    {
        "}", "rfloor", "rceil", "cdot", "times", "div", "langle", "rangle", "to", "rightarrow", "Rightarrow", "longrightarrow",
            "Longrightarrow",
    };

    // Functions whose power of -1 is their inverse.
    private static readonly HashSet<string> Invertible = new(StringComparer.Ordinal) { "sin", "cos", "tan" };

    // Whether another factor stands here, without a sign of multiplication.
    private bool StartsFactor(bool withFunctions)
    {
        var token = Current;
        return token.Kind switch
        {
            LatexTokenKind.Number or LatexTokenKind.Word => true,
            LatexTokenKind.Letter => withFunctions || !IsCall(),
            LatexTokenKind.Sign => token.Text is "(" or "[" or "{",
            LatexTokenKind.Command => !IsClosing(token.Text) && !IsSign(token.Text)
                && !token.Text.StartsWith("end ", StringComparison.Ordinal)
                && (withFunctions || (!Functions.Contains(token.Text) && token.Text != "sqrt")),
            _ => false,
        };
    }

    private bool IsClosing(string command) =>
        (_dialect.HasCollections ? Closings : PlainClosings).Contains(command);

    private MathNode Primary()
    {
        using var depth = Deeper();
        var token = Current;
        switch (token.Kind)
        {
            case LatexTokenKind.Number or LatexTokenKind.Word or LatexTokenKind.Letter:
                return Atom();
            case LatexTokenKind.Sign when token.Text is "(" or "[" or "{":
                _at++;
                return Group(token.Text);
            case LatexTokenKind.Sign when token.Text == "|":
                _at++;
                var inside = Sum();
                Expect("|");
                return new FunctionNode("abs", [inside]);
            case LatexTokenKind.Command:
                return Command();
            default:
                throw new LatexException($"'{token.Text}' begins nothing");
        }
    }

    private MathNode Atom()
    {
        var token = Current;
        if (token.Kind == LatexTokenKind.Number)
        {
            return Number();
        }

        if (token.Kind == LatexTokenKind.Command)
        {
            return Command();
        }

        if (token.Kind == LatexTokenKind.Letter && IsCall())
        {
            return Call(token.Text);
        }

        _at++;
        if (token.Kind == LatexTokenKind.Word)
        {
            var word = string.Concat(token.Text.Where(letter => !char.IsWhiteSpace(letter)
                && letter is not ('(' or ')')));
            return word.Length > 0 ? Symbol(word) : throw new LatexException("an empty word");
        }

        return token.Text switch
        {
            "e" when _dialect.HasCollections => new ConstantNode(MathConstant.E),
            "I" when _dialect.HasCollections => new ConstantNode(MathConstant.I),
            _ => Symbol(token.Text),
        };
    }

    private SymbolNode Symbol(string name)
    {
        if (Current is { Kind: LatexTokenKind.Sign, Text: "_" })
        {
            var start = ++_at;
            Script();
            name += "_" + string.Concat(_tokens.Skip(start).Take(_at - start).Where(token =>
                token.Text is not ("{" or "}")).Select(token => token.Text));
        }

        return new SymbolNode(_dialect.HasCollections ? name.ToLowerInvariant() : name, _dialect.IsReal);
    }

    // f(x) is a function's value; for math_verify only where one piece stands in the parentheses, so that x(x+1) stays
    // a product.
    private bool IsCall() => Peek(1) is { Kind: LatexTokenKind.Sign, Text: "(" }
        && (!_dialect.HasCollections
            || (Peek(2).Kind is LatexTokenKind.Letter or LatexTokenKind.Number
            && Peek(3) is { Kind: LatexTokenKind.Sign, Text: ")" }));

    private FunctionNode Call(string name)
    {
        _at += 2;
        var arguments = new List<MathNode> { Sum() };
        while (Take(","))
        {
            arguments.Add(Sum());
        }

        Expect(")");
        return new FunctionNode("call " + name, arguments);
    }

    private MathNode Group(string open)
    {
        if (!_dialect.HasCollections)
        {
            var only = Sum();
            if (open != "\\{" || !TakeCommand("}"))
            {
                Expect(open switch { "(" => ")", "[" => "]", "{" => "}", _ => "\\}" });
            }

            return only;
        }

        if (open is "{" or "\\{" && Closing() is not null)
        {
            return new SetNode([]);
        }

        var start = _at;
        var elements = Elements();
        if (open == "{" && elements is [var above] && TakeCommand("over"))
        {
            var below = Sum();
            Expect("}");
            return Quotient(above, below);
        }

        var hasSemicolon = _tokens.Skip(start).Take(_at - start).Any(token => token.Text == ";");
        var close = Closing() ?? throw new LatexException($"'{Current.Text}' where a group ends");
        var isMatched = (open, close) is ("(", ")") or ("[", "]") or ("{", "}") or ("\\{", "\\}");
        if (elements is [var one])
        {
            return !isMatched ? throw new LatexException("brackets that do not match") : open == "\\{"
                || one.IsCollection ? (one.IsCollection && open != "\\{" ? one : new SetNode([one])) : one;
        }

        if (open is "{" or "\\{")
        {
            return isMatched ? new SetNode(elements) : throw new LatexException("brackets that do not match");
        }

        return elements.Count == 2 && !hasSemicolon ? Interval(elements[0], elements[1], open == "(", close == ")")
            : isMatched ? new TupleNode(elements)
            : throw new LatexException("brackets that do not match");
    }

    // (3, 1) is no interval, so it must be a pair; (1, 3) may be either, and is compared as both.
    private static MathNode Interval(MathNode start, MathNode end, bool isLeftOpen, bool isRightOpen)
    {
        // Infinity is in no interval, whatever bracket stands at it.
        isLeftOpen |= IsInfinite(start);
        isRightOpen |= IsInfinite(end);
        var (from, to) = (MathValue.OfConstant(start), MathValue.OfConstant(end));
        var isEmpty = from is { } a && to is { } b
            && (isLeftOpen && isRightOpen ? b <= a : isLeftOpen == isRightOpen && b < a);
        var isNothing = from is { } c && to is { } d && isLeftOpen != isRightOpen && d <= c;
        return isEmpty ? new TupleNode([start, end]) : isNothing ? new SetNode([])
            : new IntervalNode(start, end, isLeftOpen, isRightOpen);
    }

    private static bool IsInfinite(MathNode node) => node is ConstantNode { Constant: MathConstant.Infinity }
        || (node is ProductNode product && product.Factors.Any(IsInfinite));

    private string? Closing()
    {
        var token = Current;
        var close = token.Kind == LatexTokenKind.Sign && token.Text is ")" or "]" or "}" ? token.Text
            : token is { Kind: LatexTokenKind.Command, Text: "}" } ? "\\}" : null;
        _at += close is null ? 0 : 1;
        return close;
    }

    private MathNode Command()
    {
        var name = Current.Text;
        _at++;
        if (Fractions.Contains(name))
        {
            var over = Braced();
            var under = Braced();
            return _dialect.HasCollections && over is NumberNode { IsInteger: true } p
                && under is NumberNode { IsInteger: true } q && !q.Numerator.IsZero
                ? Rational(p.Numerator, q.Numerator)
                : Quotient(over, under);
        }

        if (Binomials.Contains(name))
        {
            return new FunctionNode("binomial", [Braced(), Braced()]);
        }

        if (Functions.Contains(name))
        {
            return Function(name);
        }

        if (_dialect.HasCollections && name.StartsWith("begin ", StringComparison.Ordinal))
        {
            return Matrix(name["begin ".Length..]);
        }

        switch (name)
        {
            case "sqrt":
                MathNode root = NumberNode.Of(2);
                if (Take("["))
                {
                    root = Sum();
                    Expect("]");
                }

                return Arithmetic(new PowerNode(Braced(), new QuotientNode(NumberNode.Of(1), root)));
            case "{":
                return Group("\\{");
            case "boxed" or "fbox" when _dialect.HasCollections:
                Expect("{");
                return Group("{");
            case "lfloor" or "lceil":
                var inside = Sum();
                return TakeCommand(name == "lfloor" ? "rfloor" : "rceil") ? new FunctionNode(name[1..], [inside])
                    : throw new LatexException($"\\{name} that does not end");
            case "infty":
                return new ConstantNode(MathConstant.Infinity);
            case "pi" when _dialect.HasCollections:
                return new ConstantNode(MathConstant.Pi);
            case "emptyset" when _dialect.HasCollections:
                return new SetNode([]);
            case "mathbb R" when _dialect.HasCollections:
                var infinity = new ConstantNode(MathConstant.Infinity);
                return new IntervalNode(Negated(infinity), infinity, IsLeftOpen: true, IsRightOpen: true);
            case "lvert" or "vert" when _dialect.HasCollections:
                var between = Sum();
                return TakeCommand(name == "lvert" ? "rvert" : name) ? new FunctionNode("abs", [between])
                    : throw new LatexException($"\\{name} that does not end");
            case "overline" when _dialect.HasCollections:
                return Overlined();
            case "overline" when !_dialect.HasCollections:
                return new FunctionNode("call overline", [Braced()]);
            default:
                return char.IsAsciiLetter(name[0]) && !name.StartsWith("begin ", StringComparison.Ordinal)
                    && !IsClosing(name) && !IsSign(name)
                    ? _dialect.HasCollections || Current is not { Kind: LatexTokenKind.Sign, Text: "(" } ? Symbol(name)
                        : CallOf(name)
                    : throw new LatexException($"\\{name}");
        }
    }

    // A segment or a number that repeats: what stands under the line, as it is written.
    private SymbolNode Overlined()
    {
        Expect("{");
        var start = _at;
        while (!Take("}"))
        {
            _at += Current.Kind is LatexTokenKind.Letter or LatexTokenKind.Number or LatexTokenKind.Word ? 1
                : throw new LatexException($"\\overline over '{Current.Text}'");
        }

        return Symbol("overline " + string.Concat(_tokens.Skip(start).Take(_at - 1 - start).Select(token => token.Text)));
    }

    private FunctionNode CallOf(string name)
    {
        _at--;
        return Call(name);
    }

    // A fraction's part: braces, or for sympy one digit.
    private MathNode Braced()
    {
        if (Take("{"))
        {
            var inside = Sum();
            Expect("}");
            return inside;
        }

        return !_dialect.HasCollections && Current is { Kind: LatexTokenKind.Number, Text.Length: 1 } ? Number()
            : throw new LatexException($"'{Current.Text}' where braces are needed");
    }

    private FunctionNode Function(string name)
    {
        MathNode? under = null, over = null;
        while (Current is { Kind: LatexTokenKind.Sign, Text: "_" or "^" } sign)
        {
            _at++;
            SplitBase(sign.Text);
            (under, over) = sign.Text == "_" ? (Script(), over) : (under, Script());
        }

        MathNode argument;
        if (Take("("))
        {
            argument = Sum();
            Expect(")");
        }
        else
        {
            argument = Product(withFunctions: false);
        }

        MathNode[] arguments = name switch
        {
            "ln" => [argument, under ?? new ConstantNode(MathConstant.E)],
            "log" or "lg" => [argument, under ?? NumberNode.Of(10)],
            _ => [argument],
        };
        if (over is NumberNode { IsInteger: true } power && power.Numerator == -1 && Invertible.Contains(name))
        {
            return new FunctionNode("arc" + name, arguments);
        }

        var value = new FunctionNode(name is "ln" or "lg" ? "log" : name, arguments);
        return over is null ? value : new FunctionNode("power", [value, over]);
    }

    // \log_25 with nothing behind it: sympy's parser leaves the last digit for the argument.
    private void SplitBase(string sign)
    {
        if (_dialect.HasCollections || sign != "_"
            || Current is not { Kind: LatexTokenKind.Number, Text.Length: > 1 } number
            || number.Text.Contains('.', StringComparison.Ordinal))
        {
            return;
        }

        _at++;
        var hasArgument = StartsFactor(withFunctions: true)
            || Current is { Kind: LatexTokenKind.Sign, Text: "^" or "-" or "+" or "|" };
        _at--;
        if (!hasArgument)
        {
            _tokens[_at] = number with { Text = number.Text[..^1] };
            _split = _at + 1;
            _tokens.Insert(_split, number with { Text = number.Text[^1..] });
        }
    }
}
