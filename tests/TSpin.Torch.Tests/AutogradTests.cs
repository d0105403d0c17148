using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class AutogradTests
{
    [Fact]
    public void Gradients_add_up_until_cleared()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        x.Grad().ShouldBeNull();
        x.Square().Sum().Backward();
        x.Grad()!.ShouldHold([2], [4, 6]);
        x.Square().Sum().Backward();
        x.Grad()!.ShouldHold([2], [8, 12]);
        x.ClearGrad();
        x.Grad().ShouldBeNull();
        (x * 5).Sum().Backward();
        x.Grad()!.ShouldHold([2], [5, 5]);
    }

    [Fact]
    public void Gradient_handle_writes_through()
    {
        using var scope = new TensorScope();
        var x = Parameter(1, 2);
        x.Sum().Backward();
        x.Grad()!.MultiplyInPlace(0.25);
        x.Grad()!.ShouldHold([2], [0.25, 0.25]);
    }

    [Fact]
    public void Backward_takes_a_vector()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        x.Square().Backward(Given.Float64([2], 10, -1));
        x.Grad()!.ShouldHold([2], [40, -6]);
    }

    [Fact]
    public void Detached_branches_carry_no_gradient()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        (x.Detach() * x).Sum().Backward();
        x.Grad()!.ShouldHold([2], [2, 3]);
        x.Detach().RequiresGrad.ShouldBeFalse();
        (x * 2).RequiresGrad.ShouldBeTrue();
        (x * 2).Detach().RequiresGrad.ShouldBeFalse();
    }

    [Fact]
    public void Requires_grad_can_be_taken_back()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        x.RequiresGrad = false;
        (x * 2).RequiresGrad.ShouldBeFalse();
    }

    [Fact]
    public void Disposed_intermediates_still_carry_gradients()
    {
        var x = Parameter(2, 3);
        Tensor loss;
        using (var scope = new TensorScope())
        {
            loss = scope.Keep((x.Exp() * x).Sum());
        }

        loss.Backward();
        using (new TensorScope())
        {
            x.Grad()!.ShouldHold([2], [3 * Math.Exp(2), 4 * Math.Exp(3)], 1e-13);
        }

        loss.Dispose();
        x.Dispose();
    }

    [Fact]
    public void Wrong_uses_are_explained()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        Should.Throw<TorchException>(() => x.Square().Backward()).Message.ShouldContain("backward(float64 [2]");
        var loss = x.Square().Sum();
        loss.Backward();
        Should.Throw<TorchException>(loss.Backward).Message.ShouldContain("second time");
        Should.Throw<TorchException>(() => Given.Float64([], 1).Backward()).Message.ShouldContain("does not require grad");
        Should.Throw<TorchException>(() => Given.Int64([2], 1, 2).RequiresGrad = true).Message.ShouldContain("set_requires_grad(int64 [2])");
        Should.Throw<TorchException>(() => x.Fill(1)).Message.ShouldContain("leaf");
    }

    [Fact]
    public void Parameters_change_in_place_with_recording_off()
    {
        using var scope = new TensorScope();
        var x = Parameter(2, 3);
        x.Square().Sum().Backward();
        using (GradMode.Off())
        {
            x.AddInPlace(x.Grad()!, -0.5);
        }

        x.ShouldHold([2], [0, 0]);
        x.RequiresGrad.ShouldBeTrue();
    }

    private static Tensor Parameter(params double[] values)
    {
        var parameter = Tensor.From(values);
        parameter.RequiresGrad = true;
        return parameter;
    }
}
