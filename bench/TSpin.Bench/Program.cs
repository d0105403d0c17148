using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TSpin;
using TSpin.Bench;
using TSpin.Files;
using TSpin.Optimization;
using TSpin.Torch;

var shapes = new Option<string[]>("--shape") { Description = "Only these shapes: " + string.Join(", ", BenchShape.All.Select(shape => shape.Name)) + ".", Arity = ArgumentArity.ZeroOrMore };
var types = new Option<string[]>("--type") { Description = "Only this arithmetic: bfloat16 or float32.", Arity = ArgumentArity.ZeroOrMore };
var json = new Option<string?>("--json") { Description = "Write the measurements there too.", HelpName = "FILE" };
var quick = new Option<bool>("--quick") { Description = "Two rounds instead of seven, one for shapes that have already taken 15 seconds." };
var rounds = new Option<int?>("--rounds") { Description = "Rounds of each shape after one that is not counted." };
var noPeer = new Option<bool>("--no-peer") { Description = "Without the PyTorch peer." };
var threads = new Option<int>("--threads") { Description = "Threads on both sides.", DefaultValueFactory = _ => Environment.ProcessorCount };
var recompute = new Option<bool>("--recompute") { Description = "TSpin computes blocks again in backward (training.recompute)." };
var stochastic = new Option<bool>("--stochastic") { Description = "TSpin keeps bfloat16 parameters alone, rounded at random (training.masters: stochastic)." };
var noClip = new Option<bool>("--no-clip") { Description = "TSpin does not clip gradients; with --recompute it then consumes them block by block." };
var optimizer = new Option<OptimizerKind>("--optimizer") { Description = "TSpin's optimizer.", DefaultValueFactory = _ => OptimizerKind.AdamW };
var lora = new Option<int>("--lora") { Description = "TSpin trains an adapter of all linear modules in the model's place.", HelpName = "RANK" };
var microBatch = new Option<int?>("--micro-batch") { Description = "TSpin divides its steps into passes of so many triplets.", HelpName = "N" };
var worker = new Option<string?>("--worker") { Hidden = true };
string[] arithmetics = ["bfloat16", "float32"];
var command = new RootCommand("Speed and memory of TSpin beside plain PyTorch and the machine's own ceiling, alternating. Example: tspin bench --quick --json bench.json")
{
    shapes, types, json, quick, rounds, noPeer, threads, recompute, stochastic, noClip, optimizer, lora, microBatch, worker,
};
// A worker knows more shapes and types: the machine's own product, copying and reading.
command.Validators.Add(result =>
{
    if (result.GetValue(worker) is null)
    {
        Known(types, arithmetics);
        Known(shapes, [.. BenchShape.All.Select(shape => shape.Name)]);
    }

    void Known(Option<string[]> option, string[] known)
    {
        foreach (var name in (result.GetValue(option) ?? []).Except(known))
        {
            result.AddError($"{option.Name} {name} is not known. Give one of: {string.Join(", ", known)}.");
        }
    }
});
command.SetAction(result =>
{
    try
    {
        return Measure(result);
    }
    catch (Exception error) when (error is WorkerException or TorchLibraryException or TSpinException)
    {
        Console.Error.WriteLine($"bench: {error.Message}");
        return 1;
    }
});
command.Add(DeviceCommand.Create());
command.Add(RanksCommand.Create());
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return command.Parse(args).Invoke();

int Measure(ParseResult result)
{
    var training = new TrainingChoice
    {
        Recompute = result.GetValue(recompute),
        Stochastic = result.GetValue(stochastic),
        Clip = !result.GetValue(noClip),
        Optimizer = result.GetValue(optimizer),
        LoraRank = result.GetValue(lora),
        MicroBatch = result.GetValue(microBatch),
    };
    if (result.GetValue(worker) is { } part)
    {
        var type = result.GetValue(types)!.Single();
        return part == "ceiling" ? CeilingWorker.Run(type, result.GetValue(threads)) : TSpinWorker.Run(part, type, result.GetValue(threads), training);
    }

    var chosen = result.GetValue(shapes) is { Length: > 0 } names ? BenchShape.All.Where(shape => names.Contains(shape.Name)).ToArray() : [.. BenchShape.All];
    var arithmetic = result.GetValue(types) is { Length: > 0 } given ? given : arithmetics;
    var count = result.GetValue(rounds) ?? (result.GetValue(quick) ? 2 : 7);
    var report = new Suite(training, result.GetValue(threads), count, !result.GetValue(noPeer), result.GetValue(quick) ? TimeSpan.FromSeconds(15) : TimeSpan.MaxValue, Console.WriteLine).Run(chosen, arithmetic);
    if (result.GetValue(json) is { } file)
    {
        AtomicFile.WriteText(file, JsonSerializer.Serialize(report, new JsonSerializerOptions { WriteIndented = true }));
    }

    return 0;
}
