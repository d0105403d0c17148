using TSpin.Reports.Charts;

namespace TSpin.Reports.Html;

/// <summary>What training measured, step by step.</summary>
internal static class TrainingSection
{
    /// <summary>Rewards and log-likelihoods of every run, one under the other, as the paper compares them.</summary>
    public static Markup DrawLikelihoods(IReadOnlyList<RunRecord> runs)
    {
        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var parts = runs.Select((run, index) => Titled(runs.Count > 1 ? labels[index] : "",
            Figure.Grid(Drawn(TrainingChart.Likelihoods, run)))).Where(part => part.Text.Length > 0).ToList();
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
            var figures = Figure.Grid(Drawn(
                [.. TrainingChart.Curves, .. TrainingChart.OfTerms(TrainingChart.TermsOf(runs[i].Steps))], runs[i]));
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

    private static List<Markup> Drawn(IReadOnlyList<TrainingChart> charts, RunRecord run)
    {
        var axis = new StepAxis(run.Steps);
        var figures = new List<Markup>();
        foreach (var drawn in charts)
        {
            var lines = drawn.Lines.Select(line => axis.Line(line.Name, line.Colour, line.Quantity));
            var chart = new LineChart
            {
                Description = $"{drawn.Title} over optimizer steps",
                X = new ChartAxis("optimizer step (dotted: an iteration begins)"),
                Y = new ChartAxis(drawn.YTitle)
                {
                    IncludeZero = drawn.IncludesZero,
                    Ceiling = drawn.YTitle.EndsWith('%') ? 100 : null
                },
                Series = lines.Where(line => line.Points.Any(point => double.IsFinite(point.Y))).ToList(),
                Marks = axis.Marks,
            };
            if (chart.HasValues)
            {
                figures.Add(Figure.Of(drawn.Title, "", chart));
            }
        }

        return figures;
    }
}
