using System.Runtime.CompilerServices;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Each test starts and ends with the same number of live tensors in the whole process.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public void Dispose_frees_one_handle_once()
    {
        var start = SettledLiveTensors();
        var x = Tensor.Zeros([2]);
        TorchLibrary.LiveTensors.ShouldBe(start + 1);
        x.Dispose();
        x.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Scope_disposes_everything_made_inside()
    {
        var start = SettledLiveTensors();
        Tensor inside;
        using (new TensorScope())
        {
            inside = Tensor.Zeros([2, 2]) + 1;
            var (values, _) = inside.TopK(1, 1);
            Layers.MatMul(inside, values).Sum().Item().ShouldBe(4);
            TorchLibrary.LiveTensors.ShouldBe(start + 6);
        }

        inside.IsDisposed.ShouldBeTrue();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Forward_and_backward_leave_only_the_gradient()
    {
        var start = SettledLiveTensors();
        var weight = Tensor.Full([3, 3], 0.5);
        weight.RequiresGrad = true;
        for (var step = 0; step < 5; step++)
        {
            using var scope = new TensorScope();
            Layers.Linear(Tensor.Full([2, 3], 1), weight).Silu().Sum().Backward();
            weight.Grad()!.AllFinite().ShouldBeTrue();
            weight.ClearGrad();
        }

        TorchLibrary.LiveTensors.ShouldBe(start + 1);
        weight.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Keep_moves_a_tensor_one_scope_out()
    {
        var start = SettledLiveTensors();
        Tensor kept;
        Tensor keptTwice;
        using (var outer = new TensorScope())
        {
            using (var inner = new TensorScope())
            {
                kept = inner.Keep(Tensor.Zeros([1]));
                keptTwice = outer.Keep(inner.Keep(Tensor.Zeros([1])));
                _ = Tensor.Zeros([1]);
            }

            TorchLibrary.LiveTensors.ShouldBe(start + 2);
            kept.IsDisposed.ShouldBeFalse();
        }

        kept.IsDisposed.ShouldBeTrue();
        keptTwice.IsDisposed.ShouldBeFalse();
        keptTwice.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Keep_of_a_strange_tensor_changes_nothing()
    {
        var start = SettledLiveTensors();
        using (var outer = new TensorScope())
        {
            var older = Tensor.Zeros([1]);
            using (var inner = new TensorScope())
            {
                inner.Keep(older).ShouldBeSameAs(older);
            }

            older.IsDisposed.ShouldBeFalse();
        }

        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Detach_takes_a_tensor_out_of_all_scopes()
    {
        var start = SettledLiveTensors();
        Tensor ofInner;
        Tensor ofOuter;
        using (new TensorScope())
        {
            ofOuter = Tensor.Zeros([1]);
            using (new TensorScope())
            {
                ofInner = TensorScope.Detach(Tensor.Zeros([1]));
                TensorScope.Detach(ofOuter).ShouldBeSameAs(ofOuter);
            }
        }

        (ofInner.IsDisposed, ofOuter.IsDisposed).ShouldBe((false, false));
        ofInner.Dispose();
        ofOuter.Dispose();
        TensorScope.Detach(ofOuter).ShouldBeSameAs(ofOuter);
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Exceptions_free_what_the_scope_made()
    {
        var start = SettledLiveTensors();
        Should.Throw<TorchException>(() =>
        {
            using var outer = new TensorScope();
            _ = Tensor.Zeros([3]);
            using var inner = new TensorScope();
            Layers.MatMul(Tensor.Zeros([2, 3]), Tensor.Zeros([2, 3]));
        });
        TorchLibrary.LiveTensors.ShouldBe(start);

        // The thread is outside all scopes again.
        var after = Tensor.Zeros([1]);
        using (new TensorScope())
        {
        }

        after.IsDisposed.ShouldBeFalse();
        after.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Failing_operations_leak_nothing()
    {
        var start = SettledLiveTensors();
        using (var x = Tensor.Zeros([2, 3]))
        {
            Should.Throw<TorchException>(() => x.Reshape(7));
            Should.Throw<TorchException>(() => x.TopK(9, 1));
            Should.Throw<TorchException>(() => Tensor.Concatenate([x, x], 5));
            Should.Throw<TorchException>(() => Tensor.FromBytes([1, 2, 3], [1], DType.Float32));
        }

        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Wrong_order_of_disposal_is_refused_and_harmless()
    {
        var start = SettledLiveTensors();
        var outer = new TensorScope();
        var ofOuter = Tensor.Zeros([1]);
        var inner = new TensorScope();
        Should.Throw<InvalidOperationException>(outer.Dispose).Message.ShouldContain("reverse order");
        ofOuter.IsDisposed.ShouldBeFalse();
        inner.Dispose();
        outer.Dispose();
        outer.Dispose();
        Should.Throw<ObjectDisposedException>(() => outer.Keep(ofOuter));
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Another_thread_may_not_dispose_a_scope()
    {
        var start = SettledLiveTensors();
        using (var scope = new TensorScope())
        {
            _ = Tensor.Zeros([1]);
            Exception? refusal = null;
            var thread = new Thread(() => refusal = Record.Exception(scope.Dispose));
            thread.Start();
            thread.Join();
            refusal.ShouldBeOfType<InvalidOperationException>();
            TorchLibrary.LiveTensors.ShouldBe(start + 1);
        }

        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Scopes_do_not_reach_into_other_threads()
    {
        var start = SettledLiveTensors();
        Tensor? elsewhere = null;
        using (new TensorScope())
        {
            var thread = new Thread(() => elsewhere = Tensor.Zeros([1]));
            thread.Start();
            thread.Join();
        }

        elsewhere!.IsDisposed.ShouldBeFalse();
        elsewhere.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Aliases_and_views_live_on_their_own()
    {
        var start = SettledLiveTensors();
        var x = Given.Float64([2], 3, 4);
        var alias = x.Alias();
        var view = x.Narrow(0, 1, 1);
        x.Dispose();
        alias.ToArray<double>().ShouldBe([3, 4]);
        view.Item().ShouldBe(4);
        alias.Dispose();
        view.Dispose();
        TorchLibrary.LiveTensors.ShouldBe(start);
    }

    [Fact]
    public void Finalizers_free_forgotten_tensors()
    {
        var start = SettledLiveTensors();
        Forget();
        SettledLiveTensors().ShouldBe(start);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++)
            {
                _ = Tensor.Zeros([i]);
            }
        }
    }

    private static long SettledLiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return TorchLibrary.LiveTensors;
    }
}
