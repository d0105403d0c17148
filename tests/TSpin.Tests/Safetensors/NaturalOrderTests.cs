using Shouldly;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Safetensors;

public sealed class NaturalOrderTests
{
    [Fact]
    public void Numbers_go_by_value_and_before_words()
    {
        string[] ordered = ["", "a", "a.2.w", "a.10.b", "a.10.w", "a.10.w.x", "a.99999999999999999999999.w", "a.b", "a2", "lm_head.weight"];
        var shuffled = ordered.Reverse().Order(NaturalOrder.Instance).ToArray();
        shuffled.ShouldBe(ordered);
    }

    [Fact]
    public void Names_equal_by_value_still_have_an_order()
    {
        NaturalOrder.Instance.Compare("a.01", "a.1").ShouldBeLessThan(0);
        NaturalOrder.Instance.Compare("a.1", "a.01").ShouldBeGreaterThan(0);
        NaturalOrder.Instance.Compare("a.1", "a.1").ShouldBe(0);
    }
}
