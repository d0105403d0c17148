using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>ts_updated_tensor of tspin_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeUpdatedTensor
{
    public nint Parameter;
    public nint Gradient;
    public nint FirstMoment;
    public nint SecondMoment;
    public nint Residue;
    public double Decay;
    public int Number;
}
