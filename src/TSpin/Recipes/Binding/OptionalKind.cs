namespace TSpin.Recipes.Binding;

/// <summary>A value that may be absent: YAML's null.</summary>
/// <typeparam name="TInner">The type of a value that is there.</typeparam>
/// <typeparam name="T">The nullable type in the record.</typeparam>
/// <param name="inner">The kind of a value that is there.</param>
/// <param name="wrap">From a value to the nullable type.</param>
/// <param name="unwrap">From a value that is not null.</param>
public sealed class OptionalKind<TInner, T>(ValueKind<TInner> inner, Func<TInner, T> wrap, Func<T, TInner> unwrap) : ValueKind<T?>
{
    /// <inheritdoc/>
    public override string Type => inner.Type;

    /// <inheritdoc/>
    public override string Range => inner.Range.Length == 0 ? "or null" : $"{inner.Range} or null";

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out T? value)
    {
        value = default;
        if (node is ScalarNode { IsNull: true })
        {
            return true;
        }

        if (!inner.TryRead(node, fault, out var read))
        {
            return false;
        }

        value = wrap(read);
        return true;
    }

    /// <inheritdoc/>
    public override string Write(T? value) => value is null ? "null" : inner.Write(unwrap(value));

    /// <inheritdoc/>
    public override T? Settle(T? value) => value is null ? value : wrap(inner.Settle(unwrap(value)));
}
