using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Evaluation;

namespace TSpin.Reports.Html;

/// <summary>Texts to read: training triplets side by side, and answers to held-out problems before and after.</summary>
internal static class SampleSection
{
    private const int OpenTriplets = 4;
    private const int FoldedTriplets = 8;
    private const int MaxCharacters = 3000;

    public static Markup DrawTriplets(RunRecord run)
    {
        var samples = TripletSample.Choose(run, OpenTriplets + FoldedTriplets, out var iteration);
        if (samples.Count == 0)
        {
            return Markup.Empty;
        }

        // Those in view come from all over the data, too.
        var open = samples.Where((_, i) => i % 3 == 0).Take(OpenTriplets).ToList();
        var folded = samples.Except(open).Select(sample => Triplet(sample, iteration)).ToList();
        var more = folded.Count == 0 ? Markup.Empty : Markup.Of($"<details><summary>{folded.Count} more</summary>{Markup.Join(folded)}</details>");
        var explanation = iteration > 0
            ? $"y′ is the synthetic response of iteration {iteration}, y0 the base model's."
            : "In iteration 0 the synthetic response y′ is the base model's own, y0.";
        return Markup.Of($"""
            <h2>Training triplets</h2>
            <p class="soft">{explanation} Chosen evenly over the data, not by quality.</p>
            {Markup.Join(open.Select(sample => Triplet(sample, iteration)))}{more}
            """);
    }

    public static Markup DrawAnswers(IReadOnlyList<RunRecord> runs, RunHeadline? headline, ICollection<string> notes)
    {
        if (headline is null)
        {
            return Markup.Empty;
        }

        var labels = RunLabels.For(runs.Select(run => run.Summary).ToList());
        var before = Answers(new RunFolder(runs[0].Summary.Folder).Initial, headline.Column, notes);
        var after = Answers(runs[0].IterationFolder(headline.Iteration), headline.Column, notes);
        if (after.Count == 0)
        {
            return Markup.Empty;
        }

        var columns = new List<(string Label, Dictionary<int, EvaluatedAnswer> Answers)> { ("base", before), ($"{labels[0]}, iteration {headline.Iteration}", after) };
        for (var i = 1; i < runs.Count && columns.Count < 4; i++)
        {
            if (runs[i].Summary.Best(headline.Column) is { } best)
            {
                columns.Add(($"{labels[i]}, iteration {best.Iteration}", Answers(runs[i].IterationFolder(best.Iteration), headline.Column, notes)));
            }
        }

        columns.RemoveAll(column => column.Answers.Count == 0);
        var chosen = Choose(before, after);
        return Markup.Of($"""
            <h2>Answers before and after</h2>
            <p class="soft">{(headline.Column.Mode == "greedy" ? "Greedy answers" : "Answers")} to held-out problems: the first three that became right, the first that became wrong, the first right in both, the first wrong in both.</p>
            {Markup.Join(chosen.Select(index => Answer(after[index], columns)))}
            """);
    }

    private static Dictionary<int, EvaluatedAnswer> Answers(string folder, ScoreColumn column, ICollection<string> notes)
    {
        var answers = new Dictionary<int, EvaluatedAnswer>();
        foreach (var answer in EvaluationFiles.ReadAnswers(Path.Combine(folder, EvaluationFiles.AnswersFile), notes).Where(answer => answer.Mode == column.Mode && (answer.Task ?? column.Task) == column.Task))
        {
            answers.TryAdd(answer.Index, answer);
        }

        return answers;
    }

    private static List<int> Choose(Dictionary<int, EvaluatedAnswer> before, Dictionary<int, EvaluatedAnswer> after)
    {
        IEnumerable<int> Where(bool? was, bool? isNow) => after.Keys.Order().Where(index => before.GetValueOrDefault(index)?.IsRight == was && after[index].IsRight == isNow);
        var chosen = new List<int>();
        chosen.AddRange(Where(false, true).Take(3));
        chosen.AddRange(Where(true, false).Take(1));
        chosen.AddRange(Where(true, true).Take(1));
        chosen.AddRange(Where(false, false).Take(1));
        return chosen.Count > 0 ? chosen : after.Keys.Order().Take(4).ToList();
    }

    private static Markup Triplet(TripletSample sample, int iteration)
    {
        var columns = new List<Markup> { Column(Markup.Of($"y <span>annotated</span>"), sample.Annotated) };
        if (iteration > 0)
        {
            columns.Add(Response($"y′", $"synthetic, iteration {iteration}", sample.Synthetic));
        }

        columns.Add(Response("y0", iteration > 0 ? "proto-synthetic, base model" : "= y′, base model", sample.ProtoSynthetic));
        return Card($"Example {sample.Index}", sample.Prompt, columns);
    }

    private static Markup Response(string name, string kind, RecordedResponse? response)
    {
        if (response is null)
        {
            return Column(Markup.Of($"{name} <span>{kind}</span>"), null);
        }

        var facts = new List<string> { kind };
        if (response.Tokens is { } tokens)
        {
            facts.Add($"{tokens} tokens");
            if (tokens > 0 && double.IsFinite(response.LogProb))
            {
                facts.Add(string.Create(CultureInfo.InvariantCulture, $"{response.LogProb / tokens:0.00} nats/token").Replace('-', '\u2212'));
            }
        }

        if (response.FinishReason == "length")
        {
            facts.Add("cut at the length limit");
        }

        return Column(Markup.Of($"{name} <span>{string.Join(", ", facts)}</span>"), response.Text);
    }

    private static Markup Answer(EvaluatedAnswer problem, List<(string Label, Dictionary<int, EvaluatedAnswer> Answers)> columns)
    {
        var drawn = columns.Select(column =>
        {
            var answer = column.Answers.GetValueOrDefault(problem.Index);
            var verdict = answer?.IsRight switch
            {
                true => Markup.Of($" <span class=\"right\">✓ right</span>"),
                false => Markup.Of($" <span class=\"wrong\">✗ wrong</span>"),
                null => Markup.Empty,
            };
            return Column(Markup.Of($"{column.Label}{verdict}"), answer?.Answer);
        });
        return Card($"Problem {problem.Index}", problem.Prompt, [Column(Markup.Of($"reference"), problem.Reference), .. drawn]);
    }

    private static Markup Card(string label, string prompt, IEnumerable<Markup> columns) => Markup.Of($"""
        <div class="sample"><div class="prompt"><div class="label">{label}</div><div class="text" dir="auto">{HtmlText.Shorten(prompt.Trim(), MaxCharacters)}</div></div>
        <div class="columns">{Markup.Join(columns)}</div></div>

        """);

    private static Markup Column(Markup label, string? text)
    {
        var body = text switch
        {
            null => Markup.Of($"<div class=\"none\">not recorded</div>"),
            _ when string.IsNullOrWhiteSpace(text) => Markup.Of($"<div class=\"none\">empty</div>"),
            _ => Markup.Of($"<div class=\"text\" dir=\"auto\">{HtmlText.Shorten(text.Trim(), MaxCharacters)}</div>"),
        };
        return Markup.Of($"<div><div class=\"label\">{label}</div>{body}</div>");
    }
}
