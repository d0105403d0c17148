using System.CommandLine;
using System.Text.Json;
using TSpin.Files;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Bench;

/// <summary><c>bench device</c>: one shape on one device, without a peer. docs/gpu.md.</summary>
internal static class DeviceCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var name = new Argument<string>("SHAPE") { Description = string.Join(", ", BenchShape.OnDevice.Select(shape => shape.Name)) + "." };
        var device = new Option<string>("--device") { Description = "cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cuda" };
        var type = new Option<string>("--type") { Description = "bfloat16 or float32.", DefaultValueFactory = _ => "bfloat16" };
        var generate = new Option<bool>("--generate") { Description = "Generation instead of training." };
        var count = new Option<int?>("--count") { Description = "Triplets of a step, or prompts answered together. Default: the shape's; 8 for generation." };
        var keep = new Option<bool>("--keep-activations") { Description = "Training without computing blocks again in backward: faster where memory allows it." };
        var rounds = new Option<int>("--rounds") { Description = "Steps or generations that count.", DefaultValueFactory = _ => 5 };
        var json = new Option<string?>("--json") { Description = "Write the figures there too.", HelpName = "FILE" };
        type.AcceptOnlyFromAmong("bfloat16", "float32");
        name.AcceptOnlyFromAmong([.. BenchShape.OnDevice.Select(shape => shape.Name)]);
        var command = new Command("device", "One shape on one device: speed, share of the ceiling, memory. Example: tspin bench device llama-7b --device cuda --json 7b.json")
        {
            name, device, type, generate, count, keep, rounds, json,
        };
        command.SetAction(result =>
        {
            const int promptsTogether = 8;
            var shape = BenchShape.OnDevice.First(shape => shape.Name == result.GetValue(name));
            var generating = result.GetValue(generate);
            shape = shape with { Count = result.GetValue(count) ?? (generating ? promptsTogether : shape.Count), Kind = generating ? BenchKind.Generate : BenchKind.Train };
            try
            {
                var where = AvailableDevice.Parse(result.GetRequiredValue(device), device.Name);
                var bench = new DeviceBench(where, shape, result.GetValue(type) == "float32" ? DType.Float32 : DType.BFloat16);
                var text = JsonSerializer.Serialize(generating ? bench.Generate(result.GetValue(rounds)) : bench.Train(result.GetValue(rounds), !result.GetValue(keep)), Indented);
                Console.WriteLine(text);
                if (result.GetValue(json) is { } file)
                {
                    AtomicFile.WriteText(file, text + "\n");
                }

                return 0;
            }
            catch (Exception error) when (error is TSpinException or TorchException)
            {
                Console.Error.WriteLine(error.Message);
                return 2;
            }
        });
        return command;
    }
}
