namespace TSpin.Gguf;

/// <summary>The types of metadata values, numbered as in the files (<c>gguf_metadata_value_type</c>).</summary>
public enum GgufValueType
{
    /// <summary>Unsigned byte.</summary>
    UInt8 = 0,

    /// <summary>Signed byte.</summary>
    Int8 = 1,

    /// <summary>Unsigned 16-bit.</summary>
    UInt16 = 2,

    /// <summary>Signed 16-bit.</summary>
    Int16 = 3,

    /// <summary>Unsigned 32-bit.</summary>
    UInt32 = 4,

    /// <summary>Signed 32-bit.</summary>
    Int32 = 5,

    /// <summary>IEEE binary32.</summary>
    Float32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>A 64-bit length and as many bytes of UTF-8.</summary>
    Text = 8,

    /// <summary>A type, a 64-bit count and as many values.</summary>
    Array = 9,

    /// <summary>Unsigned 64-bit.</summary>
    UInt64 = 10,

    /// <summary>Signed 64-bit.</summary>
    Int64 = 11,

    /// <summary>IEEE binary64.</summary>
    Float64 = 12,
}
