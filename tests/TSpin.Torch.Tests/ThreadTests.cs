using System.Collections.Concurrent;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ThreadTests
{
    [Fact]
    public void Thread_count_is_set_for_this_and_later_threads()
    {
        var before = TorchLibrary.Threads;
        before.ShouldBeGreaterThan(0);
        try
        {
            foreach (var count in new[] { 2, 1 })
            {
                TorchLibrary.Threads = count;
                TorchLibrary.Threads.ShouldBe(count);
                OnNewThread(() => TorchLibrary.Threads).ShouldBe(count);
            }
        }
        finally
        {
            TorchLibrary.Threads = before;
        }

        Should.Throw<ArgumentOutOfRangeException>(() => TorchLibrary.Threads = 0);
        Should.Throw<ArgumentOutOfRangeException>(() => TorchLibrary.Threads = -3);
        TorchLibrary.Threads.ShouldBe(before);
    }

    [Fact]
    public void Two_threads_inside_an_operation_give_the_result_of_one()
    {
        using var scope = new TensorScope();
        var before = TorchLibrary.Threads;
        try
        {
            var (a, b) = (Given.Spread([64, 300]), Given.Spread([300, 64], salt: 1));
            TorchLibrary.Threads = 1;
            var alone = Layers.MatMul(a, b).Softmax(1);
            TorchLibrary.Threads = 2;
            Layers.MatMul(a, b).Softmax(1).MaxAbsDifference(alone).ShouldBeLessThan(1e-13);
        }
        finally
        {
            TorchLibrary.Threads = before;
        }
    }

    [Fact]
    public void Threads_with_their_own_scopes_do_not_meet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var start = TorchLibrary.LiveTensors;
        var shared = Given.Spread([8, 8]);
        shared.RequiresGrad = true;
        var faults = new ConcurrentBag<Exception>();
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() => Train(number)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        faults.ShouldBeEmpty();
        TorchLibrary.LiveTensors.ShouldBe(start + 1);
        shared.Dispose();

        void Train(int number)
        {
            try
            {
                using var own = new TensorScope();
                var weight = Tensor.Full([8], 1, DType.Float64);
                weight.RequiresGrad = true;
                for (var step = 1; step <= 100; step++)
                {
                    using var scope = new TensorScope();
                    ((weight * number) + shared.Detach().Sum() * 0).Sum().Backward();
                    weight.Grad()!.ShouldHold([8], [.. Enumerable.Repeat((double)(number * step), 8)]);
                    using var off = number % 2 == 0 ? GradMode.Off() : null;
                    (weight * 2).RequiresGrad.ShouldBe(number % 2 != 0);

                    // Each thread has its own error text.
                    Should.Throw<TorchException>(() => weight.Reshape(100 + number)).Message.ShouldContain($"[{100 + number}]");
                }
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }
    }

    [Fact]
    public void Threads_may_read_one_tensor_together()
    {
        using var scope = new TensorScope();
        var table = Given.Spread([100, 16]);
        var expected = table.Square().Sum().Item();
        var sums = new ConcurrentBag<double>();
        Thread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                for (var i = 0; i < 100; i++)
                {
                    using var own = new TensorScope();
                    sums.Add(table.Square().Sum().Item());
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        sums.Count.ShouldBe(400);
        sums.Distinct().ShouldBe([expected]);
    }

    private static T OnNewThread<T>(Func<T> function)
    {
        T result = default!;
        var thread = new Thread(() => result = function());
        thread.Start();
        thread.Join();
        return result;
    }
}
