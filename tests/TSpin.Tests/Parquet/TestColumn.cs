namespace TSpin.Tests.Parquet;

/// <summary>An element of a schema to be written: a leaf with a stored type, or a group with fields.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Repetition">0 required, 1 optional, 2 repeated.</param>
/// <param name="Type">A leaf's stored type by the format's number; -1 for a group.</param>
/// <param name="Fields">A group's fields.</param>
internal sealed record TestColumn(string Name, int Repetition, int Type, params TestColumn[] Fields)
{
    public int? Converted { get; init; }

    public int Width { get; init; }

    public int Scale { get; init; }

    public int Precision { get; init; }

    /// <summary>Writes the logical type's union, if there is one.</summary>
    public Action<ThriftWriter>? Logical { get; init; }

    public bool IsLeaf => Type >= 0;

    public static TestColumn Text(string name, bool optional = true) => new(name, optional ? 1 : 0, 6) { Converted = 0 };

    public static TestColumn Group(string name, params TestColumn[] fields) => new(name, 1, -1, fields);

    /// <summary>The three-level list that pyarrow writes.</summary>
    public static TestColumn ListOf(string name, TestColumn element) => new(name, 1, -1, new TestColumn("list", 2, -1, element with { Name = "element" })) { Converted = 3 };
}
