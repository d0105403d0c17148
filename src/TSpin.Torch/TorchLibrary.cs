using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// Finds and opens <c>libtspin_torch.so</c>, checks its ABI version, and sets what holds for the whole process: threads and
/// allocator thresholds. Everything else in this assembly calls <see cref="EnsureLoaded"/> by itself.
/// </summary>
public static unsafe class TorchLibrary
{
    /// <summary>The ABI version this assembly speaks; the native library must answer the same.</summary>
    public const int AbiVersion = 16;

    private const string FileName = "libtspin_torch.so";
    private const int AsItIs = -1;
    private static readonly Lock Gate = new();
    private static TorchOptions? _options;
    private static nint _library;
    private static bool _isResolved;

    /// <summary>What holds for this process: what <see cref="Configure"/> said, else the environment when it was first asked for.</summary>
    /// <exception cref="TorchLibraryException">A variable has an unknown value.</exception>
    public static TorchOptions Options
    {
        get
        {
            lock (Gate)
            {
                return _options ??= TorchOptions.FromEnvironment();
            }
        }
    }

    /// <summary>The file that was loaded; empty before the first use.</summary>
    public static string LoadedPath { get; private set; } = "";

    /// <summary>The libtorch version, for example <c>1.13.1</c>.</summary>
    public static string Version => Versions().Version;

    /// <summary>libtorch's own description of its build: compiler, BLAS, CPU capability, threads.</summary>
    public static string Configuration => Versions().Configuration;

    /// <summary>Tensor handles given out and not yet freed, over the whole process. Tests assert that it comes back.</summary>
    public static long LiveTensors
    {
        get
        {
            EnsureLoaded();
            return Native.ts_live_tensors();
        }
    }

    /// <summary>Threads used inside one operation. Default: OMP_NUM_THREADS, else the number of cores.</summary>
    public static int Threads
    {
        get
        {
            EnsureLoaded();
            Native.Check(Native.ts_get_threads(out var threads, Native.Error, Native.ErrorCapacity));
            return threads;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            EnsureLoaded();
            Native.Check(Native.ts_set_threads(value, Native.Error, Native.ErrorCapacity));
        }
    }

    /// <summary>Number of CUDA devices that this libtorch can use; 0 for a CPU build.</summary>
    public static int CudaDeviceCount
    {
        get
        {
            EnsureLoaded();
            Native.Check(Native.ts_cuda_device_count(out var count, Native.Error, Native.ErrorCapacity));
            return count;
        }
    }

    /// <summary>
    /// The instruction set of the kernels that are in use on the CPU: <c>avx512bf16</c>, <c>avx512</c>, <c>avx2</c> or <c>portable</c>. Default: the fastest that the
    /// processor has; the environment variable TSPIN_KERNELS names another. A name that is none, or not this processor's, is refused when the library is loaded.
    /// </summary>
    public static string KernelSet => Kernels().Set;

    /// <summary>All sets of kernels that this processor has, best first.</summary>
    public static IReadOnlyList<string> KnownKernelSets => Kernels().Known.Split(' ');

    /// <summary>
    /// Whether fused operations on the CPU take TSpin's own kernels; false has libtorch's own operations stand in for them, as on other devices.
    /// Holds for the whole process. Default: true, unless the environment variable TSPIN_KERNELS is <c>aten</c>.
    /// </summary>
    public static bool UsesKernels
    {
        get
        {
            EnsureLoaded();
            Native.Check(Native.ts_use_kernels(AsItIs, out var on, Native.Error, Native.ErrorCapacity));
            return on != 0;
        }

        set
        {
            EnsureLoaded();
            Native.Check(Native.ts_use_kernels(value ? 1 : 0, out _, Native.Error, Native.ErrorCapacity));
        }
    }

    /// <summary>Waits until a CUDA device has finished what was queued; nothing to do on the CPU.</summary>
    /// <param name="device">The device.</param>
    public static void Synchronize(Device device)
    {
        EnsureLoaded();
        Native.Check(Native.ts_synchronize(device.Code, Native.Error, Native.ErrorCapacity));
    }

    /// <summary>Name and memory of a CUDA device.</summary>
    /// <param name="device">The device.</param>
    /// <returns>What it says now.</returns>
    /// <exception cref="TorchException">It is the CPU, or this libtorch cannot use it.</exception>
    public static CudaProperties PropertiesOf(Device device)
    {
        EnsureLoaded();
        const int capacity = 256;
        var name = stackalloc byte[capacity];
        Native.Check(Native.ts_cuda_properties(device.Code, name, capacity, out var free, out var total, Native.Error, Native.ErrorCapacity));
        return new CudaProperties(Marshal.PtrToStringUTF8((nint)name)!, free, total);
    }

    /// <summary>Loads the native library if it is not loaded yet.</summary>
    /// <exception cref="TorchLibraryException">Missing, not loadable, or of another ABI version; or TSPIN_KERNELS names kernels that there are not.</exception>
    public static void EnsureLoaded()
    {
        if (_library != 0)
        {
            return;
        }

        lock (Gate)
        {
            if (_library != 0)
            {
                return;
            }

            var (handle, path) = Load(Candidates(Options), AbiVersion);
            LoadedPath = path;
            if (!_isResolved)
            {
                _isResolved = true;
                NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Native.Library ? handle : 0);
            }

            Apply(Options);
            _library = handle;
        }
    }

    /// <summary>Says how this process uses the library, in place of the environment.</summary>
    /// <param name="options">For the whole process.</param>
    /// <exception cref="InvalidOperationException">The library is loaded already, by whatever used it first.</exception>
    public static void Configure(TorchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        lock (Gate)
        {
            _options = _library == 0 ? options : throw new InvalidOperationException("libtorch is loaded already: configure it before anything else uses it");
        }
    }

    /// <summary>Where the library is looked for, in order.</summary>
    /// <param name="options">May name the only one.</param>
    internal static IEnumerable<string> Candidates(TorchOptions options)
    {
        if (options.LibraryPath is { } named)
        {
            yield return Path.GetFullPath(named);
            yield break;
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", FileName);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TSpin.slnx")))
            {
                yield return Path.Combine(folder.FullName, "artifacts", "native", FileName);
            }
        }
    }

    /// <summary>Opens the first candidate that exists and checks its version.</summary>
    internal static (nint Handle, string Path) Load(IEnumerable<string> candidates, int expectedAbi)
    {
        var tried = new StringBuilder();
        foreach (var path in candidates)
        {
            if (!File.Exists(path))
            {
                tried.Append("\n  ").Append(path).Append(": no such file");
                continue;
            }

            nint handle;
            try
            {
                handle = NativeLibrary.Load(path);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                tried.Append("\n  ").Append(path).Append(": ").Append(ReasonOf(error, path));
                continue;
            }

            if (!NativeLibrary.TryGetExport(handle, "ts_abi_version", out var address))
            {
                tried.Append("\n  ").Append(path).Append(": is not a TSpin library (no ts_abi_version)");
                continue;
            }

            var version = ((delegate* unmanaged<int>)address)();
            if (version != expectedAbi)
            {
                throw new TorchLibraryException(
                    $"{path} has ABI version {version}, but this build of TSpin.Torch needs {expectedAbi}. Cure: rebuild it from the same sources (./tspin build).");
            }

            return (handle, path);
        }

        throw new TorchLibraryException(
            $"The native library {FileName} could not be loaded. Tried:{tried}\n"
            + "Cure: in a checkout run ./tspin build, which installs libtorch where it can (Debian: apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp) and compiles the library; "
            + $"elsewhere set {TorchOptions.LibraryPathVariable} to the file. If the file exists, the libtorch it was built against is missing: see ldd FILE.");
    }

    private static void Apply(TorchOptions options)
    {
        if (Native.ts_configure(options.Kernels ?? "", options.OwnHeap ? 1 : 0, options.Nccl ?? "", Native.Error, Native.ErrorCapacity) != 0)
        {
            var message = Marshal.PtrToStringUTF8((nint)Native.Error)!;
            throw new TorchLibraryException(message[(message.IndexOf("): ", StringComparison.Ordinal) + 3)..]);
        }
    }

    private static (string Set, string Known) Kernels()
    {
        EnsureLoaded();
        const int capacity = 256;
        var set = stackalloc byte[capacity];
        var known = stackalloc byte[capacity];
        Native.Check(Native.ts_kernel_set(set, capacity, known, capacity, Native.Error, Native.ErrorCapacity));
        return (Marshal.PtrToStringUTF8((nint)set)!, Marshal.PtrToStringUTF8((nint)known)!);
    }

    // .NET puts general advice in front; the loader's own reason is the last line, and starts with the path.
    private static string ReasonOf(Exception error, string path)
    {
        var reason = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
        return reason.StartsWith(path + ": ", StringComparison.Ordinal) ? reason[(path.Length + 2)..] : reason;
    }

    private static (string Version, string Configuration) Versions()
    {
        EnsureLoaded();
        const int versionCapacity = 128;
        const int configurationCapacity = 16384;
        var version = stackalloc byte[versionCapacity];
        var configuration = stackalloc byte[configurationCapacity];
        Native.Check(Native.ts_versions(version, versionCapacity, configuration, configurationCapacity, Native.Error, Native.ErrorCapacity));
        return (Marshal.PtrToStringUTF8((nint)version)!, Marshal.PtrToStringUTF8((nint)configuration)!);
    }
}
