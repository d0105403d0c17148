using System.Buffers.Binary;
using Google.Protobuf;

namespace TSpin.TensorBoard;

/// <summary>
/// Reads TensorBoard's event files: TFRecord frames (length, masked CRC-32C of it, data, masked CRC-32C of that), each
/// holding one tensorflow.Event.
/// </summary>
public static class EventFile
{
    /// <summary>What every event file's name begins with.</summary>
    public const string Prefix = "events.out.tfevents.";

    private const int HeaderBytes = 12;
    private const int FooterBytes = 4;
    private const ulong MaxRecordBytes = 1 << 30;

    /// <summary>The event files of a folder, in the order in which TensorBoard reads them.</summary>
    /// <param name="folder">The folder; may be absent.</param>
    /// <returns>Full paths.</returns>
    public static IReadOnlyList<string> In(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder, Prefix + "*").Order(StringComparer.Ordinal)] : [];

    /// <summary>Reads a file up to its end, or to where it is torn or damaged.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The events.</returns>
    public static IReadOnlyList<EventRecord> Read(string path)
    {
        var records = new List<EventRecord>();
        ForEachFrame(path, frame => records.Add(Decode(frame)));
        return records;
    }

    /// <summary>One event as the bytes of a record.</summary>
    internal static byte[] Frame(ReadOnlySpan<byte> data)
    {
        var frame = new byte[HeaderBytes + data.Length + FooterBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), MaskedCrc32C.Of(frame.AsSpan(0, 8)));
        data.CopyTo(frame.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(HeaderBytes + data.Length), MaskedCrc32C.Of(data));
        return frame;
    }

    /// <summary>Passes on the data of every whole record.</summary>
    /// <param name="path">The file.</param>
    /// <param name="use">Receives each; it may keep the memory.</param>
    /// <returns>How far whole records reach, in bytes: what lies beyond is torn or damaged.</returns>
    internal static long ForEachFrame(string path, Action<ReadOnlyMemory<byte>> use)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
            1 << 16);
        var header = new byte[HeaderBytes];
        var whole = 0L;
        while (stream.Length - whole >= HeaderBytes + FooterBytes)
        {
            stream.ReadExactly(header);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(header);
            var fits = length <= MaxRecordBytes && (long)length <= stream.Length - whole - HeaderBytes - FooterBytes;
            if (!fits || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)) != MaskedCrc32C.Of(header.AsSpan(0, 8)))
            {
                break;
            }

            var data = new byte[length + FooterBytes];
            stream.ReadExactly(data);
            var content = data.AsMemory(0, (int)length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)length)) != MaskedCrc32C.Of(content.Span))
            {
                break;
            }

            use(content);
            whole += HeaderBytes + data.Length;
        }

        return whole;
    }

    /// <summary>Reads one event; what it holds besides is passed over.</summary>
    internal static EventRecord Decode(ReadOnlyMemory<byte> data)
    {
        var record = new EventRecord(0, 0);
        Fields(data.ToArray(), (field, input) =>
        {
            switch (field)
            {
                case 1: record = record with { WallTime = input.ReadDouble() }; return true;
                case 2: record = record with { Step = input.ReadInt64() }; return true;
                case 3: record = record with { FileVersion = input.ReadString() }; return true;
                case 5: record = record with { Values = Values(input.ReadBytes().ToByteArray()) }; return true;
                case 7: record = record with { StartsSession = IsStart(input.ReadBytes().ToByteArray()) }; return true;
                default: return false;
            }
        });
        return record;
    }

    private static bool IsStart(byte[] data)
    {
        var isStart = false;
        Fields(data, (field, input) => field == 1 && ((isStart = input.ReadInt64() == 1) || true));
        return isStart;
    }

    private static List<EventValue> Values(byte[] summary)
    {
        var values = new List<EventValue>();
        Fields(summary, (field, input) =>
        {
            if (field != 1)
            {
                return false;
            }

            values.Add(Value(input.ReadBytes().ToByteArray()));
            return true;
        });
        return values;
    }

    private static EventValue Value(byte[] data)
    {
        var value = new EventValue("");
        Fields(data, (field, input) =>
        {
            switch (field)
            {
                case 1: value = value with { Tag = input.ReadString() }; return true;
                case 2: value = value with { Scalar = input.ReadFloat() }; return true;
                case 8: value = value with { Texts = Texts(input.ReadBytes().ToByteArray()) }; return true;
                case 9:
                    Fields(input.ReadBytes().ToByteArray(), (inner, metadata) =>
                    {
                        if (inner != 1)
                        {
                            return false;
                        }

                        Fields(metadata.ReadBytes().ToByteArray(), (of, plugin) =>
                        {
                            switch (of)
                            {
                                case 1: value = value with { Plugin = plugin.ReadString() }; return true;
                                case 2:
                                    value = value with { PluginContent = plugin.ReadBytes().ToByteArray() };
                                    return true;
                                default: return false;
                            }
                        });
                        return true;
                    });
                    return true;
                default: return false;
            }
        });
        return value;
    }

    private static List<string> Texts(byte[] tensor)
    {
        var texts = new List<string>();
        Fields(tensor, (field, input) =>
        {
            if (field != 8)
            {
                return false;
            }

            texts.Add(input.ReadString());
            return true;
        });
        return texts;
    }

    // A field that read does not know is passed over. A damaged message ends where it is damaged.
    private static void Fields(byte[] data, Func<int, CodedInputStream, bool> read)
    {
        try
        {
            using var input = new CodedInputStream(data);
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                if (!read(WireFormat.GetTagFieldNumber(tag), input))
                {
                    input.SkipLastField();
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // Its checksum was right, so another program wrote it so.
        }
    }
}
