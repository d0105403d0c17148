using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Unicode;

namespace TSpin.Parquet;

/// <summary>
/// Writes values as JSON: text as text, numbers as numbers (those that are not finite as "NaN", "Infinity", "-Infinity"), decimals, dates and
/// times as text that loses nothing. Bytes without a meaning are text when they are UTF-8 (older writers do not mark their texts), else
/// <c>{"base64": ...}</c>, which nothing takes for text by mistake.
/// </summary>
/// <param name="json">Receives values.</param>
internal sealed class ValueText(Utf8JsonWriter json)
{
    private const int LongestDecimal = 64;
    private const long JulianDayOf1970 = 2_440_588;
    private const long NanosPerDay = 86_400_000_000_000;

    /// <summary>The first fault among the row's texts; null when there is none.</summary>
    public string? Fault { get; set; }

    /// <summary>Writes a value.</summary>
    /// <param name="leaf">Its column.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ParquetFaultException">It cannot be shown.</exception>
    public void Write(SchemaNode leaf, ParquetValue value)
    {
        var type = leaf.Type!;
        var bits = value.Bits;
        switch (type.Meaning)
        {
            case ValueMeaning.Plain:
                WritePlain(type.Physical, value);
                break;
            case ValueMeaning.Text:
                if (!Utf8.IsValid(value.Bytes.Span))
                {
                    Fault ??= $"\"{leaf.Path}\" is not valid UTF-8; correct it, or remove the record";
                    json.WriteNullValue();
                    break;
                }

                json.WriteStringValue(value.Bytes.Span);
                break;
            case ValueMeaning.Unsigned:
                json.WriteNumberValue(type.Physical == PhysicalType.Int32 ? unchecked((uint)bits) : unchecked((ulong)bits));
                break;
            case ValueMeaning.Decimal:
                json.WriteStringValue(Decimal(type, value, leaf.Path));
                break;
            case ValueMeaning.Date:
                json.WriteStringValue(Day(bits, leaf.Path));
                break;
            case ValueMeaning.TimeMillis or ValueMeaning.TimeMicros or ValueMeaning.TimeNanos:
                json.WriteStringValue(Time(bits, type.Meaning - ValueMeaning.TimeMillis, leaf.Path));
                break;
            case ValueMeaning.Uuid:
                json.WriteStringValue(new Guid(value.Bytes.Span, bigEndian: true));
                break;
            case ValueMeaning.Float16:
                WriteNumber((double)BinaryPrimitives.ReadHalfLittleEndian(value.Bytes.Span));
                break;
            default:
                json.WriteStringValue(Timestamp(bits, type, leaf.Path));
                break;
        }

        void WritePlain(PhysicalType physical, ParquetValue plain)
        {
            switch (physical)
            {
                case PhysicalType.Boolean:
                    json.WriteBooleanValue(bits != 0);
                    break;
                case PhysicalType.Int32 or PhysicalType.Int64:
                    json.WriteNumberValue(bits);
                    break;
                case PhysicalType.Float:
                    WriteNumber(BitConverter.Int32BitsToSingle((int)bits));
                    break;
                case PhysicalType.Double:
                    WriteNumber(BitConverter.Int64BitsToDouble(bits));
                    break;
                case PhysicalType.Int96:
                    var day = BinaryPrimitives.ReadUInt32LittleEndian(plain.Bytes.Span[8..]) - JulianDayOf1970;
                    json.WriteStringValue($"{Day(day, leaf.Path)}T{Time(BinaryPrimitives.ReadInt64LittleEndian(plain.Bytes.Span), 2, leaf.Path)}");
                    break;
                default:
                    WriteBytes(plain.Bytes.Span);
                    break;
            }
        }
    }

    private void WriteNumber(double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            json.WriteStringValue(bytes);
            return;
        }

        json.WriteStartObject();
        json.WriteBase64String("base64", bytes);
        json.WriteEndObject();
    }

    private static string Decimal(LeafType type, ParquetValue value, string path)
    {
        if (value.Bytes.Length > LongestDecimal)
        {
            throw new ParquetFaultException($"column \"{path}\": a decimal number has {value.Bytes.Length} bytes, more than the {LongestDecimal} that are read");
        }

        var number = type.Physical is PhysicalType.Int32 or PhysicalType.Int64 ? value.Bits : new BigInteger(value.Bytes.Span, isUnsigned: false, isBigEndian: true);
        var digits = BigInteger.Abs(number).ToString(CultureInfo.InvariantCulture).PadLeft(type.Scale + 1, '0');
        var whole = digits[..^type.Scale];
        return (number.Sign < 0 ? "-" : "") + (type.Scale == 0 ? whole : $"{whole}.{digits[^type.Scale..]}");
    }

    private static string Day(long days, string path) =>
        days is >= -719_162 and <= 2_932_896
            ? DateOnly.FromDayNumber((int)(days + 719_162)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : throw new ParquetFaultException($"column \"{path}\": a date lies {days} days from 1970, outside the years 1 to 9999");

    // unit: 0 milliseconds, 1 microseconds, 2 nanoseconds.
    private static string Time(long time, int unit, string path)
    {
        var (perSecond, digits) = unit switch { 0 => (1_000L, 3), 1 => (1_000_000L, 6), _ => (1_000_000_000L, 9) };
        if (time < 0 || time >= 86_400 * perSecond)
        {
            throw new ParquetFaultException($"column \"{path}\": a time of day is {time} units of 1/{perSecond} s");
        }

        var seconds = time / perSecond;
        var fraction = (time % perSecond).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        return $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{fraction}";
    }

    private static string Timestamp(long time, LeafType type, string path)
    {
        var unit = type.Meaning - ValueMeaning.TimestampMillis;
        var perDay = NanosPerDay / (unit switch { 0 => 1_000_000, 1 => 1_000, _ => 1 });
        var days = time / perDay - (time % perDay < 0 ? 1 : 0);
        return $"{Day(days, path)}T{Time(time - (days * perDay), unit, path)}{(type.IsUtc ? "Z" : "")}";
    }
}
