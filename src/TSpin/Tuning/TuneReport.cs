using System.Globalization;
using System.Text;
using TSpin.Files;
using TSpin.Reports;
using TSpin.Reports.Html;

namespace TSpin.Tuning;

/// <summary>The report on tuning: the sentence, all candidates with their errors, what is where.</summary>
/// <param name="settings">What the user said.</param>
/// <param name="places">Where things are.</param>
/// <param name="result">What was found.</param>
public sealed class TuneReport(TuneSettings settings, TunePlaces places, TuneResult result)
{
    private static readonly string[] Headers =
        ["candidate", "score", "against the base", "iteration", "answer tokens", "cut", "time", "alarms"];

    private const string Explained =
        "Scores are means with one standard error; differences from the base are paired over the same examples, with half of their 95% interval.";

    /// <summary>The report as GitHub's Markdown.</summary>
    /// <returns>Text that ends with a line feed.</returns>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("# ").Append(ScoreTable.Plain(result.Verdict.Sentence)).Append("\n\n");
        foreach (var note in Notes())
        {
            text.Append("- ").Append(ScoreTable.Plain(note)).Append('\n');
        }

        text.Append("\n|").AppendJoin('|', Headers).Append("|\n|---|--:|--:|--:|--:|--:|--:|---|\n");
        foreach (var row in Rows())
        {
            text.Append('|').AppendJoin('|', row.Select(ScoreTable.Plain)).Append("|\n");
        }

        text.Append('\n').Append(Explained).Append('\n');
        foreach (var trial in result.NotTried)
        {
            text.Append("\nNot tried: ").Append(ScoreTable.Plain($"{trial.Candidate.Title}: {trial.Reason}.")).Append('\n');
        }

        text.Append("\n## What was given\n\n");
        foreach (var sentence in result.Sentences)
        {
            text.Append("- ").Append(ScoreTable.Plain(sentence)).Append('\n');
        }

        text.Append("\n## What is here\n\n");
        foreach (var (what, where) in Left())
        {
            text.Append("- ").Append(what).Append(": `").Append(where).Append("`\n");
        }

        return text.ToString();
    }

    /// <summary>The report as one HTML page that loads nothing.</summary>
    /// <returns>A document.</returns>
    public string ToHtml()
    {
        var isBetter = result.Chosen != result.Tried[0];
        var headers = Markup.Join(Headers
            .Select((header, i) => i == 0 ? Markup.Of($"<th></th><th>{header}</th>")
            : Markup.Of($"<th>{header}</th>")));
        var rows = Markup.Join(result.Tried.Zip(Rows(), (trial, cells) => Markup.Of(
            $"<tr><td>{(trial == result.Chosen ? "●" : "")}</td>{Markup.Join(cells.Select(cell => Markup.Of($"<td>{cell}</td>")))}</tr>\n")));
        return PageFrame.Around(
            $"Tuned: {result.Chosen.Candidate.Title}",
            Markup.Of($"""
                <header><button id="theme" hidden></button>
                <h1 style="padding-right:3.2em">{result.Verdict.Sentence}</h1></header>
                <div class="headline {(isBetter ? "good" : "")}">{List(Notes())}</div>
                <h2>Candidates</h2>
                <div class="wide"><table><thead><tr>{headers}</tr></thead><tbody>
                {rows}</tbody></table></div>
                <p class="soft">{Explained} ● is the chosen one.</p>
                {NotTried()}
                {Figure.Grid(TuneFigures.Of(result))}
                <h2>What was given</h2>
                {List(result.Sentences)}
                <h2>What is here</h2>
                <table class="plain"><tbody>{Markup.Join(Left().Select(entry => Markup.Of($"<tr><td>{entry.What}</td><td><code>{entry.Where}</code></td></tr>\n")))}</tbody></table>
                """),
            "(tspin tune).").Text;
    }

    /// <summary>What is where, and what to do with it.</summary>
    /// <returns>Each with its path or command.</returns>
    public IReadOnlyList<(string What, string Where)> Left()
    {
        var model = settings.Model;
        var chosen = result.Chosen.Candidate;
        var left = new List<(string, string)>();
        if (chosen.Kind == TuneKind.Prompted)
        {
            var isPlain = File.Exists(places.PromptText);
            left.Add(("the prompt to use with the base", isPlain ? places.PromptText : places.PromptTemplate));
            left.Add(("to talk to it", isPlain ? $"tspin chat {model} --template \"$(cat {places.PromptText})\""
                : $"tspin chat {model} --template {places.PromptTemplate}"));
        }
        else if (chosen.Kind == TuneKind.Base)
        {
            left.Add(("the model: the base as it is; nothing was copied", model));
        }
        else if (Directory.Exists(places.Model))
        {
            var isAdapter = File.Exists(Path.Combine(places.Model, "adapter_config.json"));
            // Of folds only the last training is on all examples.
            var isPart = !result.IsComplete && Directory.Exists(Path.Combine(result.Chosen.Folder, "fold-1"));
            left.Add(($"the {(isAdapter ? "adapter" : "model")}{(isPart ? ", so far of the first fold's examples" : "")}", places.Model));
            left.Add(("to talk to it", $"tspin chat {places.Model} --template {ShellText.Quoted(TemplateOf())}"));
            if (isAdapter)
            {
                left.Add(("to merge it into a model", $"tspin merge {places.Model} --out {places.Model}-merged"));
            }

            left.Add((isPart ? "to train it on all examples" : "to make it again", $"tspin run {places.Recipe}"));
        }

        left.Add(("all figures", places.Json));
        left.Add(("every trial, an ordinary run each", places.Trials));
        return left;
    }

    private string TemplateOf() => settings.Template ?? TuneFacts.UsualTemplate(settings.Model);

    private IEnumerable<string> Notes()
    {
        IEnumerable<string> notes = result.Verdict.Notes;
        if (!result.IsComplete)
        {
            notes = notes.Prepend("Not all was tried yet: this is the best so far, and the same command goes on.");
        }

        return notes.Append(string.Create(CultureInfo.InvariantCulture,
            $"{result.Tried.Count} candidates tried in {TunePlan.Shown(result.SpentSeconds)}{(result.NotTried.Count > 0 ? $", {result.NotTried.Count} not" : "")}."));
    }

    private IEnumerable<string[]> Rows() => result.Tried.Select(trial =>
    {
        var found = trial.Result!;
        var isAnswered = found.AnswerTokens > 0;
        return new[]
        {
            trial.Candidate.Title + (trial == result.Chosen ? " (chosen)" : ""),
            result.Words.ScoreWithError(trial),
            trial == result.Tried[0] ? ""
                : result.Words.Difference(TuneChoice.Difference(result.Tried[0].Result!.Scores, found.Scores)),
            trial.Outcome!.Iterations.Count > 1 ? $"{trial.Iteration} of 0 to {trial.Outcome.Iterations.Count - 1}"
                : "",
            isAnswered ? found.AnswerTokens.ToString("0", CultureInfo.InvariantCulture) : "",
            isAnswered ? string.Create(CultureInfo.InvariantCulture, $"{100 * found.CutShare:0}%") : "",
            TunePlan.Shown(trial.Outcome.Seconds),
            string.Join(", ", trial.Outcome.Alarms),
        };
    });

    private Markup NotTried() => result.NotTried.Count == 0 ? Markup.Empty
        : Markup.Of($"<h2>Not tried</h2>\n{List(result.NotTried.Select(trial => $"{trial.Candidate.Title}: {trial.Reason}"))}");

    private static Markup List(IEnumerable<string> sentences) =>
        Markup.Of($"<ul>{Markup.Join(sentences.Select(sentence => Markup.Of($"<li>{HtmlText.Shorten(sentence, 1000)}</li>")))}</ul>\n");
}
