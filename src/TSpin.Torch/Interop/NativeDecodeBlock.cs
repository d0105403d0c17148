using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>ts_decode_block of tspin_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeDecodeBlock
{
    public NativeDecodeProjection Query;
    public NativeDecodeProjection Key;
    public NativeDecodeProjection Value;
    public NativeDecodeProjection Output;
    public NativeDecodeProjection Gate;
    public NativeDecodeProjection Up;
    public NativeDecodeProjection Down;
    public nint NormBeforeAttention;
    public nint QueryNorm;
    public nint KeyNorm;
    public nint NormAfterAttention;
    public nint NormBeforeInner;
    public nint NormAfterInner;
    public nint Keys;
    public nint Values;
    public nint Cos;
    public nint Sin;
    public double Epsilon;
    public double Scale;
    public double SoftCap;
    public double ResidualScale;
    public long Window;
    public int Heads;
    public int PlusOne;
    public int NormPerHead;
}
