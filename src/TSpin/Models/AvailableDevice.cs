using TSpin.Torch;

namespace TSpin.Models;

/// <summary>Reads the name of a device and makes sure, before any work begins, that this machine has it.</summary>
public static class AvailableDevice
{
    /// <summary>Reads <c>cpu</c>, <c>cuda</c> (the first) or <c>cuda:N</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">Where the user wrote it, for the error: a recipe's field or an option.</param>
    /// <returns>The device.</returns>
    /// <exception cref="TSpinException">No such name, or no such device for the libtorch in use.</exception>
    public static Device Parse(string name, string field)
    {
        Device device;
        try
        {
            device = Device.Parse(name);
        }
        catch (FormatException error)
        {
            throw new TSpinException($"{field}: {error.Message}", error);
        }

        if (!device.IsCuda)
        {
            return device;
        }

        var count = TorchLibrary.CudaDeviceCount;
        return device.Index < count ? device : throw new TSpinException(count == 0
            ? $"{field}: {name} is not to be had: libtorch {TorchLibrary.Version} of {TorchLibrary.LoadedPath} sees no CUDA device. Use cpu; or, on a machine with an NVIDIA GPU and its driver "
                + "(nvidia-smi lists it), build the native library against a CUDA libtorch: LIBTORCH=pip ./tspin build (docs/gpu.md)."
            : $"{field}: {name} is not to be had: this machine has {(count == 1 ? "one CUDA device, cuda:0" : $"{count} CUDA devices, cuda:0 to cuda:{count - 1}")}. CUDA_VISIBLE_DEVICES may hide others.");
    }
}
