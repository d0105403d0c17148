using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class GradModeTests
{
    [Fact]
    public void Nests_and_restores()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([1], 2);
        x.RequiresGrad = true;
        Recording(x).ShouldBeTrue();
        using (GradMode.Off())
        {
            Recording(x).ShouldBeFalse();
            using (GradMode.On())
            {
                Recording(x).ShouldBeTrue();
                using (GradMode.On())
                {
                    Recording(x).ShouldBeTrue();
                }

                Recording(x).ShouldBeTrue();
            }

            Recording(x).ShouldBeFalse();
        }

        Recording(x).ShouldBeTrue();
    }

    [Fact]
    public void Exceptions_restore_it()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([1], 2);
        x.RequiresGrad = true;
        Should.Throw<TorchException>(() =>
        {
            using var off = GradMode.Off();
            x.Reshape(7);
        });
        Recording(x).ShouldBeTrue();
    }

    [Fact]
    public void Second_disposal_does_nothing()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([1], 2);
        x.RequiresGrad = true;
        var on = GradMode.On();
        on.Dispose();
        using (GradMode.Off())
        {
            on.Dispose();
            Recording(x).ShouldBeFalse();
        }
    }

    [Fact]
    public void Belongs_to_one_thread()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([1], 2);
        x.RequiresGrad = true;
        using var off = GradMode.Off();
        var elsewhere = false;
        Exception? refusal = null;
        var thread = new Thread(() =>
        {
            elsewhere = Recording(x);
            refusal = Record.Exception(off.Dispose);
        });
        thread.Start();
        thread.Join();
        elsewhere.ShouldBeTrue();
        refusal.ShouldBeOfType<InvalidOperationException>();
        Recording(x).ShouldBeFalse();
    }

    private static bool Recording(Tensor parameter)
    {
        using var product = parameter * 2;
        return product.RequiresGrad;
    }
}
