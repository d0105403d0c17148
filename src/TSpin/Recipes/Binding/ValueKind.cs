namespace TSpin.Recipes.Binding;

/// <summary>How one kind of value is read, checked, described and written.</summary>
/// <typeparam name="T">The value's type in the record.</typeparam>
public abstract class ValueKind<T>
{
    /// <summary>What is expected, for people: <c>whole number</c>, <c>text</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Which values are allowed, for people: <c>(0, 1]</c>, <c>linear, cosine, constant</c>.</summary>
    public abstract string Range { get; }

    /// <summary>Reads and checks a value.</summary>
    /// <param name="node">What was written.</param>
    /// <param name="fault">Called with a node and a message for everything wrong: what was found, then the cure.</param>
    /// <param name="value">The value; meaningless when false is returned.</param>
    /// <returns>Whether the value can be used.</returns>
    public abstract bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out T value);

    /// <summary>Writes a value as YAML on one line that reads back to an equal value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>A scalar or a flow sequence.</returns>
    public abstract string Write(T value);

    /// <summary>Turns a default into what reading it would give; a relative path becomes absolute.</summary>
    /// <param name="value">The default.</param>
    /// <returns>The value to use.</returns>
    public virtual T Settle(T value) => value;
}
