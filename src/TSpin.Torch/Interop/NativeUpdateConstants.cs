using System.Runtime.InteropServices;

namespace TSpin.Torch.Interop;

/// <summary>ts_update_constants of tspin_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeUpdateConstants
{
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Epsilon;
    public double GradientScale;
    public long Step;
    public ulong* Seed;
    public int AdamW;
}
