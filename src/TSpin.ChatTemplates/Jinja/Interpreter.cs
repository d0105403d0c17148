using System.Text;

namespace TSpin.ChatTemplates.Jinja;

/// <summary>Renders one template once: runs its statements. Expressions are in the other part.</summary>
internal sealed partial class Interpreter
{
    private readonly string _template;
    private readonly JinjaLimits _limits;
    private readonly bool _isStrict;
    private readonly StringBuilder _root = new();
    private readonly List<(int Start, int Length)> _spans = [];
    private StringBuilder _output;
    private Scope _scope;
    private long _steps;
    private long _characters;
    private int _depth;

    public Interpreter(string template, JinjaLimits limits, JinjaDialect dialect, Scope context, bool isStrict = false)
    {
        (Dialect, _isStrict) = (dialect, isStrict);
        (_template, _limits, _scope, _output) = (template, limits, new Scope(context), _root);
    }

    private enum Flow
    {
        Normal,
        Break,
        Continue,
    }

    public JinjaDialect Dialect { get; }

    public JinjaOutput Render(IReadOnlyList<Statement> body)
    {
        Run(body);
        var text = _root.ToString();
        return new JinjaOutput(text, [.. _spans.Select(span => (CodePoints.IndexOf(text, span.Start), CodePoints.IndexOf(text, Math.Min(text.Length, span.Start + span.Length))))]);
    }

    /// <summary>What printing a value gives.</summary>
    public string Text(object? value) => Dialect == JinjaDialect.JavaScript ? JavaScriptText.Of(value)
        : Python.Text(Defined(value));

    /// <summary>A value that is there, where only such may be used.</summary>
    private object? Defined(object? value) => _isStrict && value is Undefined undefined ? throw undefined.Fault()
        : value;

    private bool IsTrue(object? value) => Python.IsTrue(Defined(value));

    /// <summary>What a filter gives that is a generator in Python.</summary>
    public object Generated(IEnumerable<object?> items, string name) =>
        Dialect == JinjaDialect.JavaScript ? SequenceFilters.ListOf(this, new JinjaSequence(items, name)) : new JinjaSequence(items, name);

    /// <summary>Counts characters or items that are about to be made.</summary>
    public void Charge(long characters)
    {
        _characters += characters;
        if (_characters > _limits.MaxCharacters)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"the template makes more than {_limits.MaxCharacters:N0} characters");
        }
    }

    public string Charged(string text)
    {
        Charge(text.Length);
        return text;
    }

    private Flow Run(IReadOnlyList<Statement> body)
    {
        foreach (var statement in body)
        {
            var flow = Run(statement);
            if (flow != Flow.Normal)
            {
                return flow;
            }
        }

        return Flow.Normal;
    }

    private Flow Run(Statement statement)
    {
        Step();
        try
        {
            switch (statement)
            {
                case TextOutput text:
                    Write(text.Text);
                    break;
                case ValueOutput output:
                    Write(Text(Evaluate(output.Value)));
                    break;
                case If branch:
                    return Run(IsTrue(Evaluate(branch.Condition)) ? branch.Then : branch.Else);
                case For loop:
                    RunFor(loop, Defined(Evaluate(loop.Items)), 0);
                    break;
                case Set set:
                    Assign(set.Target, Evaluate(set.Value));
                    break;
                case SetBlock set:
                    var block = Captured(set.Body);
                    Assign(set.Target, set.Filter is null ? block : Filter(set.Filter, block));
                    break;
                case With with:
                    RunWith(with);
                    break;
                case Macro macro:
                    _scope[macro.Definition.Identifier] = MacroOf(macro.Definition);
                    break;
                case CallBlock call:
                    Write(Text(Call(call.Target, MacroOf(call.Caller))));
                    break;
                case FilterBlock filter:
                    Write(Text(Filter(filter.Filter, Captured(filter.Body))));
                    break;
                case Generation generation:
                    var marked = Captured(generation.Body);
                    _spans.Add((_root.Length, marked.Length));
                    Write(marked);
                    break;
                case Scoped scoped:
                    return InScope(new Scope(_scope), () => Run(scoped.Body));
                case Break:
                    return Flow.Break;
                case Continue:
                    return Flow.Continue;
                default:
                    throw new InvalidOperationException($"no such statement: {statement.GetType().Name}");
            }

            return Flow.Normal;
        }
        catch (JinjaException error) when (error.Line == 0)
        {
            throw Placed(error, statement);
        }
    }

    private void RunFor(For loop, object? items, int depth)
    {
        var outer = _scope;
        var state = new LoopState(
            loop.Condition is null ? Items(items) : Chosen(loop, items, outer), depth,
            !loop.IsRecursive ? null : inner => InScope(outer, () => Deeper(() => Capture(() => RunFor(loop, inner, depth + 1)))));
        var ran = false;
        while (state.MoveNext())
        {
            ran = true;
            Step();
            _scope = new Scope(outer) { ["loop"] = state };
            Assign(loop.Target, state.Current);
            var flow = Run(loop.Body);
            _scope = outer;
            if (flow == Flow.Break)
            {
                break;
            }
        }

        if (!ran)
        {
            InScope(new Scope(outer), () => Run(loop.Else));
        }
    }

    // Lazily: the condition of an item is asked for when its turn comes.
    private IEnumerable<object?> Chosen(For loop, object? items, Scope outer)
    {
        foreach (var item in Items(items))
        {
            var isChosen = InScope(new Scope(outer), () =>
            {
                Assign(loop.Target, item);
                return IsTrue(Evaluate(loop.Condition!));
            });
            if (isChosen)
            {
                yield return item;
            }
        }
    }

    private void RunWith(With with)
    {
        // Values are of the scope outside: {% with a = 1, b = a %} does not see the new a.
        var values = with.Bindings.Select(binding => Evaluate(binding.Value)).ToArray();
        InScope(new Scope(_scope), () =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                Assign(with.Bindings[i].Target, values[i]);
            }

            return Run(with.Body);
        });
    }

    private void Assign(Expression target, object? value)
    {
        switch (target)
        {
            case Name name:
                _scope[name.Identifier] = value;
                break;
            case Member { Target: Name owner } member:
                if (Lookup(owner.Identifier) is not JinjaNamespace space)
                {
                    throw new JinjaException(JinjaErrorKind.Type, "cannot assign attribute on non-namespace object");
                }

                space.Members[member.Identifier] = value;
                break;
            case TupleLiteral tuple:
                var items = Items(value).Take(tuple.Items.Count + 1).ToArray();
                if (items.Length != tuple.Items.Count)
                {
                    throw new JinjaException(JinjaErrorKind.Value, items.Length < tuple.Items.Count
                        ? $"not enough values to unpack (expected {tuple.Items.Count}, got {items.Length})" : $"too many values to unpack (expected {tuple.Items.Count})");
                }

                for (var i = 0; i < items.Length; i++)
                {
                    Assign(tuple.Items[i], items[i]);
                }

                break;
            default:
                throw new JinjaException(JinjaErrorKind.Syntax, "cannot assign to this expression");
        }
    }

    private JinjaCallable MacroOf(MacroBody macro)
    {
        var home = _scope;
        return new JinjaCallable(macro.Identifier, arguments => Deeper(() => CallMacro(macro, home, arguments)))
        {
            Members = new Dictionary<string, object?>
            {
                ["name"] = macro.Identifier,
                ["arguments"] = new JinjaTuple([.. macro.Parameters]),
                ["catch_kwargs"] = macro.UsesKwargs,
                ["catch_varargs"] = macro.UsesVarargs,
                ["caller"] = macro.UsesCaller,
            },
        };
    }

    private string CallMacro(MacroBody macro, Scope home, CallArguments arguments)
    {
        var scope = new Scope(home);
        var named = new Dictionary<string, object?>(arguments.Named, StringComparer.Ordinal);
        var caller = named.Remove("caller", out var given) ? given : null;
        if (given is not null && !macro.UsesCaller && !macro.UsesKwargs)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"macro '{macro.Identifier}' takes no keyword argument 'caller'");
        }

        var firstDefault = macro.Parameters.Count - macro.Defaults.Count;
        var missing = new List<int>();
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var parameter = macro.Parameters[i];
            if (i < arguments.Positional.Count)
            {
                if (named.ContainsKey(parameter))
                {
                    throw new JinjaException(JinjaErrorKind.Type, $"macro '{macro.Identifier}' got multiple values for argument '{parameter}'");
                }

                scope[parameter] = arguments.Positional[i];
            }
            else if (named.Remove(parameter, out var value))
            {
                scope[parameter] = value;
            }
            else
            {
                missing.Add(i);
            }
        }

        if (arguments.Positional.Count > macro.Parameters.Count && !macro.UsesVarargs)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"macro '{macro.Identifier}' takes not more than {macro.Parameters.Count} argument(s)");
        }

        if (named.Count > 0 && !macro.UsesKwargs)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"macro '{macro.Identifier}' takes no keyword argument '{named.Keys.First()}'");
        }

        scope["varargs"] = new JinjaTuple([.. arguments.Positional.Skip(macro.Parameters.Count)]);
        if (macro.UsesKwargs)
        {
            var rest = new JinjaDict();
            foreach (var (name, value) in named)
            {
                rest[name] = value;
            }

            scope["kwargs"] = rest;
        }

        if (macro.UsesCaller)
        {
            scope["caller"] = caller ?? new Undefined("No caller defined");
        }

        return InScope(scope, () =>
        {
            // A default may speak of the parameters before it.
            foreach (var i in missing)
            {
                scope[macro.Parameters[i]] = i >= firstDefault ? Evaluate(macro.Defaults[i - firstDefault])
                    : new Undefined($"parameter '{macro.Parameters[i]}' was not provided");
            }

            return Capture(() => Run(macro.Body));
        });
    }

    private string Captured(IReadOnlyList<Statement> body) => InScope(new Scope(_scope), () => Capture(() => Run(body)));

    private string Capture(Action run)
    {
        var before = _output;
        _output = new StringBuilder();
        try
        {
            run();
            return _output.ToString();
        }
        finally
        {
            _output = before;
        }
    }

    private T InScope<T>(Scope scope, Func<T> run)
    {
        var before = _scope;
        _scope = scope;
        try
        {
            return run();
        }
        finally
        {
            _scope = before;
        }
    }

    private T Deeper<T>(Func<T> run)
    {
        if (++_depth > _limits.MaxDepth)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"calls are nested more than {_limits.MaxDepth} levels deep");
        }

        try
        {
            return run();
        }
        finally
        {
            _depth--;
        }
    }

    private void Write(string text)
    {
        Charge(text.Length);
        _output.Append(text);
    }

    private void Step()
    {
        if (++_steps > _limits.MaxSteps)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"the template takes more than {_limits.MaxSteps:N0} steps");
        }

        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    private JinjaException Placed(JinjaException error, Node at) => new(error.Kind, error.Detail, _template, at.Line, at.Column);
}
