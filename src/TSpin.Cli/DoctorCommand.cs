using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TSpin.Distribution;
using TSpin.Files;
using TSpin.Hub;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Cli;

/// <summary><c>tspin doctor</c>: what this machine has, how fast it multiplies, and whether a recipe could start.</summary>
internal static class DoctorCommand
{
    private const int ProductSize = 2048;
    private const int DeviceProductSize = 8192;
    private const string PresetKernels = "OPENBLAS_CORETYPE";
    private const string FastOnly = "--float32-only";

    public static Command Create()
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "A recipe to plan for, or a model's folder or GGUF file to look at.", Arity = ArgumentArity.ZeroOrOne };
        var set = CommonOptions.Set();
        var json = new Option<bool>("--json") { Description = "Print the facts as JSON." };
        var child = new Option<bool>(FastOnly) { Hidden = true };
        var kernels = new Option<bool>("--kernels") { Description = "Print only the kernels in use, then all that this processor has." };
        var command = new Command("doctor", "This machine: libtorch, threads, measured speed; with a recipe: what it will take; with a model: what ends its answers. Example: tspin doctor recipes/minimal.yaml") { recipe, set, json, kernels, child };
        command.SetAction(result =>
        {
            if (result.GetValue(child))
            {
                Console.WriteLine(JsonSerializer.Serialize(Float32Speed()));
                return 0;
            }

            if (result.GetValue(kernels))
            {
                Console.WriteLine($"{RunEnvironment.Kernels} {string.Join(' ', TorchLibrary.KnownKernelSets)}");
                return 0;
            }

            var path = result.GetValue(recipe);
            if (path is not null && (Directory.Exists(path) || path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)))
            {
                var model = ModelFacts.Of(path);
                result.InvocationConfiguration.Output.Write(result.GetValue(json) ? JsonSerializer.Serialize(new { model }, JsonLinesFormat.Default) + "\n" : model.ToText());
                return 0;
            }

            var device = Device.Cpu;
            using var interruption = new Interruption();
            var plan = path is not null
                ? Plan(HubInputs.Fetch(RecipeReader.Read(path, result.GetValue(set) ?? []), () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), interruption.Token))
                : null;
            // Measured last: a recipe that is wrong is said at once.
            var facts = Facts();
            if (result.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { machine = facts, plan }, JsonLinesFormat.Default));
            }
            else
            {
                var width = facts.Keys.Max(name => name.Length) + 2;
                foreach (var (name, value) in facts)
                {
                    Console.WriteLine($"{name.PadRight(width)}{value}");
                }

                Console.Write(plan is null ? "" : "\n" + plan.ToText());
            }

            return plan is null || Fits(plan, device) ? 0 : ExitCodes.MissingOnThisMachine;

            RunPlan Plan(Recipe read)
            {
                device = AvailableDevice.Parse(read.Model.Device, "model.device");
                return RunPlan.Of(read, LaunchVariables.Read()?.Count ?? 1);
            }
        });
        return command;
    }

    private static bool Fits(RunPlan plan, Device device)
    {
        var available = device.IsCuda ? TorchLibrary.PropertiesOf(device).FreeBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (plan.MemoryBytes <= available)
        {
            return true;
        }

        Console.Error.WriteLine(
            $"The recipe needs about {DiskSpace.Shown(plan.MemoryBytes)} of memory, {(device.IsCuda ? $"{device}" : "this machine")} has {DiskSpace.Shown(available)}. Lower training.tokens_per_pass, set training.recompute to true, or take a smaller model.");
        return false;
    }

    private static SortedDictionary<string, object?> Facts()
    {
        var facts = RunEnvironment.Collect(DType.Float32, Device.Cpu);
        facts.Remove("compute_type");
        facts["libtorch_library"] = TorchLibrary.LoadedPath;
        facts["kernels_known"] = string.Join(' ', TorchLibrary.KnownKernelSets);
        facts["cuda_devices"] = TorchLibrary.CudaDeviceCount;
        facts["processes"] = !ProcessGroup.IsAvailable ? "no c10d in this libtorch" : $"c10d over Gloo{(ProcessGroup.NcclFault is { } fault ? $"; no NCCL: {fault}" : ", NCCL between GPUs")}";
        facts["cuda_graphs"] = CudaGraph.IsAvailable;
        for (var index = 0; index < TorchLibrary.CudaDeviceCount; index++)
        {
            var device = Device.Cuda(index);
            var properties = TorchLibrary.PropertiesOf(device);
            facts[$"cuda_{index}"] = $"{properties.Name}, {DiskSpace.Shown(properties.FreeBytes)} free of {DiskSpace.Shown(properties.TotalBytes)}";
            facts[$"cuda_{index}_bfloat16_gflops"] = Math.Round(Gigaflops(DType.BFloat16, device));
        }

        facts["free_disk"] = DiskSpace.FreeBytes(".") is { } free ? DiskSpace.Shown(free) : "unknown";
        var hub = HubSettings.FromEnvironment();
        facts["hub"] = hub.Offline ? $"{hub.Endpoint} (offline)" : hub.Endpoint.ToString();
        facts["hub_cache"] = hub.CacheFolder;
        facts["hub_token"] = hub.Token is null ? "none" : "set";
        var speed = Float32Speed();
        facts["float32_gflops"] = Math.Round(speed.Layers);
        facts["libtorch_float32_gflops"] = Math.Round(speed.Libtorch);
        facts["bfloat16_gflops"] = Math.Round(Gigaflops(DType.BFloat16));
        if (ThreadsAdvice(speed.Layers) is { } threads)
        {
            facts["threads_advice"] = threads;
        }

        if (Environment.GetEnvironmentVariable(PresetKernels) is { Length: > 0 } kernels && WithoutPreset() is { } unset)
        {
            facts["float32_gflops_without_preset"] = Math.Round(unset.Layers);
            facts["libtorch_gflops_without_preset"] = Math.Round(unset.Libtorch);
            var set = $"{PresetKernels}={kernels} is set and costs";
            facts["advice"] = unset.Layers > 1.1 * speed.Layers ? $"{set} {Cost(speed.Layers, unset.Layers)} of the float32 speed; unset it unless you need its exact numbers"
                : unset.Libtorch > 1.1 * speed.Libtorch ? $"{set} {Cost(speed.Libtorch, unset.Libtorch)} of the speed of libtorch's float32 products, and nothing of those that layers are made of"
                : $"{set} nothing here";
        }

        return facts;
    }

    // torchrun sets one thread wherever it starts more than one process and the user says nothing.
    private static string? ThreadsAdvice(double withOne)
    {
        if (TorchLibrary.Threads != 1 || Environment.ProcessorCount == 1)
        {
            return null;
        }

        TorchLibrary.Threads = Environment.ProcessorCount;
        var withAll = Gigaflops(DType.Float32, Device.Cpu);
        TorchLibrary.Threads = 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"1 thread (OMP_NUM_THREADS, which torchrun sets to 1 for more than one process) has {withOne:F0} GFLOP/s, {Environment.ProcessorCount} have {withAll:F0}; with N processes set it, or distribution.threads in the recipe, to the cores divided by N");
    }

    private static string Cost(double speed, double free) => string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - (speed / free)):F0}%");

    // Linear layers multiply with kernels of our own where the processor has AVX2, in bfloat16 on every processor; the rest is libtorch's.
    private static ProductSpeed Float32Speed() => new(Gigaflops(DType.Float32, Device.Cpu), Gigaflops(DType.Float32, Device.Cpu, Layers.MatMul));

    private static double Gigaflops(DType type, Device device = default, Func<Tensor, Tensor, Tensor>? product = null)
    {
        product ??= (a, b) => Layers.Linear(a, b);
        // A GPU needs a larger product to be busy, and runs faster on a constant than on what it will see.
        var size = device.IsCuda ? DeviceProductSize : ProductSize;
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        using var random = new RandomGenerator(1, device);
        var matrix = Tensor.Empty([size, size], DType.Float32, device).FillNormal(0, 1, random).To(type);
        var seconds = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            TorchLibrary.Synchronize(device);
            var clock = Stopwatch.StartNew();
            product(matrix, matrix).Dispose();
            TorchLibrary.Synchronize(device);
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        return 2.0 * size * size * size / seconds.Order().ElementAt(seconds.Count / 2) / 1e9;
    }

    // OpenBLAS chooses its kernels when it is loaded, so the comparison needs a process of its own.
    private static ProductSpeed? WithoutPreset()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(DoctorCommand).Assembly.Location);
        }

        start.ArgumentList.Add("doctor");
        start.ArgumentList.Add(FastOnly);
        start.Environment.Remove(PresetKernels);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill();
            return null;
        }

        return process.ExitCode == 0 ? JsonSerializer.Deserialize<ProductSpeed>(output.Result) : null;
    }

    /// <summary>GFLOP/s of a 2048^3 product in float32.</summary>
    /// <param name="Layers">As linear layers compute it.</param>
    /// <param name="Libtorch">As libtorch does.</param>
    private sealed record ProductSpeed(double Layers, double Libtorch);
}
