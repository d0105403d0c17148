using TSpin.Torch.Interop;

namespace TSpin.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>Whether gradients are collected for this tensor. Set it on leaves only: parameters.</summary>
    public bool RequiresGrad
    {
        get
        {
            Check(Native.ts_requires_grad(Handle, out var required, Native.Error, Native.ErrorCapacity));
            return required != 0;
        }

        set => Check(Native.ts_set_requires_grad(Handle, value ? 1 : 0, Native.Error, Native.ErrorCapacity));
    }

    /// <summary>Adds the gradient of this scalar to every parameter it depends on, and frees the recorded graph.</summary>
    public void Backward() => Check(Native.ts_backward(Handle, TensorHandle.None, Native.Error, Native.ErrorCapacity));

    /// <summary>Adds vector-Jacobian products to every parameter this tensor depends on, and frees the recorded graph.</summary>
    /// <param name="gradient">Gradient of the final scalar with respect to this tensor; same shape.</param>
    public void Backward(Tensor gradient) => Check(Native.ts_backward(Handle, gradient.Handle, Native.Error, Native.ErrorCapacity));

    /// <summary>The collected gradient; null when there is none.</summary>
    /// <returns>A new handle to the gradient itself: writing to it changes it.</returns>
    public Tensor? Grad()
    {
        Check(Native.ts_grad(Handle, out var result, Native.Error, Native.ErrorCapacity));
        return result == 0 ? null : Wrap(result);
    }

    /// <summary>Drops the collected gradient and its memory.</summary>
    public void ClearGrad() => Check(Native.ts_clear_grad(Handle, Native.Error, Native.ErrorCapacity));
}
