using Shouldly;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Scoring;
using Xunit;

namespace TSpin.Tests.Scoring;

public sealed class PassPlanTests
{
    [Theory]
    [InlineData(1, 100, int.MaxValue)]
    [InlineData(16, 4096, int.MaxValue)]
    [InlineData(64, 1024, int.MaxValue)]
    [InlineData(64, 1024, 3)]
    [InlineData(64, 100, int.MaxValue)]
    [InlineData(500, 2000, 8)]
    public void Every_triplet_is_in_one_pass_and_no_pass_exceeds_the_limits(int count, int tokens, int most)
    {
        foreach (var padded in new[] { false, true })
        {
            var step = Jittered(count, 1);

            var passes = PassPlan.Of(step, tokens, most, padded);

            passes.SelectMany(pass => pass).Order().ShouldBe(Enumerable.Range(0, count));
            passes.ShouldAllBe(pass => pass.Length <= most && pass.SequenceEqual(pass.Order()));
            passes.ShouldAllBe(pass => pass.Length == 1 || (padded ? PaddedTokens(step, pass) : PackedTokens(step, pass)) <= tokens);
            passes.Select(pass => pass[0]).ShouldBe(passes.Select(pass => pass[0]).Order());
        }
    }

    [Fact]
    public void The_budget_is_filled()
    {
        const int budget = 2048;
        for (ulong seed = 0; seed < 20; seed++)
        {
            var step = Jittered(64, seed);
            var total = step.Sum(PassPlan.PackedTokens);

            var passes = PassPlan.Of(step, budget);

            // No plan needs fewer than this many; one more is allowed to bad luck.
            passes.Count.ShouldBeLessThanOrEqualTo(((total + budget - 1) / budget) + 1);
            var loads = passes.Select(pass => PackedTokens(step, pass)).ToArray();
            loads.Min().ShouldBeGreaterThan(loads.Max() * 9 / 10, "passes are even");
        }
    }

    [Fact]
    public void Padding_costs_less_than_in_the_order_of_the_step()
    {
        var step = Jittered(64, 3);
        var planned = PassPlan.Of(step, 4096, 8, padded: true).Sum(pass => PaddedTokens(step, pass));
        planned.ShouldBeLessThan(Enumerable.Range(0, 64).Chunk(8).Sum(pass => PaddedTokens(step, pass)) * 9 / 10);
    }

    [Fact]
    public void Equal_responses_count_once()
    {
        int[] same = [7, 8, 9];
        PassPlan.PackedTokens(new Triplet(0, [1, 2], same)).ShouldBe(5);
        PassPlan.PackedTokens(new Triplet(0, [1, 2], same, [7, 8, 9], [4])).ShouldBe(6);
        PassPlan.PackedTokens(new Triplet(0, [1, 2], same, [4], [4])).ShouldBe(6);
        PassPlan.PackedTokens(new Triplet(0, [1, 2], same, [4], [7, 8, 9])).ShouldBe(6);
        PassPlan.PackedTokens(new Triplet(0, [1, 2], same, [], [])).ShouldBe(5);
    }

    [Fact]
    public void The_plan_is_a_function_of_lengths_alone()
    {
        var step = Jittered(64, 4);
        Triplet[] otherTokens = [.. step.Select(t => new Triplet(t.Index + 5, Shift(t.Prompt), Shift(t.Annotated), Shift(t.Synthetic!), Shift(t.ProtoSynthetic!)))];

        var plan = PassPlan.Of(step, 1000);

        PassPlan.Of(otherTokens, 1000).Select(pass => string.Join(',', pass)).ShouldBe(plan.Select(pass => string.Join(',', pass)));

        static int[] Shift(int[] ids) => [.. ids.Select(id => id + 1)];
    }

    [Fact]
    public void One_pass_keeps_the_order_of_the_step()
    {
        PassPlan.Of(Jittered(20, 5), int.MaxValue).ShouldHaveSingleItem().ShouldBe(Enumerable.Range(0, 20));
        PassPlan.Of(Jittered(20, 5), int.MaxValue, padded: true).ShouldHaveSingleItem().ShouldBe(Enumerable.Range(0, 20));
    }

    [Fact]
    public void Huge_steps_of_unlucky_lengths_are_planned_in_time()
    {
        // Just over half a budget each: only one fits in a pass.
        Triplet[] step = [.. Enumerable.Range(0, 50_000).Select(i => new Triplet(i, new int[10], new int[41]))];

        var passes = PassPlan.Of(step, 100);

        passes.ShouldAllBe(pass => pass.Length == 1);
        passes.Count.ShouldBe(50_000);
    }

    [Fact]
    public void Limits_below_one_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => PassPlan.Of(Jittered(2, 1), 0));
        Should.Throw<ArgumentOutOfRangeException>(() => PassPlan.Of(Jittered(2, 1), 1, 0));
    }

    private static int PackedTokens(Triplet[] step, int[] pass) => pass.Sum(index => PassPlan.PackedTokens(step[index]));

    private static int PaddedTokens(Triplet[] step, int[] pass) =>
        3 * pass.Length * pass.Max(index => step[index].Prompt.Length + Math.Max(step[index].Annotated.Length, Math.Max(step[index].Synthetic!.Length, step[index].ProtoSynthetic!.Length)));

    // Prompts of 32 to 96 tokens, responses of 16 to 112.
    private static Triplet[] Jittered(int count, ulong seed)
    {
        var random = new RandomStream(seed);
        var next = 0;
        return [.. Enumerable.Range(0, count).Select(i => new Triplet(i, Ids(32, 96), Ids(16, 112), Ids(16, 112), Ids(16, 112)))];

        int[] Ids(int least, int most) => [.. Enumerable.Repeat(next++, random.NextInt(least, most))];
    }
}
