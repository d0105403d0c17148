namespace TSpin;

/// <summary>Lets the compiler build a <see cref="ValueList{T}"/> from a collection expression.</summary>
public static class ValueListBuilder
{
    /// <summary>Copies the elements.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="items">The elements in order.</param>
    /// <returns>The list.</returns>
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => new(items);
}
