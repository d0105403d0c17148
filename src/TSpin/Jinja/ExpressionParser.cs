using System.Globalization;
using System.Text;

namespace TSpin.Jinja;

/// <summary>
/// Parses expressions with the precedence of Jinja2: conditional, or, and, not, comparison, sum, concatenation (~), product, power, sign, then what stands
/// behind a value: members, subscripts, calls, filters and tests.
/// </summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Every name read so far, in order: a macro takes special arguments where its body speaks of them.</summary>
    public List<string> NamesSeen { get; } = [];

    /// <summary>An expression; several with commas between are a tuple.</summary>
    /// <param name="withCondition">Whether <c>a if b else c</c> may stand there.</param>
    /// <param name="isTarget">Whether only names that can be assigned to may stand there.</param>
    public Expression TupleOrOne(bool withCondition = true, bool isTarget = false)
    {
        var start = tokens.Current;
        var items = new List<Expression>();
        var isTuple = false;
        while (!EndsTuple())
        {
            items.Add(isTarget ? Target() : withCondition ? One() : Or());
            if (!tokens.Skip(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleLiteral(items, start.Line, start.Column)
            : items.Count == 1 ? items[0]
            : throw tokens.Fault($"expected an expression, found {tokens.Current}");
    }

    public Expression One() => tokens.Deeper(() =>
    {
        var value = Or();
        while (tokens.Current.IsName("if"))
        {
            var at = tokens.Next();
            var condition = Or();
            value = new Conditional(condition, value, tokens.SkipName("else") ? One() : null, at.Line, at.Column);
        }

        return value;
    });

    /// <summary>What a for, set or with assigns to: a name, a member of a namespace, or several in parentheses.</summary>
    public Expression Target()
    {
        if (tokens.Current.IsOperator("("))
        {
            tokens.Next();
            var inner = TupleOrOne(isTarget: true);
            tokens.Expect(")");
            return inner;
        }

        var name = tokens.Expect(TokenKind.Name, "a name");
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None")
        {
            throw tokens.Fault($"cannot assign to '{name.Text}'", name);
        }

        var target = new Name(name.Text, name.Line, name.Column);
        return tokens.Skip(".") ? new Member(target, tokens.Expect(TokenKind.Name, "a name").Text, name.Line, name.Column) : target;
    }

    public Expression Or() => Left(And, token => token.IsName("or") ? "or" : null);

    private Expression And() => Left(Not, token => token.IsName("and") ? "and" : null);

    private Expression Not()
    {
        if (!tokens.Current.IsName("not"))
        {
            return Compare();
        }

        var at = tokens.Next();
        return new Unary("not", tokens.Deeper(Not), at.Line, at.Column);
    }

    private Expression Compare()
    {
        var first = Sum();
        var rest = new List<(string, Expression)>();
        var start = tokens.Current;
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
            {
                rest.Add((tokens.Next().Text, Sum()));
            }
            else if (tokens.SkipName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (tokens.Current.IsName("not") && tokens.Ahead.IsName("in"))
            {
                tokens.Next();
                tokens.Next();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(first, rest, start.Line, start.Column);
            }
        }
    }

    private Expression Sum() => Left(Concatenate, token => token.IsOperator("+") || token.IsOperator("-") ? token.Text : null);

    private Expression Concatenate()
    {
        var first = Product();
        if (!tokens.Current.IsOperator("~"))
        {
            return first;
        }

        var parts = new List<Expression> { first };
        while (tokens.Skip("~"))
        {
            parts.Add(Product());
        }

        return new Concatenation(parts, first.Line, first.Column);
    }

    private Expression Product() => Left(Power, token => token.IsOperator("*") || token.IsOperator("/") || token.IsOperator("//") || token.IsOperator("%") ? token.Text : null);

    private Expression Power() => Left(() => Sign(withFilter: true), token => token.IsOperator("**") ? "**" : null);

    private Expression Left(Func<Expression> operand, Func<Token, string?> isOperator)
    {
        var left = operand();
        while (isOperator(tokens.Current) is { } text)
        {
            var at = tokens.Next();
            left = new Binary(text, left, operand(), at.Line, at.Column);
        }

        return left;
    }

    private Expression Sign(bool withFilter)
    {
        var at = tokens.Current;
        Expression value = at.IsOperator("-") || at.IsOperator("+")
            ? new Unary(tokens.Next().Text, tokens.Deeper(() => Sign(withFilter: false)), at.Line, at.Column)
            : Primary();
        value = Behind(value);
        return withFilter ? Filters(value) : value;
    }

    private Expression Primary()
    {
        var token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                NamesSeen.Add(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new Constant(true, token.Line, token.Column),
                    "false" or "False" => new Constant(false, token.Line, token.Column),
                    "none" or "None" => new Constant(null, token.Line, token.Column),
                    _ => new Name(token.Text, token.Line, token.Column),
                };
            case TokenKind.String:
                var text = new StringBuilder(token.Text);
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text.Append(tokens.Next().Text);
                }

                return new Constant(text.ToString(), token.Line, token.Column);
            case TokenKind.Integer:
                return new Constant(Integer(token), token.Line, token.Column);
            case TokenKind.Float:
                return new Constant(double.Parse(token.Text, CultureInfo.InvariantCulture), token.Line, token.Column);
            case TokenKind.Operator when token.Text == "(":
                if (tokens.Skip(")"))
                {
                    return new TupleLiteral([], token.Line, token.Column);
                }

                var inner = tokens.Deeper(() => TupleOrOne());
                tokens.Expect(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListLiteral(Items("]", One), token.Line, token.Column);
            case TokenKind.Operator when token.Text == "{":
                return new DictLiteral(Items("}", () =>
                {
                    var key = One();
                    tokens.Expect(":");
                    return (key, One());
                }), token.Line, token.Column);
            default:
                throw tokens.Fault($"expected an expression, found {token}", token);
        }
    }

    private object Integer(Token token)
    {
        var digits = token.Text;
        try
        {
            return digits.Length > 1 && char.ToLowerInvariant(digits[1]) is var kind and ('x' or 'o' or 'b')
                ? Convert.ToInt64(digits[2..], kind switch { 'x' => 16, 'o' => 8, _ => 2 })
                : long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is OverflowException or FormatException or ArgumentException)
        {
            throw tokens.Fault($"the number {digits} is not one of 64 bits", token);
        }
    }

    private List<T> Items<T>(string close, Func<T> item)
    {
        var items = new List<T>();
        while (!tokens.Current.IsOperator(close))
        {
            items.Add(tokens.Deeper(item));
            if (!tokens.Skip(","))
            {
                break;
            }
        }

        tokens.Expect(close);
        return items;
    }

    private Expression Behind(Expression value)
    {
        while (tokens.Current.Kind == TokenKind.Operator && tokens.Current.Text is "." or "[" or "(")
        {
            var at = tokens.Current;
            value = at.Text == "(" ? new Call(value, Arguments(), at.Line, at.Column) : Inside(value);
        }

        return value;
    }

    // Filters and tests; what they give can be called again, but has no members without parentheses.
    public Expression Filters(Expression value)
    {
        while (true)
        {
            if (tokens.Current.IsOperator("|"))
            {
                value = Filter(value);
            }
            else if (tokens.Current.IsName("is"))
            {
                value = Test(value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                var at = tokens.Current;
                value = new Call(value, Arguments(), at.Line, at.Column);
            }
            else
            {
                return value;
            }
        }
    }

    /// <summary>One or more filters, of a filter block or a set block, where the value comes from the block.</summary>
    /// <param name="startsInline">Whether the first name stands without a bar before it.</param>
    public Filtered FilterChain(bool startsInline)
    {
        var filter = startsInline ? NamedFilter(null) : Filter(null);
        while (tokens.Current.IsOperator("|"))
        {
            filter = Filter(filter);
        }

        return filter;
    }

    private Filtered Filter(Expression? value)
    {
        tokens.Expect("|");
        return NamedFilter(value);
    }

    private Filtered NamedFilter(Expression? value)
    {
        var (name, at) = DottedName("a filter's name");
        if (!FilterTable.IsKnown(name))
        {
            throw tokens.Fault($"no filter named '{name}'", at);
        }

        return new Filtered(value, name, tokens.Current.IsOperator("(") ? Arguments() : ArgumentList.None, at.Line, at.Column);
    }

    private Expression Test(Expression value)
    {
        tokens.Next();
        var isNegated = tokens.SkipName("not");
        var (name, at) = DottedName("a test's name");
        if (!TestTable.IsKnown(name))
        {
            throw tokens.Fault($"no test named '{name}'", at);
        }

        var arguments = ArgumentList.None;
        var next = tokens.Current;
        if (next.IsOperator("("))
        {
            arguments = Arguments();
        }
        else if ((next.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || next.IsOperator("[") || next.IsOperator("{"))
            && !next.IsName("else") && !next.IsName("or") && !next.IsName("and") && !next.IsName("if") && !next.IsName("in") && !next.IsName("not"))
        {
            if (next.IsName("is"))
            {
                throw tokens.Fault("tests cannot be chained with 'is'");
            }

            arguments = new ArgumentList([Behind(Primary())], [], null, null);
        }

        return new Tested(value, name, arguments, isNegated, at.Line, at.Column);
    }

    private (string Name, Token At) DottedName(string what)
    {
        var at = tokens.Expect(TokenKind.Name, what);
        var name = at.Text;
        while (tokens.Skip("."))
        {
            name += "." + tokens.Expect(TokenKind.Name, what).Text;
        }

        return (name, at);
    }

    private Expression Inside(Expression target)
    {
        var at = tokens.Next();
        if (at.Text == ".")
        {
            var member = tokens.Next();
            return member.Kind switch
            {
                TokenKind.Name => new Member(target, member.Text, at.Line, at.Column),
                TokenKind.Integer => new Subscript(target, new Constant(Integer(member), member.Line, member.Column), at.Line, at.Column),
                _ => throw tokens.Fault($"expected a name or a number, found {member}", member),
            };
        }

        var indices = Items("]", Index);
        return indices.Count switch
        {
            0 => throw tokens.Fault("expected an index", at),
            1 => new Subscript(target, indices[0], at.Line, at.Column),
            _ => new Subscript(target, new TupleLiteral(indices, at.Line, at.Column), at.Line, at.Column),
        };
    }

    private Expression Index()
    {
        var at = tokens.Current;
        var start = at.IsOperator(":") ? null : One();
        if (start is not null && !tokens.Current.IsOperator(":"))
        {
            return start;
        }

        tokens.Expect(":");
        var stop = EndsSlicePart() ? null : One();
        Expression? step = null;
        if (tokens.Skip(":"))
        {
            step = EndsSlicePart() ? null : One();
        }

        return new Slice(start, stop, step, at.Line, at.Column);

        bool EndsSlicePart() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") || tokens.Current.IsOperator(",");
    }

    public ArgumentList Arguments()
    {
        tokens.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null, namedSpread = null;
        while (!tokens.Current.IsOperator(")"))
        {
            if (tokens.Skip("*"))
            {
                spread = One();
            }
            else if (tokens.Skip("**"))
            {
                namedSpread = One();
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead.IsOperator("="))
            {
                var name = tokens.Next();
                tokens.Next();
                if (named.Any(pair => pair.Item1 == name.Text))
                {
                    throw tokens.Fault($"the argument '{name.Text}' is given twice", name);
                }

                named.Add((name.Text, One()));
            }
            else
            {
                if (named.Count > 0 || namedSpread is not null)
                {
                    throw tokens.Fault("an argument without a name follows one with a name");
                }

                positional.Add(One());
            }

            if (!tokens.Skip(","))
            {
                break;
            }
        }

        tokens.Expect(")");
        return new ArgumentList(positional, named, spread, namedSpread);
    }

    private bool EndsTuple() =>
        tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.End || tokens.Current.IsOperator(")") || tokens.Current.IsOperator("=")
        || tokens.Current.IsName("in") || tokens.Current.IsName("recursive");
}
