using System.Collections.Concurrent;
using System.Globalization;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>The heap of the CPU's tensors: blocks do not overlap, whoever takes them and gives them back, and are used again.</summary>
public sealed class TensorMemoryTests
{
    [Fact]
    public void Tensors_of_several_threads_do_not_overlap()
    {
        var faults = new ConcurrentBag<Exception>();
        // Some made by one thread and freed by another.
        var passedOn = new ConcurrentQueue<(Tensor Tensor, double Value)>();
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() => Guarded(number)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        while (passedOn.TryDequeue(out var left))
        {
            CheckAndFree(left);
        }

        faults.ShouldBeEmpty();

        void Guarded(int number)
        {
            try
            {
                Work(number);
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }

        void Work(int number)
        {
            var random = new Random(number);
            var held = new List<(Tensor Tensor, double Value)>();
            for (var i = 0; i < 300; i++)
            {
                // Around the size from which on tensors are in the heap, and well above it.
                var size = i % 3 == 0 ? random.Next(16_000, 17_000) : random.Next(1, 200_000);
                var value = (1000.0 * number) + i;
                held.Add((Tensor.Full([size], value), value));
                if (held.Count > 12)
                {
                    var chosen = random.Next(held.Count);
                    var one = held[chosen];
                    held.RemoveAt(chosen);
                    if (i % 5 == 0)
                    {
                        passedOn.Enqueue(one);
                    }
                    else
                    {
                        CheckAndFree(one);
                    }
                }

                if (i % 7 == 0 && passedOn.TryDequeue(out var other))
                {
                    CheckAndFree(other);
                }
            }

            held.ForEach(CheckAndFree);
        }

        static void CheckAndFree((Tensor Tensor, double Value) one)
        {
            one.Tensor.ToArray<float>().ShouldAllBe(value => value == (float)one.Value);
            one.Tensor.Dispose();
        }
    }

    [Fact]
    public void Memory_that_is_free_again_is_taken_again()
    {
        const long elements = 8L << 20; // 32 MiB
        var before = ResidentBytes();
        for (var i = 0; i < 100; i++)
        {
            using var scope = new TensorScope();
            var (a, b) = (Tensor.Full([elements], 1), Tensor.Full([elements + (1000 * i)], 2));
            a.Dispose();
            Tensor.Full([elements / 2], 3).Dispose();
            b.Dispose();
        }

        // 6.4 GB have been taken in all.
        (ResidentBytes() - before).ShouldBeLessThan(500_000_000);
    }

    [Fact]
    public void More_than_there_is_is_refused_and_nothing_else_suffers()
    {
        using var scope = new TensorScope();
        Should.Throw<TorchException>(() => Tensor.Empty([1L << 40, 1L << 12]));
        Tensor.Full([100_000], 1).Sum().Item().ShouldBe(100_000);
    }

    private static long ResidentBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return 1024 * long.Parse(string.Concat(line.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
    }
}
