using Shouldly;
using TSpin.Checks;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class GraphsCheckTests
{
    [Fact]
    public void What_graphs_record_gives_the_same_answers()
    {
        using var folder = new RecordedFolder();

        var report = GraphsCheck.Run(folder.Path);

        report.Passed.ShouldBeTrue(report.ToText());
        report.Quantities.Select(quantity => quantity.Name).ShouldBe(["tokens", "log-probs"]);
        report.NotCompared.ShouldHaveSingleItem().ShouldContain("the CPU has none");
    }

    [Fact]
    public void A_device_without_graphs_is_a_fault()
    {
        Assert.SkipWhen(CudaGraph.IsAvailable, "this machine has CUDA graphs");
        using var folder = new RecordedFolder();
        GraphsCheck.Run(folder.Path, Device.Cuda(0)).Fault.ShouldNotBeNull().ShouldContain("docs/gpu.md");
        GraphsCheck.Run("/nowhere").Fault.ShouldNotBeNull();
    }
}
