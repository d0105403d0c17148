using System.Net;
using System.Net.Sockets;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Groups whose members are threads of this process: what goes over the loopback is what would go between machines.</summary>
public sealed class ProcessGroupTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_operation_does_what_it_says(int size) => Together(size, group =>
    {
        using var scope = new TensorScope();
        var rank = group.Rank;
        var sum = Tensor.From<float>([rank, 1, 10 * rank], [3]);
        Done(group.AllReduce(sum));
        var ranks = size * (size - 1) / 2;
        sum.ToArray<float>().ShouldBe([ranks, size, 10 * ranks]);

        var reduced = Tensor.From<double>([rank + 1.5], [1]);
        Done(group.Reduce(reduced, 1));
        if (rank == 1)
        {
            reduced.Item().ShouldBe(ranks + (1.5 * size));
        }

        var told = Tensor.From<float>([rank, -rank], [2, 1]).To(DType.BFloat16);
        Done(group.Broadcast(told, size - 1));
        told.To(DType.Float32).ToArray<float>().ShouldBe([size - 1, 1 - size]);

        var all = Tensor.Empty([size, 2], DType.BFloat16);
        Done(group.AllGather(Tensor.From<float>([rank, 7], [2]).To(DType.BFloat16), all));
        all.To(DType.Float32).ToArray<float>().ShouldBe(Enumerable.Range(0, size).SelectMany(other => new float[] { other, 7 }));

        var whole = Tensor.From([.. Enumerable.Range(0, 2 * size).Select(i => (float)(i + (100 * rank)))], [2 * size]);
        var part = Tensor.Empty([2], DType.Float32);
        Done(group.ReduceScatter(whole, part));
        part.ToArray<float>().ShouldBe([(2 * rank * size) + (100 * ranks), (((2 * rank) + 1) * size) + (100 * ranks)]);

        group.Barrier();
        group.HasWord("a word").ShouldBe(false);
        group.Barrier();
        group.LeaveWord("a word");
        group.HasWord("a word").ShouldBe(true);
        return 0;
    });

    [Fact]
    public void Operations_run_side_by_side_and_sums_are_the_same_bits_everywhere()
    {
        var sums = Together(3, group =>
        {
            using var scope = new TensorScope();
            Tensor[] tensors = [.. Enumerable.Range(0, 12).Select(i => Tensor.From([.. Enumerable.Range(0, 1000 + i).Select(j => (float)Math.Sin((i * 7) + j + (group.Rank * 0.3)))], [1000 + i]))];
            GroupWork[] works = [.. tensors.Select(group.AllReduce)];
            Array.ForEach(works, Done);
            return tensors.SelectMany(tensor => tensor.ToArray<float>()).ToArray();
        });
        sums[1].ShouldBe(sums[0]);
        sums[2].ShouldBe(sums[0]);
        sums[0][0].ShouldBe((float)(Math.Sin(0) + Math.Sin(0.3) + Math.Sin(0.6)), 1e-6f);
    }

    [Fact]
    public void What_cannot_be_summed_is_refused_before_it_begins_and_the_group_goes_on() => Together(2, group =>
    {
        using var scope = new TensorScope();
        Should.Throw<ProcessGroupException>(() => group.AllReduce(Tensor.Zeros([2], DType.BFloat16))).Message.ShouldContain("float32, float64 or int64");
        Should.Throw<ProcessGroupException>(() => group.AllReduce(Tensor.Zeros([2, 3]).Transpose(0, 1))).Message.ShouldContain("contiguous");
        Should.Throw<ProcessGroupException>(() => group.Broadcast(Tensor.Zeros([2]), 2)).Message.ShouldContain("no rank 2");
        var one = Tensor.From<double>([1], [1]);
        Done(group.AllReduce(one));
        return one.Item();
    }).ShouldBe([2, 2]);

    /// <summary>Where a GPU, or NCCL, is missing in one process, all of them hear so, and exchange what they have in the memory of the CPU.</summary>
    [Fact]
    public void Devices_join_in_all_processes_or_in_none() => Together(3, group =>
    {
        Assert.SkipWhen(TorchLibrary.CudaDeviceCount > 0, "the members would be three with one GPU");
        using var scope = new TensorScope();
        group.JoinDevice(Device.Cpu).ShouldBeTrue();
        group.JoinDevice(Device.Cuda(0)).ShouldBeFalse();
        group.JoinDevice(Device.Cuda(0)).ShouldBeFalse();
        var one = Tensor.From<double>([1], [1]);
        Done(group.AllReduce(one));
        return one.Item();
    }).ShouldBe([3, 3, 3]);

    [Fact]
    public void Who_does_not_come_is_named()
    {
        var port = FreePort();
        Should.Throw<ProcessGroupException>(() => Join(0, 2, port, TimeSpan.FromSeconds(1))).Message.ShouldContain("did not come within 1 s: rank 1");
    }

    [Fact]
    public void A_member_that_leaves_ends_the_wait_of_the_others() => Together(2, group =>
    {
        using var scope = new TensorScope();
        var sum = Tensor.Zeros([1]);
        if (group.Rank == 0)
        {
            Should.Throw<ProcessGroupException>(() => Done(group.AllReduce(sum)));
        }

        return 0;
    });

    private static void Done(GroupWork work)
    {
        using (work)
        {
            work.Wait();
        }
    }

    private static ProcessGroup Join(int rank, int size, int port, TimeSpan timeout) =>
        ProcessGroup.Join(new ProcessGroupAddress("127.0.0.1", port, rank == 0, "test", "", "127.0.0.1"), rank, size, timeout);

    private static T[] Together<T>(int size, Func<ProcessGroup, T> work)
    {
        Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");
        var port = FreePort();
        var members = Enumerable.Range(0, size).Select(rank => Task.Factory.StartNew(
            () =>
            {
                using var group = Join(rank, size, port, TimeSpan.FromSeconds(30));
                return work(group);
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(members, TimeSpan.FromMinutes(1)).ShouldBeTrue("the members wait for each other");
        return [.. members.Select(member => member.Result)];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
