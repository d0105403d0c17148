using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

public sealed class ComputeTypeChoiceTests
{
    [Fact]
    public void Who_asks_for_a_slow_type_is_told_how_slow_and_what_instead()
    {
        ComputeTypeChoice.SlowNotice(1.29).ShouldBeNull();
        ComputeTypeChoice.SlowNotice(2.04).ShouldBe(
            $"a product in bfloat16 takes 2.0 times as long here as in float32 (kernels: {TorchLibrary.KernelSet}); float32, or auto, is faster and takes more memory");
    }

    [Theory]
    [InlineData(ComputeType.Auto)]
    [InlineData(ComputeType.Float32)]
    public void Who_does_not_ask_for_it_is_told_nothing(ComputeType wanted) => ComputeTypeChoice.SlowNotice(wanted, Device.Cpu).ShouldBeNull();
}
