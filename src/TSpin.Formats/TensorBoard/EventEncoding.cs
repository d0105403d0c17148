using Google.Protobuf;

namespace TSpin.TensorBoard;

/// <summary>
/// Events as protocol buffers: tensorflow.Event and what lies in it (tensorflow/core/util/event.proto,
/// framework/summary.proto), and tensorboard.hparams.HParamsPluginData. Fields are written in the order of their
/// numbers, as the real writers do.
/// </summary>
internal static class EventEncoding
{
    public const string FileVersion = "brain.Event:2";
    public const string TextPlugin = "text";
    public const string HyperParametersPlugin = "hparams";

    private const int DataTypeString = 7;
    private const int SessionStart = 1;
    private const int Success = 1;

    public static byte[] Version(double wallTime) => Message(output =>
    {
        Time(output, wallTime, 0);
        output.WriteTag(3, WireFormat.WireType.LengthDelimited);
        output.WriteString(FileVersion);
        Nested(output, 10, source => Text(source, 1, "tspin"));
    });

    public static byte[] Session(double wallTime, long step) => Message(output =>
    {
        Time(output, wallTime, step);
        Nested(output, 7, log => Number(log, 1, SessionStart));
    });

    public static byte[] Scalars(double wallTime, long step, IEnumerable<KeyValuePair<string, double>> values) =>
        Summary(wallTime, step, summary =>
    {
        foreach (var (tag, value) in values)
        {
            Nested(summary, 1, one =>
            {
                Text(one, 1, tag);
                one.WriteTag(2, WireFormat.WireType.Fixed32);
                one.WriteFloat((float)value);
            });
        }
    });

    public static byte[] TextValue(double wallTime, long step, string tag, string text) =>
        Summary(wallTime, step, summary => Nested(summary, 1, value =>
    {
        Text(value, 1, tag);
        Nested(value, 8, tensor =>
        {
            Number(tensor, 1, DataTypeString);
            Nested(tensor, 2, shape => Nested(shape, 2, dimension => Number(dimension, 1, 1)));
            Text(tensor, 8, text);
        });
        Nested(value, 9, metadata => Nested(metadata, 1, plugin => Text(plugin, 1, TextPlugin)));
    }));

    /// <summary>The experiment: which settings there are, and which metrics a table of runs shows.</summary>
    public static byte[] Experiment(double wallTime, IEnumerable<HyperParameter> settings,
        IEnumerable<string> metrics) =>
        Plugin(wallTime, "_hparams_/experiment", data => Nested(data, 2, experiment =>
        {
            foreach (var setting in settings)
            {
                Nested(experiment, 4, info =>
                {
                    Text(info, 1, setting.Name);
                    Number(info, 4, setting.DataType);
                });
            }

            foreach (var metric in metrics)
            {
                Nested(experiment, 5, info => Nested(info, 1, name => Text(name, 2, metric)));
            }
        }));

    public static byte[] SettingsOfRun(double wallTime, IEnumerable<HyperParameter> settings) =>
        Plugin(wallTime, "_hparams_/session_start_info", data => Nested(data, 3, start =>
        {
            foreach (var setting in settings)
            {
                Nested(start, 1, entry =>
                {
                    Text(entry, 1, setting.Name);
                    Nested(entry, 2, setting.Write);
                });
            }
        }));

    public static byte[] EndOfRun(double wallTime) =>
        Plugin(wallTime, "_hparams_/session_end_info", data => Nested(data, 4, end => Number(end, 1, Success)));

    public static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static byte[] Plugin(double wallTime, string tag, Action<CodedOutputStream> data) =>
        Summary(wallTime, 0, summary => Nested(summary, 1, value =>
    {
        Text(value, 1, tag);
        Nested(value, 9, metadata => Nested(metadata, 1, plugin =>
        {
            Text(plugin, 1, HyperParametersPlugin);
            Nested(plugin, 2, data);
        }));
    }));

    private static byte[] Summary(double wallTime, long step, Action<CodedOutputStream> write) => Message(output =>
    {
        Time(output, wallTime, step);
        Nested(output, 5, write);
    });

    private static void Time(CodedOutputStream output, double wallTime, long step)
    {
        output.WriteTag(1, WireFormat.WireType.Fixed64);
        output.WriteDouble(wallTime);
        if (step != 0)
        {
            Number(output, 2, step);
        }
    }

    private static void Number(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void Nested(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }
}
