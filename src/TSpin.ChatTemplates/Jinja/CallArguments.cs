namespace TSpin.ChatTemplates.Jinja;

/// <summary>Arguments of a call, by position and by name.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with one.</param>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public static CallArguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>Sorts the arguments by the parameters of a function, as Python does.</summary>
    /// <param name="function">Its name, for messages.</param>
    /// <param name="required">How many of the parameters must be given.</param>
    /// <param name="parameters">Their names in order.</param>
    public BoundArguments Bind(string function, int required, params string[] parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new JinjaException(JinjaErrorKind.Type, $"{function}() takes at most {parameters.Length} argument{(parameters.Length == 1 ? "" : "s")}, {Positional.Count} were given");
        }

        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < Positional.Count; i++)
        {
            values[parameters[i]] = Positional[i];
        }

        foreach (var (name, value) in Named)
        {
            if (!parameters.Contains(name))
            {
                throw new JinjaException(JinjaErrorKind.Type, $"{function}() got an unexpected keyword argument '{name}'");
            }

            if (!values.TryAdd(name, value))
            {
                throw new JinjaException(JinjaErrorKind.Type, $"{function}() got multiple values for argument '{name}'");
            }
        }

        foreach (var name in parameters.Take(required))
        {
            if (!values.ContainsKey(name))
            {
                throw new JinjaException(JinjaErrorKind.Type, $"{function}() missing required argument: '{name}'");
            }
        }

        return new BoundArguments(function, values);
    }
}

/// <summary>Arguments by the names of the parameters.</summary>
/// <param name="Function">Whose they are, for messages.</param>
/// <param name="Values">Those that were given.</param>
internal sealed record BoundArguments(string Function, IReadOnlyDictionary<string, object?> Values)
{
    public bool Has(string name) => Values.ContainsKey(name);

    public object? Get(string name, object? otherwise = null) => Values.TryGetValue(name, out var value) ? value : otherwise;

    public bool Truth(string name, bool otherwise = false) => Values.TryGetValue(name, out var value) ? Python.IsTrue(value) : otherwise;

    public string Text(string name, string otherwise) => !Values.TryGetValue(name, out var value) ? otherwise
        : Python.AsText(value) ?? throw new JinjaException(JinjaErrorKind.Type, $"{Function}() argument '{name}' must be str, not {Python.TypeName(value)}");

    public string? OptionalText(string name) => Get(name) is null ? null : Text(name, "");

    public int Integer(string name, int otherwise) => !Values.TryGetValue(name, out var value) ? otherwise : Python.AsIndex(value) is { } number
        ? (int)Math.Clamp(number, int.MinValue, int.MaxValue)
        : value is System.Numerics.BigInteger large ? large.Sign < 0 ? int.MinValue : int.MaxValue
        : throw new JinjaException(JinjaErrorKind.Type, $"'{Python.TypeName(value)}' object cannot be interpreted as an integer");
}
