using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class DeviceTests
{
    [Theory]
    [InlineData("cpu", "cpu", false)]
    [InlineData("cuda", "cuda:0", true)]
    [InlineData("cuda:0", "cuda:0", true)]
    [InlineData("cuda:7", "cuda:7", true)]
    [InlineData("cuda:127", "cuda:127", true)]
    public void Parse_reads_what_ToString_writes(string text, string expected, bool cuda)
    {
        var device = Device.Parse(text);
        device.ToString().ShouldBe(expected);
        device.IsCuda.ShouldBe(cuda);
        Device.Parse(device.ToString()).ShouldBe(device);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CPU")]
    [InlineData("cpu:0")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:+1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1 ")]
    [InlineData("cuda:1.0")]
    [InlineData("cuda:128")]
    [InlineData("cuda:2147483647")]
    [InlineData("cuda:99999999999")]
    public void Other_text_is_refused_with_the_choices(string text)
    {
        var error = Should.Throw<FormatException>(() => Device.Parse(text));
        error.Message.ShouldContain($"'{text}'");
        error.Message.ShouldContain("cuda:N");
    }

    [Fact]
    public void Devices_compare_by_value()
    {
        Device.Cuda(1).ShouldBe(Device.Parse("cuda:1"));
        Device.Cuda(1).ShouldNotBe(Device.Cuda(2));
        Device.Cuda(0).ShouldNotBe(Device.Cpu);
        default(Device).ShouldBe(Device.Cpu);
        Should.Throw<ArgumentOutOfRangeException>(() => Device.Cuda(-1));
        Should.Throw<ArgumentOutOfRangeException>(() => Device.Cuda(128));
        Should.Throw<ArgumentOutOfRangeException>(() => Device.Cuda(int.MaxValue));
    }
}
