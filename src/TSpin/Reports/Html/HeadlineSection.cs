using System.Globalization;
using TSpin.Evaluation;

namespace TSpin.Reports.Html;

/// <summary>Title, facts of the run, the finding in large type, alarms.</summary>
internal static class HeadlineSection
{
    public static Markup Draw(RunRecord run, IReadOnlyList<RunRecord> others, RunHeadline? headline)
    {
        var summary = run.Summary;
        var title = $"{MethodName.Display(summary.Method)}: {summary.Id}";
        return Markup.Of($"""
            <header>
            <button id="theme" type="button" hidden="">dark</button>
            <h1>{title}</h1>
            <dl class="facts">{Markup.Join(Facts(run).Select(fact => Markup.Of($"<div><dt>{fact.Key}</dt><dd>{fact.Value}</dd></div>")))}</dl>
            </header>
            {Finding(summary, others, headline)}
            {Alarms(summary)}
            """);
    }

    private static IEnumerable<KeyValuePair<string, string>> Facts(RunRecord run)
    {
        var summary = run.Summary;
        var trained = summary.Iterations.Select(iteration => iteration.Training).OfType<IterationTerms>().ToList();
        var evaluated = summary.Iterations.Select(iteration => Seconds(iteration.Evaluation)).Append(Seconds(summary.Initial)).Where(double.IsFinite).Sum();
        var memory = trained.Select(terms => terms.PeakMemoryBytes).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
        var planned = summary.PlannedIterations is { } iterations ? $" of {iterations}" : "";
        var facts = new List<KeyValuePair<string, string>>
        {
            new("status", summary.Status),
            new("started", Started(summary.Started)),
            new("iterations", $"{summary.Iterations.Count}{planned}"),
            new("annotated examples", summary.AnnotatedExamples?.ToString("N0", CultureInfo.InvariantCulture) ?? ""),
            new("optimizer steps", run.Steps.Count > 0 ? run.Steps.Count.ToString("N0", CultureInfo.InvariantCulture) : ""),
            new("training", Duration(trained.Sum(terms => terms.Seconds))),
            new("evaluation", Duration(evaluated)),
            new("peak memory", double.IsFinite(memory) ? string.Create(CultureInfo.InvariantCulture, $"{memory / (1 << 30):0.00} GiB") : ""),
        };
        return facts.Where(fact => fact.Value.Length > 0);
    }

    private static string Started(string recorded) =>
        DateTimeOffset.TryParse(recorded, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : recorded;

    private static string Duration(double seconds) => seconds switch
    {
        > 0 and < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        >= 90 and < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        >= 5400 and < 1e10 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        _ => "",
    };

    private static Markup Finding(RunSummary summary, IReadOnlyList<RunRecord> others, RunHeadline? headline)
    {
        if (headline is null)
        {
            return Markup.Of($"<section class=\"headline\"><p>No iteration has been evaluated yet. The report shows what is there so far.</p></section>");
        }

        var tone = headline.Gain switch
        {
            { IsOutsideError: true, Difference: > 0 } => "headline good",
            { IsOutsideError: true } => "headline bad",
            _ => "headline",
        };
        var before = headline.Gain is { } gain ? Markup.Of($"<span>{Large(gain.Before)}</span><span class=\"arrow\">→</span>") : Markup.Empty;
        return Markup.Of($"""
            <section class="{tone}">
            <div class="big">{before}<span>{Large(headline.Best)}</span><small>{headline.Column.Title}</small></div>
            <p>{Unbroken(headline.Text)}</p>
            </section>
            {Cards(summary, others, headline)}
            """);
    }

    private static double Seconds(CheckpointEvaluation? evaluation) =>
        evaluation?.Results.Select(result => result.Seconds).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Sum() ?? double.NaN;

    private static Markup Large(RecordedScore score)
    {
        var error = double.IsFinite(score.StandardError) ? Markup.Of($" <small>± {score.ShownError:F1}</small>") : Markup.Empty;
        return Markup.Of($"{score.Shown:F1}{score.Unit}{error}");
    }

    private static Markup Cards(RunSummary summary, IReadOnlyList<RunRecord> others, RunHeadline headline)
    {
        var evaluation = summary.Iterations.First(iteration => iteration.Iteration == headline.Iteration).Evaluation;
        var cards = ScoreColumn.Present([summary])
            .Where(column => column.Title != headline.Column.Title && column.Of(evaluation) is not null)
            .Select(column => column.Of(summary.Initial) is { } before
                ? Card(column.Title, $"{before} → {column.Of(evaluation)}")
                : Card(column.Title, $"{column.Of(evaluation)}"))
            .ToList();
        var labels = RunLabels.For([summary, .. others.Select(other => other.Summary)]);
        for (var i = 0; i < others.Count; i++)
        {
            if (others[i].Summary.Best(headline.Column) is { } best)
            {
                cards.Add(Card($"best of {labels[i + 1]}, {headline.Column.Title}", $"{headline.Column.Of(best.Evaluation)}"));
            }
        }

        return cards.Count == 0 ? Markup.Empty : Markup.Of($"<div class=\"cards\">{Markup.Join(cards)}</div>");
    }

    private static Markup Card(string title, string value) => Markup.Of($"<div class=\"card\"><span>{title}</span><b>{Unbroken(value)}&#160;%</b></div>");

    /// <summary>Keeps a value and its error on one line.</summary>
    private static string Unbroken(string text) => text.Replace(" ± ", "\u00a0±\u00a0", StringComparison.Ordinal);

    private static Markup Alarms(RunSummary summary)
    {
        const int Shown = 20;
        if (summary.Alarms.Count == 0)
        {
            return Markup.Empty;
        }

        var items = summary.Alarms.Take(Shown).Select(alarm =>
        {
            var where = (alarm.Iteration, alarm.Step) switch
            {
                ({ } iteration, { } step) => $" (iteration {iteration}, step {step})",
                ({ } iteration, null) => $" (iteration {iteration})",
                (null, { } step) => $" (step {step})",
                _ => "",
            };
            return Markup.Of($"<li><strong>{alarm.Name}</strong>{where}: {HtmlText.Shorten(alarm.Message, 1000)}</li>");
        });
        var more = summary.Alarms.Count > Shown ? $"{summary.Alarms.Count - Shown} more in alarms.jsonl" : "";
        return Markup.Of($"<section class=\"alarms\"><h2>{summary.Alarms.Count} alarm{(summary.Alarms.Count == 1 ? "" : "s")}</h2><ul>{Markup.Join(items)}</ul>{more}</section>");
    }
}
