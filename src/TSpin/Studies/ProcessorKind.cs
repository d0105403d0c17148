using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Studies;

/// <summary>
/// What of a machine decides the bits of a result: kernels, libtorch, type and device of the arithmetic, threads, and
/// what libraries may use. Cells of different kinds are never compared with each other. A processor with AVX-512 that is
/// held to AVX2 is of the kind of one that has no more.
/// </summary>
public static class ProcessorKind
{
    // What limits libtorch and the libraries below it, and the value that stands for AVX2, which is all that they find on
    // a processor without AVX-512.
    private static readonly (string Name, string Avx2)[] Limits =
        [("OPENBLAS_CORETYPE", "Haswell"), ("ATEN_CPU_CAPABILITY", "avx2"), ("ONEDNN_MAX_CPU_ISA", "AVX2")];

    /// <summary>Variables that choose code by processor in libtorch and the libraries below it.</summary>
    public static IReadOnlyList<string> Variables { get; } =
        [.. Limits.Select(limit => limit.Name), "DNNL_MAX_CPU_ISA", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "GLIBC_TUNABLES"];

    /// <summary>The kind of this process.</summary>
    /// <param name="computeType">The type that a run computes in.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns>
    /// <c>avx2, libtorch 1.13.1, float32 on cpu, 2 threads</c>, and what of the <see cref="Variables"/> makes it another
    /// kind: with kernels for AVX2 or less, a limit that the processor has not and that was not set.
    /// </returns>
    public static string Of(DType computeType, string device) => string.Join(", ",
        [
            RunEnvironment.Kernels, $"libtorch {TorchLibrary.Version}",
            $"{computeType.ToString().ToLowerInvariant()} on {device}", $"{TorchLibrary.Threads} threads",
            .. Limited(RunEnvironment.Kernels, TorchLibrary.KnownKernelSets, Environment.GetEnvironmentVariable),
        ]);

    /// <summary>What limits the libraries otherwise than the kernels say.</summary>
    /// <param name="kernels">The kernels in use.</param>
    /// <param name="known">All sets that the processor has.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    internal static IEnumerable<string> Limited(
        string kernels, IReadOnlyList<string> known, Func<string, string?> variable)
    {
        var isWide = known.Contains("avx512");
        var kernelsAreWide = kernels.StartsWith("avx512", StringComparison.Ordinal);
        foreach (var name in Variables)
        {
            var value = variable(name);
            var avx2 = Limits.FirstOrDefault(limit => limit.Name == name).Avx2;
            if (string.IsNullOrEmpty(value))
            {
                if (avx2 is not null && isWide && !kernelsAreWide)
                {
                    yield return $"{name} unset";
                }
            }
            else if (kernelsAreWide || !string.Equals(value, avx2, StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{name}={value}";
            }
        }
    }
}
