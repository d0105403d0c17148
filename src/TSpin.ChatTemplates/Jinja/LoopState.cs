namespace TSpin.ChatTemplates.Jinja;

/// <summary>
/// The <c>loop</c> of a for block. Items are fetched as they are needed, one ahead only where the template asks whether this is the last: a condition or
/// generator may depend on what the body did before.
/// </summary>
internal sealed class LoopState
{
    private readonly IEnumerator<object?> _source;
    private readonly Func<object?, object?>? _recurse;
    private readonly Queue<object?> _ahead = new();
    private IReadOnlyList<object?>? _lastChecked;
    private int? _length;

    public LoopState(IEnumerable<object?> items, int depth, Func<object?, object?>? recurse)
    {
        _source = items.GetEnumerator();
        _recurse = recurse;
        Depth0 = depth;
        if (items is IReadOnlyCollection<object?> counted)
        {
            _length = counted.Count;
        }
    }

    public int Index0 { get; private set; } = -1;

    public int Index => Index0 + 1;

    public int Depth0 { get; }

    public object? Current { get; private set; }

    public object? Previous { get; private set; }

    public int Length
    {
        get
        {
            if (_length is null)
            {
                while (_source.MoveNext())
                {
                    _ahead.Enqueue(_source.Current);
                }

                _length = Index + _ahead.Count;
            }

            return _length.Value;
        }
    }

    public bool IsLast => !LooksAhead();

    public bool MoveNext()
    {
        if (!LooksAhead())
        {
            return false;
        }

        Previous = Current;
        Current = _ahead.Dequeue();
        Index0++;
        return true;
    }

    public object? Get(string name) => name switch
    {
        "index" => (long)Index,
        "index0" => (long)Index0,
        "revindex" => (long)(Length - Index0),
        "revindex0" => (long)(Length - Index),
        "first" => Index0 == 0,
        "last" => IsLast,
        "length" => (long)Length,
        "depth" => (long)(Depth0 + 1),
        "depth0" => (long)Depth0,
        "previtem" => Index0 == 0 ? new Undefined("there is no previous item") : Previous,
        "nextitem" => LooksAhead() ? _ahead.Peek() : new Undefined("there is no next item"),
        "cycle" => new JinjaCallable("cycle", Cycle),
        "changed" => new JinjaCallable("changed", Changed),
        _ => new Undefined($"'LoopContext object' has no attribute '{name}'"),
    };

    public object? Recurse(CallArguments arguments) => _recurse is null
        ? throw new JinjaException(JinjaErrorKind.Type, "The loop must have the 'recursive' marker to be called recursively.")
        : _recurse(arguments.Bind("loop", 1, "iterable").Get("iterable"));

    private bool LooksAhead()
    {
        if (_ahead.Count == 0 && _source.MoveNext())
        {
            _ahead.Enqueue(_source.Current);
        }

        return _ahead.Count > 0;
    }

    private object? Cycle(CallArguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index0 % arguments.Positional.Count]
        : throw new JinjaException(JinjaErrorKind.Type, "no items for cycling given");

    private object Changed(CallArguments arguments)
    {
        var same = _lastChecked is not null && Python.AreEqual(new JinjaTuple(_lastChecked), new JinjaTuple(arguments.Positional));
        _lastChecked = arguments.Positional;
        return !same;
    }
}
