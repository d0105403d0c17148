using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>A device that this machine does not have is refused before any work, with a cure.</summary>
public sealed class AvailableDeviceTests
{
    [Fact]
    public void The_processor_is_always_there() => AvailableDevice.Parse("cpu", "model.device").ShouldBe(Device.Cpu);

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("cuda:3")]
    public void A_missing_device_is_named_with_its_field_and_a_cure(string name)
    {
        Assert.SkipWhen(TorchLibrary.CudaDeviceCount > 0, "this machine has a CUDA device");
        var message = Should.Throw<TSpinException>(() => AvailableDevice.Parse(name, "model.device")).Message;
        message.ShouldStartWith($"model.device: {name} ");
        message.ShouldContain("sees no CUDA device");
        message.ShouldContain("LIBTORCH=pip");
    }

    [Fact]
    public void A_number_beyond_the_last_device_is_refused()
    {
        Assert.SkipUnless(TorchLibrary.CudaDeviceCount > 0, "libtorch sees no CUDA device");
        AvailableDevice.Parse("cuda", "--device").ShouldBe(Device.Cuda(0));
        Should.Throw<TSpinException>(() => AvailableDevice.Parse("cuda:127", "--device")).Message.ShouldContain("cuda:0");
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:128")]
    [InlineData("CPU")]
    public void Other_words_are_no_devices(string name) =>
        Should.Throw<TSpinException>(() => AvailableDevice.Parse(name, "--device")).Message.ShouldStartWith("--device: ");
}
