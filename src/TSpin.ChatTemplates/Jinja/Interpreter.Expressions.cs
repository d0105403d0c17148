namespace TSpin.ChatTemplates.Jinja;

/// <summary>The expressions.</summary>
internal sealed partial class Interpreter
{
    /// <summary>Goes through a value as Python's <c>for</c> does.</summary>
    public IEnumerable<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        JinjaTuple tuple => tuple,
        JinjaRange range => range,
        JinjaDict dict => dict.Keys,
        JinjaView view => view.Items,
        string text => CodePoints.Of(text),
        Markup markup => CodePoints.Of(markup.Text),
        JinjaSequence sequence => sequence.Rest(),
        Undefined => [],
        _ => throw new JinjaException(JinjaErrorKind.Type, $"'{Python.TypeName(value)}' object is not iterable"),
    };

    /// <summary>Applies a filter by name, as <c>map</c> does.</summary>
    public object? Filter(string name, object? value, CallArguments arguments) => FilterTable.Find(name)(this, value, arguments);

    /// <summary>Applies a test by name, as <c>select</c> does.</summary>
    public bool Test(string name, object? value, CallArguments arguments) => TestTable.Find(name)(this, value, arguments);

    /// <summary>Calls a value.</summary>
    public object? Invoke(object? target, CallArguments arguments) => target switch
    {
        JinjaCallable callable => callable.Call(arguments),
        LoopState loop => loop.Recurse(arguments),
        Undefined undefined => throw undefined.Fault(),
        _ => throw new JinjaException(JinjaErrorKind.Type, $"'{Python.TypeName(target)}' object is not callable"),
    };

    private object? Evaluate(Expression expression)
    {
        Step();
        try
        {
            return Value(expression);
        }
        catch (JinjaException error) when (error.Line == 0)
        {
            throw Placed(error, expression);
        }
    }

    private object? Value(Expression expression)
    {
        switch (expression)
        {
            case Constant constant:
                return constant.Value;
            case Name name:
                return Lookup(name.Identifier);
            case ListLiteral list:
                Charge(list.Items.Count);
                return list.Items.Select(Evaluate).ToList();
            case TupleLiteral tuple:
                return new JinjaTuple([.. tuple.Items.Select(Evaluate)]);
            case DictLiteral literal:
                var dict = new JinjaDict();
                foreach (var (key, value) in literal.Items)
                {
                    dict[Evaluate(key)] = Evaluate(value);
                }

                return dict;
            case Member member:
                return Access.Member(this, Evaluate(member.Target), member.Identifier);
            case Subscript { Index: Slice slice } subscript:
                return Access.Slice(this, Evaluate(subscript.Target), Part(slice.Start), Part(slice.Stop), Part(slice.Step));
            case Subscript subscript:
                return Access.Item(this, Evaluate(subscript.Target), Evaluate(subscript.Index));
            case Call call:
                return Call(call, caller: null);
            case Filtered filtered:
                return Filter(filtered, block: null);
            case Tested tested:
                return Test(tested.Test, Evaluate(tested.Target), Arguments(tested.Arguments)) != tested.IsNegated;
            case Unary { Operator: "not" } unary:
                return !IsTrue(Evaluate(unary.Operand));
            case Unary unary:
                return Operators.Sign(unary.Operator, Evaluate(unary.Operand));
            case Binary { Operator: "and" } binary:
                var left = Evaluate(binary.Left);
                return IsTrue(left) ? Evaluate(binary.Right) : left;
            case Binary { Operator: "or" } binary:
                var first = Evaluate(binary.Left);
                return IsTrue(first) ? first : Evaluate(binary.Right);
            case Binary binary:
                return Operators.Binary(this, binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right));
            case Comparison comparison:
                return Compare(comparison);
            case Concatenation concatenation:
                return Charged(string.Concat(concatenation.Parts.Select(part => Text(Evaluate(part)))));
            case Conditional conditional:
                return IsTrue(Evaluate(conditional.Condition)) ? Evaluate(conditional.Then)
                    : conditional.Else is not null ? Evaluate(conditional.Else)
                    : new Undefined("the inline if-expression evaluated to false and no else section was defined.");
            default:
                throw new JinjaException(JinjaErrorKind.Syntax, "this expression can stand only inside a subscript");
        }
    }

    private object? Part(Expression? expression) => expression is null ? null : Evaluate(expression);

    private object? Lookup(string name) => _scope.TryGet(name, out var value) ? value
        : Dialect == JinjaDialect.JavaScript && name == "null" ? null
        : (object?)Globals.Find(name) ?? new Undefined($"'{name}' is undefined");

    private object? Compare(Comparison comparison)
    {
        var left = Evaluate(comparison.First);
        foreach (var (sign, operand) in comparison.Rest)
        {
            var right = Evaluate(operand);
            if (!Operators.Holds(this, sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object? Call(Call call, JinjaCallable? caller)
    {
        var target = Evaluate(call.Target);
        var arguments = Arguments(call.Arguments);
        if (caller is not null)
        {
            arguments = arguments with { Named = new Dictionary<string, object?>(arguments.Named, StringComparer.Ordinal) { ["caller"] = caller } };
        }

        return Invoke(target, arguments);
    }

    // A filter of a block has its value from outside.
    private object? Filter(Filtered filtered, object? block)
    {
        var value = filtered.Target switch
        {
            null => block,
            Filtered inner => Filter(inner, block),
            _ => Evaluate(filtered.Target),
        };
        try
        {
            return Filter(filtered.Filter, filtered.Filter is "default" or "d" ? value : Defined(value), Arguments(filtered.Arguments));
        }
        catch (JinjaException error) when (error.Line == 0)
        {
            throw Placed(error, filtered);
        }
    }

    private CallArguments Arguments(ArgumentList list)
    {
        if (ReferenceEquals(list, ArgumentList.None))
        {
            return CallArguments.None;
        }

        var positional = list.Positional.Select(Evaluate).ToList();
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in list.Named)
        {
            named[name] = Evaluate(value);
        }

        if (list.Spread is not null)
        {
            foreach (var item in Items(Evaluate(list.Spread)))
            {
                Charge(1);
                positional.Add(item);
            }
        }

        if (list.NamedSpread is not null)
        {
            var dict = Evaluate(list.NamedSpread) as JinjaDict ?? throw new JinjaException(JinjaErrorKind.Type, "argument after ** must be a mapping");
            foreach (var (key, value) in dict.Items)
            {
                named[Python.AsText(key) ?? throw new JinjaException(JinjaErrorKind.Type, "keywords must be strings")] = value;
            }
        }

        return new CallArguments(positional, named);
    }
}
