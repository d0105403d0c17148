namespace TSpin.Parquet;

/// <summary>How a column's values are stored, by the format's numbers.</summary>
internal enum PhysicalType
{
    /// <summary>One bit.</summary>
    Boolean = 0,

    /// <summary>Four bytes, little-endian.</summary>
    Int32 = 1,

    /// <summary>Eight bytes, little-endian.</summary>
    Int64 = 2,

    /// <summary>Twelve bytes: nanoseconds of the day, then the Julian day.</summary>
    Int96 = 3,

    /// <summary>IEEE 754, four bytes.</summary>
    Float = 4,

    /// <summary>IEEE 754, eight bytes.</summary>
    Double = 5,

    /// <summary>A length and as many bytes.</summary>
    ByteArray = 6,

    /// <summary>As many bytes as the schema says.</summary>
    FixedLenByteArray = 7,
}
