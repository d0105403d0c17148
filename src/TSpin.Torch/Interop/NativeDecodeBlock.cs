using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>ts_decode_block of tspin_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeDecodeBlock
{
    public nint* Weights;
    public nint* Packed;
    public nint* LoraA;
    public nint* LoraB;
    public double* LoraScale;
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
