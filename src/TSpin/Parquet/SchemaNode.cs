namespace TSpin.Parquet;

/// <summary>
/// A place in the schema, with the levels at which its values exist (Dremel's record shredding: Melnik et al., VLDB 2010). The groups that
/// only serve to encode lists are folded away.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its name with those of the groups around it.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="IsOptional">Whether it may be null.</param>
/// <param name="Definition">An entry with at least this definition level has a value here that is not null.</param>
/// <param name="Repetition">Of a list or map: the repetition level of an entry that continues it. Of a leaf: its largest.</param>
/// <param name="Children">A struct's fields; a list's element; a map's key and value.</param>
/// <param name="Type">Of a leaf: its values' type.</param>
internal sealed record SchemaNode(
    string Name, string Path, NodeKind Kind, bool IsOptional, int Definition, int Repetition, IReadOnlyList<SchemaNode> Children, LeafType? Type)
{
    private IReadOnlyList<SchemaNode>? _leaves;

    /// <summary>The leaves below, in order; a leaf's own is itself.</summary>
    public IReadOnlyList<SchemaNode> Leaves => _leaves ??= Kind == NodeKind.Leaf ? [this] : [.. Children.SelectMany(child => child.Leaves)];

    /// <summary>The type in words, such as <c>list&lt;struct&lt;role: text&gt;&gt;</c>.</summary>
    public string TypeText => Kind switch
    {
        NodeKind.List => $"list<{Children[0].TypeText}>",
        NodeKind.Map => $"map<{Children[0].TypeText}, {Children[1].TypeText}>",
        NodeKind.Struct => $"struct<{string.Join(", ", Children.Select(child => $"{child.Name}: {child.TypeText}"))}>",
        _ => (Type!.Meaning == ValueMeaning.Plain ? Type.Physical.ToString() : Type.Meaning.ToString()).ToLowerInvariant(),
    };
}
