namespace TSpin.SelfPlay;

/// <summary>Makes the next of a row of things while the last one is in use.</summary>
internal static class Ahead
{
    /// <summary>Each item with what is made of it; the next one's is made meanwhile, on another thread.</summary>
    /// <param name="items">In order.</param>
    /// <param name="make">Called once for each item, one at a time.</param>
    /// <returns>The items in order. What <paramref name="make"/> throws is thrown where its item would come.</returns>
    public static IEnumerable<(TItem Item, TMade Made)> Of<TItem, TMade>(IEnumerable<TItem> items, Func<TItem, TMade> make)
    {
        (TItem Item, Task<TMade> Made)? coming = null;
        foreach (var item in items)
        {
            var current = coming;
            // The one before is ready: its use would otherwise begin while this one is being made from what both may share.
            var ready = current is { } one ? one.Made.GetAwaiter().GetResult() : default!;
            coming = (item, Task.Run(() => make(item)));
            if (current is { } due)
            {
                yield return (due.Item, ready);
            }
        }

        if (coming is { } last)
        {
            yield return (last.Item, last.Made.GetAwaiter().GetResult());
        }
    }
}
