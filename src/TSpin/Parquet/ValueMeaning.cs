namespace TSpin.Parquet;

/// <summary>What stored values stand for (the format's logical and converted types).</summary>
internal enum ValueMeaning
{
    /// <summary>Nothing beyond the stored type.</summary>
    Plain,

    /// <summary>UTF-8 text: STRING, ENUM, JSON.</summary>
    Text,

    /// <summary>A whole number without sign.</summary>
    Unsigned,

    /// <summary>A decimal number with a scale.</summary>
    Decimal,

    /// <summary>Days since 1970-01-01.</summary>
    Date,

    /// <summary>Milliseconds since midnight.</summary>
    TimeMillis,

    /// <summary>Microseconds since midnight.</summary>
    TimeMicros,

    /// <summary>Nanoseconds since midnight.</summary>
    TimeNanos,

    /// <summary>Milliseconds since 1970.</summary>
    TimestampMillis,

    /// <summary>Microseconds since 1970.</summary>
    TimestampMicros,

    /// <summary>Nanoseconds since 1970.</summary>
    TimestampNanos,

    /// <summary>Sixteen bytes of a UUID, big-endian.</summary>
    Uuid,

    /// <summary>IEEE 754 half precision, little-endian.</summary>
    Float16,

    /// <summary>Months, days and milliseconds; not supported.</summary>
    Interval,

    /// <summary>A group that stands for a list.</summary>
    List,

    /// <summary>A group that stands for a map.</summary>
    Map,

    /// <summary>A meaning newer than this reader.</summary>
    Unknown,
}
