namespace TSpin.ChatTemplates.Jinja;

/// <summary>What stands behind a value: members, subscripts, calls, filters and tests.</summary>
internal sealed partial class ExpressionParser
{
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
            // Whatever else begins a value is the test's argument, as in Jinja2: even the if of "a is number if b".
            && !next.IsName("else") && !next.IsName("or") && !next.IsName("and"))
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
}
