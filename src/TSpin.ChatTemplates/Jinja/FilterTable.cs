namespace TSpin.ChatTemplates.Jinja;

/// <summary>The filters by name: Jinja2's own, and <c>tojson</c> as transformers replaces it.</summary>
internal static class FilterTable
{
    private static readonly Dictionary<string, Func<Interpreter, object?, CallArguments, object?>> All = new(StringComparer.Ordinal);

    static FilterTable()
    {
        SequenceFilters.AddTo(All);
        TextFilters.AddTo(All);
        ValueFilters.AddTo(All);
    }

    public static bool IsKnown(string name) => All.ContainsKey(name);

    public static Func<Interpreter, object?, CallArguments, object?> Find(string name) =>
        All.TryGetValue(name, out var filter) ? filter : throw new JinjaException(JinjaErrorKind.Type, $"no filter named '{name}'");
}
