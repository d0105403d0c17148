using System.Reflection;
using System.Runtime.InteropServices;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>What a run ran on, as written to environment.json.</summary>
public static class RunEnvironment
{
    private static readonly string[] Variables = ["OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "GOMP_SPINCOUNT", "OMP_PROC_BIND", "CUDA_VISIBLE_DEVICES"];

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

    /// <summary>The processor's name.</summary>
    /// <returns>The model name of /proc/cpuinfo on Linux, else the architecture.</returns>
    public static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
