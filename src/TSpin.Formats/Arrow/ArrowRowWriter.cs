using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace TSpin.Arrow;

/// <summary>
/// Writes rows of a batch as JSON: text as text, numbers as numbers (those that are not finite as "NaN", "Infinity", "-Infinity"), decimals, dates and
/// times as text that loses nothing, maps as lists of pairs. Bytes are text when they are UTF-8 (older writers do not mark their texts), else
/// <c>{"base64": ...}</c>, which nothing takes for text by mistake.
/// </summary>
/// <param name="columns">The columns to write.</param>
internal sealed class ArrowRowWriter(ArrowColumns columns) : IDisposable
{
    /// <summary>Longest row, in bytes of JSON.</summary>
    public const int LongestRow = 1 << 26;

    private const string Uuid = "arrow.uuid";

    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly Utf8JsonWriter _writer = new(new ArrayBufferWriter<byte>(), new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    private string? _fault;

    /// <summary>Writes a row.</summary>
    /// <param name="batch">The batch, with all columns of the schema or only those that are read.</param>
    /// <param name="row">The row's index in the batch.</param>
    /// <returns>The row as a JSON object, valid until the next one is asked for; and why it cannot be used, or null.</returns>
    public (ReadOnlyMemory<byte> Json, string? Fault) Write(RecordBatch batch, int row)
    {
        _json.ResetWrittenCount();
        _writer.Reset(_json);
        _fault = null;
        _writer.WriteStartObject();
        for (var i = 0; i < columns.Read.Count; i++)
        {
            var (index, field) = columns.Read[i];
            _writer.WritePropertyName(field.Name);
            Write(batch.Column(batch.ColumnCount == columns.Read.Count ? i : index), row, field);
        }

        _writer.WriteEndObject();
        _writer.Flush();
        return (_json.WrittenMemory, _fault);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Write(IArrowArray array, int i, Field field)
    {
        if (_fault is not null || array.IsNull(i))
        {
            _writer.WriteNullValue();
            return;
        }

        switch (array)
        {
            case StringArray texts:
                WriteText(texts.GetBytes(i), field);
                break;
            case LargeStringArray texts:
                WriteText(texts.GetBytes(i), field);
                break;
            case StringViewArray texts:
                WriteText(texts.GetBytes(i), field);
                break;
            case BinaryArray bytes:
                WriteBytes(bytes.GetBytes(i));
                break;
            case LargeBinaryArray bytes:
                WriteBytes(bytes.GetBytes(i));
                break;
            case BinaryViewArray bytes:
                WriteBytes(bytes.GetBytes(i));
                break;
            case Decimal128Array numbers:
                _writer.WriteStringValue(numbers.GetString(i));
                break;
            case Decimal256Array numbers:
                _writer.WriteStringValue(numbers.GetString(i));
                break;
            case FixedSizeBinaryArray bytes when bytes.Data.DataType is FixedSizeBinaryType { ByteWidth: 16 } && field.HasMetadata && field.Metadata.GetValueOrDefault("ARROW:extension:name") == Uuid:
                _writer.WriteStringValue(new Guid(bytes.GetBytes(i), bigEndian: true));
                break;
            case FixedSizeBinaryArray bytes:
                WriteBytes(bytes.GetBytes(i));
                break;
            case BooleanArray flags:
                _writer.WriteBooleanValue(flags.GetValue(i)!.Value);
                break;
            case StructArray group:
                WriteGroup(group, i, (StructType)group.Data.DataType);
                break;
            case DictionaryArray coded:
                Write(coded.Dictionary, Index(coded.Indices, i), field);
                break;
            case ExtensionArray extended:
                Write(extended.Storage, i, field);
                break;
            case NullArray:
                _writer.WriteNullValue();
                break;
            case MapArray map:
                WriteItems(map.KeyValues, map.ValueOffsets[i], map.GetValueLength(i), ((MapType)map.Data.DataType).Fields[0], isMap: true);
                break;
            case ListArray list:
                WriteItems(list.Values, list.ValueOffsets[i], list.GetValueLength(i), ((ListType)list.Data.DataType).ValueField);
                break;
            case LargeListArray list:
                WriteItems(list.Values, checked((int)list.ValueOffsets[i]), list.GetValueLength(i), ((LargeListType)list.Data.DataType).ValueField);
                break;
            case ListViewArray list:
                WriteItems(list.Values, list.ValueOffsets[i], list.GetValueLength(i), ((ListViewType)list.Data.DataType).ValueField);
                break;
            case FixedSizeListArray list:
                var size = ((FixedSizeListType)list.Data.DataType).ListSize;
                WriteItems(list.Values, (list.Offset + i) * size, size, ((FixedSizeListType)list.Data.DataType).ValueField);
                break;
            default:
                WriteNumber(array, i, field);
                break;
        }
    }

    private void WriteNumber(IArrowArray array, int i, Field field)
    {
        switch (array)
        {
            case Int8Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case Int16Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case Int32Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case Int64Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case UInt8Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case UInt16Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case UInt32Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case UInt64Array numbers:
                _writer.WriteNumberValue(numbers.GetValue(i)!.Value);
                break;
            case HalfFloatArray numbers:
                WriteFloat((double)numbers.GetValue(i)!.Value);
                break;
            case FloatArray numbers:
                WriteFloat(numbers.GetValue(i)!.Value);
                break;
            case DoubleArray numbers:
                WriteFloat(numbers.GetValue(i)!.Value);
                break;
            case Date32Array days:
                Say(ArrowTime.Day(days.Values[i]), field);
                break;
            case Date64Array milliseconds:
                Say(ArrowTime.Instant(milliseconds.Values[i], TimeUnit.Millisecond, isUtc: false), field);
                break;
            case Time32Array times:
                Say(ArrowTime.OfDay(times.Values[i], ((Time32Type)times.Data.DataType).Unit), field);
                break;
            case Time64Array times:
                Say(ArrowTime.OfDay(times.Values[i], ((Time64Type)times.Data.DataType).Unit), field);
                break;
            case TimestampArray stamps:
                var type = (TimestampType)stamps.Data.DataType;
                Say(ArrowTime.Instant(stamps.Values[i], type.Unit, type.Timezone is { Length: > 0 }), field);
                break;
            default:
                throw new NotSupportedException($"column \"{field.Name}\": values of type {array.Data.DataType.Name} are not read");
        }
    }

    private void WriteGroup(StructArray group, int i, StructType type)
    {
        _writer.WriteStartObject();
        for (var part = 0; part < type.Fields.Count; part++)
        {
            _writer.WritePropertyName(type.Fields[part].Name);
            Write(group.Fields[part], i, type.Fields[part]);
        }

        _writer.WriteEndObject();
    }

    private void WriteItems(IArrowArray items, int start, int count, Field field, bool isMap = false)
    {
        if (start < 0 || count < 0 || (long)start + count > items.Length)
        {
            throw new InvalidDataException($"column \"{field.Name}\": a list reaches beyond its values");
        }

        _writer.WriteStartArray();
        for (var i = start; i < start + count && Fits(1, field); i++)
        {
            if (!isMap)
            {
                Write(items, i, field);
                continue;
            }

            var (pairs, parts) = ((StructArray)items, ((StructType)items.Data.DataType).Fields);
            _writer.WriteStartArray();
            Write(pairs.Fields[0], i, parts[0]);
            Write(pairs.Fields[1], i, parts[1]);
            _writer.WriteEndArray();
        }

        _writer.WriteEndArray();
    }

    private static int Index(IArrowArray indices, int i) => indices switch
    {
        Int8Array numbers => numbers.Values[i],
        Int16Array numbers => numbers.Values[i],
        Int32Array numbers => numbers.Values[i],
        Int64Array numbers => checked((int)numbers.Values[i]),
        UInt8Array numbers => numbers.Values[i],
        UInt16Array numbers => numbers.Values[i],
        UInt32Array numbers => checked((int)numbers.Values[i]),
        UInt64Array numbers => checked((int)numbers.Values[i]),
        _ => throw new InvalidDataException("a dictionary has indices that are no whole numbers"),
    };

    private void WriteFloat(double number)
    {
        if (double.IsFinite(number))
        {
            _writer.WriteNumberValue(number);
        }
        else
        {
            _writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void WriteText(ReadOnlySpan<byte> text, Field field)
    {
        if (!Utf8.IsValid(text))
        {
            _fault = $"\"{field.Name}\" is not valid UTF-8; correct it, or remove the record";
            _writer.WriteNullValue();
        }
        else if (Fits(text.Length, field))
        {
            _writer.WriteStringValue(text);
        }
        else
        {
            _writer.WriteNullValue();
        }
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            _writer.WriteStringValue(bytes);
            return;
        }

        _writer.WriteStartObject();
        _writer.WriteBase64String("base64", bytes);
        _writer.WriteEndObject();
    }

    private void Say(string? text, Field field)
    {
        if (text is null)
        {
            _fault = $"\"{field.Name}\" holds a date or time outside of the years 1 to 9999, or of the hours 0 to 24; correct it, or remove the record";
            _writer.WriteNullValue();
            return;
        }

        _writer.WriteStringValue(text);
    }

    private bool Fits(int more, Field field)
    {
        if (_writer.BytesCommitted + _writer.BytesPending + more > LongestRow)
        {
            _fault = $"is longer than {LongestRow} bytes (at \"{field.Name}\"); it is no single record";
        }

        return _fault is null;
    }
}
