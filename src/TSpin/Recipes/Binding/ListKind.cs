namespace TSpin.Recipes.Binding;

/// <summary>A list of values of one kind; a single value may stand for a list of one.</summary>
/// <typeparam name="T">The elements' type.</typeparam>
/// <param name="item">The elements' kind.</param>
/// <param name="minimumCount">Fewest elements.</param>
/// <param name="maximumCount">Most elements.</param>
public sealed class ListKind<T>(ValueKind<T> item, int minimumCount, int maximumCount) : ValueKind<ValueList<T>>
{
    /// <inheritdoc/>
    public override string Type => $"{item.Type}, or a list";

    /// <inheritdoc/>
    public override string Range => item.Range;

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out ValueList<T> value)
    {
        value = [];
        if (node is not SequenceNode sequence)
        {
            if (!item.TryRead(node, fault, out var single))
            {
                return false;
            }

            value = [single];
            return true;
        }

        if (sequence.Items.Count < minimumCount || sequence.Items.Count > maximumCount)
        {
            fault(node, $"{node.Show()} is not in [{minimumCount}, {maximumCount}] elements; {(sequence.Items.Count < minimumCount ? "add" : "remove")} some");
            return false;
        }

        var items = new List<T>();
        foreach (var element in sequence.Items)
        {
            if (item.TryRead(element, fault, out var read))
            {
                items.Add(read);
            }
        }

        value = [.. items];
        return items.Count == sequence.Items.Count;
    }

    /// <inheritdoc/>
    public override string Write(ValueList<T> value) => value.Count == 1 ? item.Write(value[0]) : $"[{string.Join(", ", value.Select(item.Write))}]";

    /// <inheritdoc/>
    public override ValueList<T> Settle(ValueList<T> value) => [.. value.Select(item.Settle)];
}
