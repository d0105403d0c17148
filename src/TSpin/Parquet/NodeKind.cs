namespace TSpin.Parquet;

/// <summary>What a place in the schema holds.</summary>
internal enum NodeKind
{
    /// <summary>Values.</summary>
    Leaf,

    /// <summary>Named fields.</summary>
    Struct,

    /// <summary>A list of one kind of element.</summary>
    List,

    /// <summary>A list of keys with values.</summary>
    Map,
}
