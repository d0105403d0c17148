using Google.Protobuf;

namespace TSpin.TensorBoard;

/// <summary>One setting of a run, as the HPARAMS page of TensorBoard compares it.</summary>
/// <param name="Name">Such as <c>training.learning_rate</c>.</param>
/// <param name="Value">A <see cref="double"/>, a <see cref="bool"/> or a text.</param>
public sealed record HyperParameter(string Name, object Value)
{
    // tensorboard.hparams.DataType
    internal int DataType => Value switch
    {
        bool => 2,
        double => 3,
        _ => 1,
    };

    // google.protobuf.Value
    internal void Write(CodedOutputStream output)
    {
        switch (Value)
        {
            case bool flag:
                output.WriteTag(4, WireFormat.WireType.Varint);
                output.WriteBool(flag);
                break;
            case double number:
                output.WriteTag(2, WireFormat.WireType.Fixed64);
                output.WriteDouble(number);
                break;
            default:
                EventEncoding.Text(output, 3, $"{Value}");
                break;
        }
    }
}
