using Shouldly;
using TSpin.Generation;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Generation;

/// <summary>From a tenth of the steps on, the time left is within a factor of 1.5 of what it turns out to be, on a stand-in clock.</summary>
public sealed class RecentPaceTests
{
    [Theory]
    [InlineData(30, 1.0)]
    [InlineData(400, 1.0)]
    [InlineData(400, 1.4)] // slower from the middle on
    public void Steps_of_uneven_length(int steps, double later)
    {
        var random = new RandomStream(9);
        var clock = new StandInClock();
        var pace = new RecentPace(clock);
        double[] seconds = [.. Enumerable.Range(1, steps).Select(step => (0.5 + random.NextDouble()) * (step > steps / 2 ? later : 1) * (step == 1 ? 5 : 1))];
        clock.Advance(20); // what came before the first step
        for (var step = 1; step <= steps; step++)
        {
            clock.Advance(seconds[step - 1]);
            var left = pace.Left(step, steps);
            (left is null).ShouldBe(step == 1);
            if (left is { } said && step >= steps / 10 && step < 0.95 * steps)
            {
                var were = seconds[step..].Sum();
                Math.Max(said / were, were / said).ShouldBeLessThan(1.5, $"after step {step}: said {said:F1} s, were {were:F1} s");
            }
        }
    }
}
