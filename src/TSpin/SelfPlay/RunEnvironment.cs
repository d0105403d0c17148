using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using TSpin.Files;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>What a run ran on, as written to environment.json.</summary>
public static class RunEnvironment
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private static readonly string[] Variables = ["OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "GOMP_SPINCOUNT", "OMP_PROC_BIND", "CUDA_VISIBLE_DEVICES"];

    /// <summary>The set of kernels in use on the CPU; <c>aten</c> where all is left to libtorch.</summary>
    public static string Kernels => TorchLibrary.UsesKernels ? TorchLibrary.KernelSet : "aten";

    /// <summary>Collects machine, versions and the variables that change speed or numbers.</summary>
    /// <param name="computeType">The type the run computes in, after <c>auto</c> was decided.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>Flat names and values.</returns>
    public static SortedDictionary<string, object?> Collect(DType computeType, Device device)
    {
        var facts = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["tspin"] = typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            ["dotnet"] = RuntimeInformation.FrameworkDescription,
            ["os"] = RuntimeInformation.OSDescription,
            ["processor"] = Processor(),
            ["cores"] = Environment.ProcessorCount,
            ["memory_bytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            ["libtorch"] = TorchLibrary.Version,
            ["kernels"] = Kernels,
            ["heap"] = TorchLibrary.Options.OwnHeap ? "own" : "libtorch",
            ["graphs"] = TorchLibrary.Options.Graphs switch { GraphUse.AtOnce => "at-once", var use => use.ToString().ToLowerInvariant() },
            ["threads"] = TorchLibrary.Threads,
            ["compute_type"] = computeType.ToString().ToLowerInvariant(),
            ["device"] = device.ToString(),
        };
        foreach (var variable in Variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                facts[variable.ToLowerInvariant()] = value;
            }
        }

        return facts;
    }

    /// <summary>The type that a run computes in: the one that it began with, or decided now and written down with the
    /// rest of the environment.</summary>
    /// <param name="path">environment.json of the run.</param>
    /// <param name="wanted">What the recipe wants; <c>auto</c> measures.</param>
    /// <param name="hiddenSize">The model's.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>The type.</returns>
    internal static DType BeginIn(string path, ComputeType wanted, int hiddenSize, Device device)
    {
        // A resumed run keeps the type it began with: a measurement may come out differently.
        if (ReadComputeType(path) is { } recorded)
        {
            return recorded;
        }

        var type = ComputeTypeChoice.Decide(wanted, hiddenSize, device);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(Collect(type, device), Indented) + "\n");
        return type;
    }

    /// <summary>The type a run computes in, from its environment.json.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The type; null where there is no file.</returns>
    /// <exception cref="TSpinException">The file is damaged or names no type.</exception>
    public static DType? ReadComputeType(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var facts = JsonDocument.Parse(File.ReadAllText(path));
            return Enum.TryParse<DType>(facts.RootElement.GetProperty("compute_type").GetString(), ignoreCase: true, out var type) && type is DType.Float32 or DType.BFloat16
                ? type
                : throw new JsonException("compute_type is neither float32 nor bfloat16.");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new TSpinException(
                $"{path}: does not say which compute_type the run began with: {error.Message} Write \"compute_type\": \"float32\" (or bfloat16) into it, or delete it to decide anew.", error);
        }
    }

    /// <summary>The processor's name.</summary>
    /// <returns>The model name of /proc/cpuinfo on Linux, else the architecture.</returns>
    public static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
