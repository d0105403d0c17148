using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>What training measured, step by step.</summary>
internal static class TrainingSection
{
    private const int Annotated = 0;
    private const int Synthetic = 1;
    private const int ProtoSynthetic = 2;

    /// <summary>Rewards and log-likelihoods of every run, one under the other, as the paper compares them.</summary>
    public static Markup DrawLikelihoods(IReadOnlyList<RunRecord> runs)
    {
        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var parts = runs.Select((run, index) => Titled(runs.Count > 1 ? labels[index] : "", Figure.Grid(Likelihoods(run)))).Where(part => part.Text.Length > 0).ToList();
        return parts.Count == 0
            ? Markup.Empty
            : Markup.Of($"""
                <h2>Rewards and log-likelihoods</h2>
                <p class="soft">Means over each step's triplets: y is the annotated response, y′ the synthetic one of the iteration, y0 the proto-synthetic one of the base model. Training should raise y; where the reward of y is above that of y′ while its log-likelihood is below, the two are misaligned.{Remark(runs)}</p>
                {Markup.Join(parts)}
                """);
    }

    /// <summary>Advantages, loss, gradients, lengths: of the first run in full view, of the others folded.</summary>
    public static Markup DrawCurves(IReadOnlyList<RunRecord> runs)
    {
        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var parts = new List<Markup>();
        for (var i = 0; i < runs.Count; i++)
        {
            var figures = Figure.Grid(Curves(runs[i]));
            if (figures.Text.Length > 0)
            {
                parts.Add(i == 0 ? figures : Markup.Of($"<details><summary>The same for {labels[i]}</summary>\n{figures}</details>\n"));
            }
        }

        return parts.Count == 0
            ? Markup.Empty
            : Markup.Of($"""
                <h2>Training</h2>
                <p class="soft">The current advantage u is how much likelier y is than y′; the historical advantage v is how much likelier y′ is than y0. Signs of a step size too large: v falls below zero, u grows without end, responses lengthen, while the loss still falls.{Remark(runs)}</p>
                {Markup.Join(parts)}
                """);
    }

    private static string Remark(IReadOnlyList<RunRecord> runs) => new StepAxis(runs[0].Steps).Remark;

    private static Markup Titled(string title, Markup content) =>
        content.Text.Length == 0 || title.Length == 0 ? content : Markup.Of($"<h3>{title}</h3>\n{content}");

    private static List<Markup> Likelihoods(RunRecord run)
    {
        var axis = new StepAxis(run.Steps);
        return Drawn(
            axis,
            ("Reward", "reward, nats", false, [axis.Line("y", Annotated, step => step.RewardAnnotated), axis.Line("y′", Synthetic, step => step.RewardSynthetic)]),
            ("Log-likelihood of whole responses", "log-probability, nats per response", false,
            [
                axis.Line("y", Annotated, step => step.LogProbAnnotated),
                axis.Line("y′", Synthetic, step => step.LogProbSynthetic),
                axis.Line("y0", ProtoSynthetic, step => step.LogProbProtoSynthetic),
            ]),
            ("Log-likelihood per token", "log-probability, nats per token", false,
            [
                axis.Line("y", Annotated, step => step.LogProbPerTokenAnnotated),
                axis.Line("y′", Synthetic, step => step.LogProbPerTokenSynthetic),
                axis.Line("y0", ProtoSynthetic, step => step.LogProbPerTokenProtoSynthetic),
            ]));
    }

    private static List<Markup> Curves(RunRecord run)
    {
        var axis = new StepAxis(run.Steps);
        return Drawn(
            axis,
            ("Current and historical advantage", "advantage, nats", true,
            [
                axis.Line("u = log π(y) − log π(y′)", 3, step => step.CurrentAdvantage),
                axis.Line("v = log π(y′) − log π(y0)", 4, step => step.HistoricalAdvantage),
            ]),
            ("Loss and its terms", "loss, nats", true,
            [
                axis.Line("loss", 6, step => step.Loss),
                axis.Line("current term", 3, step => step.CurrentTerm),
                axis.Line("historical term", 4, step => step.HistoricalTerm),
            ]),
            ("Saturated and misaligned triplets", "share of triplets, %", true,
            [
                axis.Line("saturated", 3, step => 100 * step.SaturatedShare),
                axis.Line("misaligned", 1, step => 100 * step.MisalignedShare),
            ]),
            ("Response lengths", "mean length, tokens", true,
            [
                axis.Line("y", Annotated, step => step.TokensAnnotated),
                axis.Line("y′", Synthetic, step => step.TokensSynthetic),
                axis.Line("y0", ProtoSynthetic, step => step.TokensProtoSynthetic),
            ]),
            ("Ends of responses", "log-probability of the end token, nats", false,
            [
                axis.Line("y", Annotated, step => step.EndLogProbAnnotated),
                axis.Line("y′ that ended", Synthetic, step => step.EndLogProbSynthetic),
            ]),
            ("Gradient norm", "norm before clipping", true, [axis.Line("gradient norm", 6, step => step.GradientNorm)]),
            ("Learning rate", "learning rate", true, [axis.Line("learning rate", 6, step => step.LearningRate)]),
            ("Speed", "tokens per second", true, [axis.Line("speed", 6, step => step.TokensPerSecond)]));
    }

    private static List<Markup> Drawn(StepAxis axis, params IEnumerable<(string Title, string YTitle, bool IncludeZero, LineSeries[] Lines)> charts)
    {
        var figures = new List<Markup>();
        foreach (var (title, yTitle, includeZero, lines) in charts)
        {
            var chart = new LineChart
            {
                Description = $"{title} over optimizer steps",
                X = new ChartAxis("optimizer step (dotted: an iteration begins)"),
                Y = new ChartAxis(yTitle) { IncludeZero = includeZero, Ceiling = yTitle.EndsWith('%') ? 100 : null },
                Series = lines.Where(line => line.Points.Any(point => double.IsFinite(point.Y))).ToList(),
                Marks = axis.Marks,
            };
            if (chart.HasValues)
            {
                figures.Add(Figure.Of(title, "", chart));
            }
        }

        return figures;
    }
}
