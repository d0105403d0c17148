using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>ts_decode_projection of tspin_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeDecodeProjection
{
    public nint Weight;
    public nint Packed;
    public nint Bias;
    public nint LoraA;
    public nint LoraB;
    public double LoraScale;
}
