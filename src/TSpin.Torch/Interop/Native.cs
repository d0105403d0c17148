using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>
/// The functions of tspin_torch.h, one file per .cpp, under their native names. Every call passes this thread's error buffer and
/// turns a failing status into an exception with <see cref="Check"/>.
/// </summary>
internal static unsafe partial class Native
{
    internal const string Library = "tspin_torch";
    internal const long ErrorCapacity = 4096;

    [ThreadStatic]
    private static byte* _error;

    /// <summary>This thread's error buffer; allocated once and kept for the life of the thread's process.</summary>
    internal static byte* Error => _error is not null ? _error : _error = (byte*)NativeMemory.AllocZeroed((nuint)ErrorCapacity);

    internal static void Check(int status)
    {
        if (status != 0)
        {
            Throw(status);
        }
    }

    private static void Throw(int status)
    {
        const int outOfMemory = 2;
        var message = Marshal.PtrToStringUTF8((nint)Error) ?? "";
        throw status == outOfMemory ? new TorchOutOfMemoryException(message) : new TorchException(message);
    }
}
