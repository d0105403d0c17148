namespace TSpin.Distribution;

/// <summary>Slurm's short way to write many hosts: <c>node[003-010,12],login1</c>.</summary>
internal static class HostList
{
    /// <summary>The first host of a list.</summary>
    /// <param name="list">The list.</param>
    /// <returns>Its name; empty where the list is.</returns>
    public static string First(string list)
    {
        var open = list.IndexOf('[', StringComparison.Ordinal);
        var comma = list.IndexOf(',', StringComparison.Ordinal);
        if (open < 0 || (comma >= 0 && comma < open))
        {
            return (comma < 0 ? list : list[..comma]).Trim();
        }

        var close = list.IndexOf(']', open);
        if (close < 0)
        {
            return list[..open];
        }

        var first = list[(open + 1)..close].Split(',')[0].Split('-')[0];
        // What follows a bracket may be another one: rack[1-2]node[1-4].
        return list[..open] + first + First(list[(close + 1)..]);
    }
}
