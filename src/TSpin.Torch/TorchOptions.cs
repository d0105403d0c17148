namespace TSpin.Torch;

/// <summary>
/// How this process uses libtorch and the kernels beside it. Read once, when the library is loaded: from the environment, unless the host has said otherwise by <see cref="TorchLibrary.Configure"/>.
/// None of them changes what is computed beyond rounding.
/// </summary>
public sealed record TorchOptions
{
    /// <summary>Environment variable of <see cref="LibraryPath"/>.</summary>
    public const string LibraryPathVariable = "TSPIN_TORCH_LIBRARY";

    /// <summary>Environment variable of <see cref="Kernels"/>.</summary>
    public const string KernelsVariable = "TSPIN_KERNELS";

    /// <summary>Environment variable of <see cref="Graphs"/>: <c>on</c>, <c>off</c>, <c>at-once</c> or <c>unrecorded</c>.</summary>
    public const string GraphsVariable = "TSPIN_GRAPHS";

    /// <summary>Environment variable of <see cref="OwnHeap"/>: <c>own</c> or <c>libtorch</c>.</summary>
    public const string HeapVariable = "TSPIN_HEAP";

    /// <summary>Environment variable of <see cref="Nccl"/>.</summary>
    public const string NcclVariable = "TSPIN_NCCL";

    /// <summary>The native library's file, the only one that is tried. Default: null, beside the program, then in a checkout's artifacts.</summary>
    public string? LibraryPath { get; init; }

    /// <summary>The set of kernels on the CPU: <c>avx512bf16</c>, <c>avx512</c>, <c>avx2</c>, <c>portable</c>, or <c>aten</c> to leave all to libtorch. Default: null, the fastest that the processor has.</summary>
    public string? Kernels { get; init; }

    /// <summary>How decode steps are taken on a GPU. Default: <see cref="GraphUse.On"/>.</summary>
    public GraphUse Graphs { get; init; } = GraphUse.On;

    /// <summary>
    /// Whether large tensors on the CPU have a heap of their own in place of libtorch's allocator, and freed memory stays in the process: faster and smaller for this library, and it holds for all
    /// uses of libtorch in the process (docs/adr/0006). Default: true.
    /// </summary>
    public bool OwnHeap { get; init; } = true;

    /// <summary>NCCL's file, for processes with a GPU each, or <c>off</c> for none. Default: null, <c>libnccl.so.2</c> where it is found.</summary>
    public string? Nccl { get; init; }

    /// <summary>The options that environment variables state.</summary>
    /// <param name="variable">Looks a variable up. Default: this process' environment.</param>
    /// <returns>The options; a variable that is empty counts as not set.</returns>
    /// <exception cref="TorchLibraryException">A value that is none. Those of <see cref="Kernels"/> are checked by the library, which knows its sets.</exception>
    public static TorchOptions FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        return new TorchOptions
        {
            LibraryPath = Text(LibraryPathVariable),
            Kernels = Text(KernelsVariable),
            Graphs = Text(GraphsVariable) switch
            {
                null or "on" => GraphUse.On,
                "off" => GraphUse.Off,
                "at-once" => GraphUse.AtOnce,
                "unrecorded" => GraphUse.Unrecorded,
                var other => throw Unknown(GraphsVariable, other, "on, off, at-once or unrecorded"),
            },
            OwnHeap = Text(HeapVariable) switch
            {
                null or "own" => true,
                "libtorch" => false,
                var other => throw Unknown(HeapVariable, other, "own or libtorch"),
            },
            Nccl = Text(NcclVariable),
        };

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;
    }

    private static TorchLibraryException Unknown(string name, string value, string known) =>
        new($"The environment variable {name} is \"{(value.Length > 60 ? value[..60] + "..." : value)}\"; it may be {known}.");
}
