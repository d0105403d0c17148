namespace TSpin.Parquet;

/// <summary>The types of Thrift's compact protocol, by the number they have on the wire.</summary>
internal enum ThriftType : byte
{
    /// <summary>Ends a struct.</summary>
    Stop = 0,

    /// <summary>A field that is true and takes no further bytes.</summary>
    True = 1,

    /// <summary>A field that is false and takes no further bytes.</summary>
    False = 2,

    /// <summary>One byte.</summary>
    Int8 = 3,

    /// <summary>A zigzag varint.</summary>
    Int16 = 4,

    /// <summary>A zigzag varint.</summary>
    Int32 = 5,

    /// <summary>A zigzag varint.</summary>
    Int64 = 6,

    /// <summary>Eight bytes.</summary>
    Double = 7,

    /// <summary>A length and as many bytes.</summary>
    Binary = 8,

    /// <summary>A head with element type and count, then the elements.</summary>
    List = 9,

    /// <summary>As a list.</summary>
    Set = 10,

    /// <summary>A count, a byte with both types, then keys and values in turn.</summary>
    Map = 11,

    /// <summary>Fields up to a stop.</summary>
    Struct = 12,
}
