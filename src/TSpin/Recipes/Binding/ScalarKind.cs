namespace TSpin.Recipes.Binding;

/// <summary>A kind of value that is a single scalar.</summary>
/// <typeparam name="T">The value's type in the record.</typeparam>
/// <param name="type">What is expected, for people.</param>
/// <param name="range">Which values are allowed, for people.</param>
/// <param name="read">Turns a scalar into a value, or into a message: what was found, then the cure.</param>
/// <param name="write">Writes the value as a YAML scalar.</param>
/// <param name="settle">Completes a default; null leaves it.</param>
public sealed class ScalarKind<T>(
    string type,
    string range,
    Func<ScalarNode, (T? Value, string? Fault)> read,
    Func<T, string> write,
    Func<T, T>? settle = null) : ValueKind<T>
{
    /// <inheritdoc/>
    public override string Type => type;

    /// <inheritdoc/>
    public override string Range => range;

    /// <inheritdoc/>
    public override bool TryRead(RecipeNode node, Action<RecipeNode, string> fault, out T value)
    {
        value = default!;
        if (node is RefusedNode)
        {
            return false;
        }

        if (node is not ScalarNode { IsNull: false } scalar)
        {
            fault(node, $"{node.Show()} where a {type} belongs; use {Expected}");
            return false;
        }

        var (result, message) = read(scalar);
        if (message is not null)
        {
            fault(node, message);
            return false;
        }

        value = result!;
        return true;
    }

    /// <inheritdoc/>
    public override string Write(T value) => write(value);

    /// <inheritdoc/>
    public override T Settle(T value) => settle is null ? value : settle(value);

    private string Expected => range.Length == 0 ? type : range[0] is '[' or '(' ? $"one in {range}" : range;
}
