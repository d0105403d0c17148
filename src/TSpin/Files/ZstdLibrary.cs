using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TSpin.Files;

/// <summary>The few functions of libzstd that we call; it is looked for when the first compressed file is met.</summary>
internal static unsafe class ZstdLibrary
{
    // Frames that need a larger window than this (128 MiB, what the zstd program accepts) are refused by the library.
    private const int WindowLogMax = 100;
    private const int LargestWindowLog = 27;
    private static readonly string[] Names = ["libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll"];
    private static readonly Lazy<Functions?> Loaded = new(Load);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsPresent => Loaded.Value is not null;

    /// <summary>Starts unpacking.</summary>
    /// <returns>A decoder, to be disposed.</returns>
    /// <exception cref="TSpinException">The library is absent; the message names its package.</exception>
    public static Decoder CreateDecoder() => Loaded.Value is { } functions
        ? new Decoder(functions)
        : throw new TSpinException(
            "Zstandard data need the library libzstd.so.1, which is not on this machine; install it (Debian and Ubuntu: apt-get install libzstd1), "
            + "or write the file with another compression")
        {
            ExitCode = 3,
        };

    private static Functions? Load()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new Functions(
                    NativeLibrary.GetExport(library, "ZSTD_createDStream"),
                    NativeLibrary.GetExport(library, "ZSTD_freeDStream"),
                    NativeLibrary.GetExport(library, "ZSTD_decompressStream"),
                    NativeLibrary.GetExport(library, "ZSTD_isError"),
                    NativeLibrary.GetExport(library, "ZSTD_getErrorName"),
                    NativeLibrary.GetExport(library, "ZSTD_DCtx_setParameter"));
            }
        }

        return null;
    }

    /// <summary>One stream being unpacked (a ZSTD_DStream).</summary>
    internal sealed class Decoder : SafeHandleZeroOrMinusOneIsInvalid
    {
        private readonly Functions _functions;

        /// <summary>Creates the stream.</summary>
        /// <param name="functions">The library's.</param>
        public Decoder(Functions functions)
            : base(ownsHandle: true)
        {
            _functions = functions;
            SetHandle(((delegate* unmanaged<nint>)functions.Create)());
            if (IsInvalid)
            {
                throw new InvalidDataException("libzstd has no memory for a decoder");
            }

            ((delegate* unmanaged<nint, int, int, nuint>)functions.SetParameter)(handle, WindowLogMax, LargestWindowLog);
        }

        /// <summary>Unpacks some bytes.</summary>
        /// <param name="input">Packed bytes; may be empty to get what did not fit before.</param>
        /// <param name="output">Receives bytes.</param>
        /// <returns>Bytes taken, bytes given, and a number that is 0 when a frame has just ended.</returns>
        /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
        public (int Taken, int Given, nuint Pending) Run(ReadOnlySpan<byte> input, Span<byte> output)
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            fixed (byte* from = input)
            fixed (byte* to = output)
            {
                var source = new Window { Data = from, Size = (nuint)input.Length };
                var target = new Window { Data = to, Size = (nuint)output.Length };
                var rest = ((delegate* unmanaged<nint, Window*, Window*, nuint>)_functions.Decompress)(handle, &target, &source);
                GC.KeepAlive(this);
                if (((delegate* unmanaged<nuint, uint>)_functions.IsError)(rest) != 0)
                {
                    var name = ((delegate* unmanaged<nuint, byte*>)_functions.ErrorName)(rest);
                    throw new InvalidDataException($"Zstandard: {Marshal.PtrToStringUTF8((nint)name)}");
                }

                return ((int)source.Position, (int)target.Position, rest);
            }
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            ((delegate* unmanaged<nint, nuint>)_functions.Free)(handle);
            return true;
        }

        // ZSTD_inBuffer and ZSTD_outBuffer have the same layout.
        private struct Window
        {
            public byte* Data;
            public nuint Size;
            public nuint Position;
        }
    }

    /// <summary>The addresses of the library's functions.</summary>
    /// <param name="Create">ZSTD_createDStream.</param>
    /// <param name="Free">ZSTD_freeDStream.</param>
    /// <param name="Decompress">ZSTD_decompressStream.</param>
    /// <param name="IsError">ZSTD_isError.</param>
    /// <param name="ErrorName">ZSTD_getErrorName.</param>
    /// <param name="SetParameter">ZSTD_DCtx_setParameter.</param>
    internal sealed record Functions(nint Create, nint Free, nint Decompress, nint IsError, nint ErrorName, nint SetParameter);
}
