using System.Globalization;
using TSpin.Objectives;
using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>The paper's misalignment figure: reward gap against log-likelihood gap, triplet by triplet.</summary>
internal static class AlignmentSection
{
    private const int MaxPoints = 1500;

    public static Markup Draw(IReadOnlyList<RunRecord> runs)
    {
        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var figures = runs.Select((run, index) => (run, index)).Where(pair => pair.run.Triplets.Count > 0).Select(pair => Scatter(pair.run, labels[pair.index], pair.index)).ToList();
        return figures.Count == 0
            ? Markup.Empty
            : Markup.Of($"""
                <h2>Reward against log-likelihood</h2>
                <p class="soft">Each point is a triplet at a step. In the shaded quadrant the annotated response has the higher reward and yet is the less likely one: training believes it is winning while the model would rather write the synthetic response.</p>
                {Figure.Grid(figures)}
                """);
    }

    private static Markup Scatter(RunRecord run, string label, int colour)
    {
        var triplets = run.Triplets;
        var misaligned = Percent(triplets);
        var lastIteration = triplets[^1].Iteration;
        var last = triplets[0].Iteration == lastIteration
            ? ""
            : $", {Percent(triplets.Where(triplet => triplet.Iteration == lastIteration).ToList())} in iteration {lastIteration}";
        var stride = Math.Max(1, (triplets.Count + MaxPoints - 1) / MaxPoints);
        var thinned = stride > 1 ? string.Create(CultureInfo.InvariantCulture, $"; every {Ordinal(stride)} is drawn") : "";
        var line = Methods.Find(run.Summary.Method)?.HasRewardsOfItsOwn == true
            ? " Without a reference policy the reward is α times the log-likelihood: the points lie on a line through the origin."
            : "";
        var caption = string.Create(CultureInfo.InvariantCulture, $"Misaligned: {misaligned} of {triplets.Count:N0} triplets{last}{thinned}.{line}");
        return Figure.Of(label, caption, new ScatterChart
        {
            Description = $"{label}: reward gap against log-likelihood gap; misaligned {misaligned}",
            X = new ChartAxis("log-likelihood gap, log π(y) − log π(y′), nats"),
            Y = new ChartAxis("reward gap, nats"),
            Points = triplets.Where((_, i) => i % stride == 0).Select(triplet => KeyValuePair.Create(triplet.LikelihoodGap, triplet.RewardGap)).ToList(),
            QuadrantName = $"misaligned ({misaligned})",
            OtherName = "triplets",
            Colour = colour == 1 ? 5 : colour,
        });
    }

    private static string Percent(IReadOnlyCollection<RecordedTriplet> triplets) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * triplets.Count(triplet => triplet.IsMisaligned) / triplets.Count:0.0}%");

    private static string Ordinal(int number) => number switch
    {
        2 => "second",
        3 => "third",
        _ => string.Create(CultureInfo.InvariantCulture, $"{number}{(number % 100 is >= 11 and <= 13 ? "th" : (number % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" })}"),
    };
}
