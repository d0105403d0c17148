using System.Globalization;
using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// Parses expressions with the precedence of Jinja2: conditional, or, and, not, comparison, sum, concatenation (~), product, power, sign, then what stands
/// behind a value: members, subscripts, calls, filters and tests.
/// </summary>
internal sealed partial class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Every name read so far, in order: a macro takes special arguments where its body speaks of them.</summary>
    public List<string> NamesSeen { get; } = [];

    /// <summary>An expression; several with commas between are a tuple.</summary>
    /// <param name="withCondition">Whether <c>a if b else c</c> may stand there.</param>
    /// <param name="isTarget">Whether only names that can be assigned to may stand there.</param>
    /// <param name="end">A name that ends it; elsewhere the same word may be a variable.</param>
    public Expression TupleOrOne(bool withCondition = true, bool isTarget = false, string? end = null)
    {
        var start = tokens.Current;
        var items = new List<Expression>();
        var isTuple = false;
        while (!EndsTuple(isTarget, end))
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
        var radix = digits.Length > 1 ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        return Integers.Parse(radix == 10 ? digits : digits.AsSpan(2), radix) is { } number ? Integers.Of(number)
            : throw tokens.Fault($"the number {(digits.Length > 40 ? $"{digits[..40]}… of {digits.Length} digits" : digits)} cannot be read", token);
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

    private bool EndsTuple(bool isTarget, string? end) =>
        tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.End || tokens.Current.IsOperator(")")
        || (isTarget && tokens.Current.IsOperator("=")) || (end is not null && tokens.Current.IsName(end));
}
