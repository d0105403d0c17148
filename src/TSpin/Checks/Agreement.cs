using System.Globalization;

namespace TSpin.Checks;

/// <summary>Comparisons of which a share may differ: counted by kind, the first differences kept in full.</summary>
/// <param name="name">What is compared, for the report.</param>
/// <param name="allowed">The share that may differ.</param>
internal sealed class Agreement(string name, double allowed)
{
    private const int ShownOfEach = 3;

    private readonly SortedDictionary<string,
        (long Compared, List<string> Differences, long Differing)> _kinds = new(StringComparer.Ordinal);

    /// <summary>Takes one comparison.</summary>
    public void Add(string kind, bool isSame, Func<string> difference)
    {
        var (compared, differences, differing) = _kinds.TryGetValue(kind, out var known) ? known : (0, [], 0);
        if (!isSame && differences.Count < ShownOfEach)
        {
            differences.Add(difference());
        }

        _kinds[kind] = (compared + 1, differences, differing + (isSame ? 0 : 1));
    }

    /// <summary>Ends with one comparison, the share that differs, and says by kind what does.</summary>
    public void Close(CheckList list)
    {
        var (compared, differing) = (_kinds.Values.Sum(kind => kind.Compared),
            _kinds.Values.Sum(kind => kind.Differing));
        if (compared == 0)
        {
            return;
        }

        list.Near($"share that differs, {name}",
            string.Create(CultureInfo.InvariantCulture, $"{differing} of {compared}"), (double)differing / compared, 0,
            allowed);
        foreach (var (kind, (count, differences, differ)) in _kinds)
        {
            list.Skip($"{kind} by itself: {differ} of {count} differ{string.Concat(differences.Select(difference => $"\n    {difference}"))}{(differ > differences.Count ? $"\n    and {differ - differences.Count} more" : "")}");
        }
    }
}
