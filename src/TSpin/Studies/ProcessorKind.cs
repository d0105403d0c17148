using TSpin.SelfPlay;
using TSpin.Torch;

namespace TSpin.Studies;

/// <summary>
/// What of a machine decides the bits of a result: kernels, libtorch, type and device of the arithmetic, threads, and
/// the variables that limit what libraries may use. Cells of different kinds are never compared with each other.
/// </summary>
public static class ProcessorKind
{
    /// <summary>Variables that choose code by processor in libtorch and the libraries below it.</summary>
    public static IReadOnlyList<string> Variables { get; } =
        ["OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "GLIBC_TUNABLES"];

    /// <summary>The kind of this process.</summary>
    /// <param name="computeType">The type that a run computes in.</param>
    /// <param name="device">Where it runs.</param>
    /// <returns><c>avx2, libtorch 1.13.1, float32 on cpu, 2 threads, OPENBLAS_CORETYPE=Haswell</c>.</returns>
    public static string Of(DType computeType, string device) => string.Join(", ",
        new[] { RunEnvironment.Kernels, $"libtorch {TorchLibrary.Version}", $"{computeType.ToString().ToLowerInvariant()} on {device}", $"{TorchLibrary.Threads} threads" }
            .Concat(Variables.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
                .Where(variable => !string.IsNullOrEmpty(variable.Value)).Select(variable => $"{variable.Name}={variable.Value}")));
}
