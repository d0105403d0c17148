using Shouldly;
using TSpin.Distribution;
using TSpin.Models;
using TSpin.SelfPlay;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Distribution;

public sealed class RankGroupTests
{
    public RankGroupTests() => Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");

    [Fact]
    public void Orders_and_parts_arrive_whole_and_in_order() => Together(3, 30, group =>
    {
        if (group.Leads)
        {
            using var turn = group.Order([1, 2, 3]);
            turn.Done();
        }
        else
        {
            group.Receive().ShouldBe([1, 2, 3]);
        }

        group.Gather(new byte[group.Rank * 2]).Select(part => part.Length).ShouldBe([0, 2, 4]);
        group.Sum(group.Rank + 0.5).ShouldBe(4.5);
        group.Sum(group.Rank == 1 ? double.NaN : 0).ShouldBe(double.NaN);
        return 0;
    });

    /// <summary>Twice as long as any exchange may take.</summary>
    [Fact]
    public void A_leader_that_is_long_busy_is_not_given_up() => Together(2, 2, group =>
    {
        group.Lead();
        if (group.Leads)
        {
            Thread.Sleep(4000);
            using var turn = group.Order([7]);
            turn.Done();
        }
        else
        {
            group.Receive().ShouldBe([7]);
        }

        return 0;
    });

    /// <summary>A sign of life that nobody waits for would be taken for the next exchange.</summary>
    [Fact]
    public void Where_nobody_leads_there_are_no_exchanges_but_those_that_all_make() => Together(2, 2, group =>
    {
        for (var i = 0; i < 3; i++)
        {
            Thread.Sleep(700);
            group.Sum(i + group.Rank).ShouldBe((2 * i) + 1);
        }

        return 0;
    });

    [Fact]
    public void Who_leaves_in_the_middle_leaves_a_group_of_no_more_use() => Together(2, 30, group =>
    {
        if (!group.Leads)
        {
            group.Receive();
            return 0;
        }

        group.Order([7]).Dispose();
        group.IsLost.ShouldBeTrue();
        var lost = Should.Throw<RankLostException>(() => group.Sum(1));
        lost.ExitCode.ShouldBe(5);
        return 0;
    });

    // The other process goes away in the middle of a pass that this one takes alone: neither hangs, and the group is left.
    [Fact]
    public void A_pass_that_fails_gives_its_turn_back()
    {
        using var tiny = new TinyRun();
        Together(2, 5, group =>
        {
            group.Lead();
            using var model = DecoderLoader.LoadShare(tiny.Model, group, DType.Float32, DType.Float32);
            if (!group.Leads)
            {
                group.Receive();
                return 0;
            }

            model.Weights.Shards!.Pace = new WalkPace(group, isInference: false);
            using var scope = new TensorScope();
            using var off = GradMode.Off();
            Should.Throw<RankLostException>(() => model.Hidden(Tensor.From<long>([3L, 5], [1, 2]), AttentionLayout.Causal(2, Device.Cpu)));
            // Waits for the turn for ever where the pass has kept it.
            Task.Run(() => Should.Throw<RankLostException>(() => group.Order([7]))).Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
            return 0;
        });
    }

    [Fact]
    public void A_lost_process_is_no_answer_to_those_that_are_left() =>
        Should.Throw<RankLostException>(() => RankAnswer<string>.Of(() => throw new RankLostException("rank 1 is gone"))).Message.ShouldBe("rank 1 is gone");

    private static void Together(int count, int seconds, Func<RankGroup, int> work) => LaunchedProcesses.InThreads(count, TimeSpan.FromSeconds(seconds), work);
}
