using System.Text;
using TSpin.Files;
using TSpin.Reports.Html;

namespace TSpin.Studies;

/// <summary>The report of a study: <c>study.md</c>, and <c>study.html</c> with the figures, one file that loads nothing.</summary>
public sealed class StudyReport
{
    private readonly StudyPlan _plan;
    private readonly IReadOnlyList<LedgerLine> _lines;
    private readonly IReadOnlyList<StudyAnalysis> _kinds;
    private readonly int _stale;

    /// <summary>Analyses what is there.</summary>
    /// <param name="plan">The study.</param>
    /// <param name="lines">The lines of today's cells.</param>
    /// <param name="stale">How many other lines the ledger has.</param>
    /// <exception cref="TSpinException">A cell has not measured what the study chooses or reports by.</exception>
    public StudyReport(StudyPlan plan, IReadOnlyList<LedgerLine> lines, int stale = 0) =>
        (_plan, _lines, _stale, _kinds) = (plan, lines, stale, StudyAnalysis.Of(plan, lines));

    /// <summary>The analyses, one for each kind of processor, the one with most cells first.</summary>
    public IReadOnlyList<StudyAnalysis> Kinds => _kinds;

    /// <summary>The findings in sentences, of the kind of processor with most cells: one for each comparison without the base.</summary>
    public IReadOnlyList<string> Sentences => _kinds.Count == 0 ? []
        : [.. _kinds[0].Comparisons.Where(own => own.A != StudyAnalysis.Base).Select(own =>
            $"{(own.Examples is null ? "" : $"{StudyTables.AmountText(own.Examples)} examples, ")}{own.Score}: {own.Sentence}")];

    /// <summary>Writes both files.</summary>
    /// <param name="folder">Where.</param>
    /// <exception cref="TSpinException">They cannot be written.</exception>
    public void Write(string folder)
    {
        AtomicFile.WriteText(Path.Combine(folder, "study.md"), Markdown());
        AtomicFile.WriteText(Path.Combine(folder, "study.html"), Html());
    }

    /// <summary>The report as Markdown.</summary>
    /// <returns>Text that ends with a line feed.</returns>
    public string Markdown()
    {
        var text = new StringBuilder($"# {_plan.Study.Name}\n\n{string.Join("\n", Facts)}\n");
        foreach (var kind in _kinds)
        {
            text.Append($"\n## On {kind.Kind}\n");
            foreach (var table in new StudyTables(_plan, kind).All)
            {
                text.Append($"\n### {table.Title}\n\n{table.Note}\n\n|{string.Join('|', table.Headers.Select(Cell))}|\n|{string.Concat(Enumerable.Repeat("---|", table.Headers.Count))}\n");
                foreach (var row in table.Rows)
                {
                    text.Append('|').AppendJoin('|', row.Select(Cell)).Append("|\n");
                }
            }
        }

        return text.ToString();

        static string Cell(string value) => value.Replace("|", "\\|", StringComparison.Ordinal);
    }

    /// <summary>The report as a page.</summary>
    /// <returns>An HTML document.</returns>
    public string Html() => PageFrame.Around(
        _plan.Study.Name,
        Markup.Of($"""
            <header><h1>{_plan.Study.Name}</h1></header>
            {Markup.Join(Facts.Select(fact => Markup.Of($"<p>{fact}</p>\n")))}
            {Markup.Join(_kinds.Select(Section))}
            """),
        "from ledger.jsonl alone.").Text;

    private IEnumerable<string> Facts
    {
        get
        {
            var finished = _kinds.Count == 0 ? 0 : _kinds[0].Lines.Count;
            var dropped = _kinds.Count == 0 ? 0 : _plan.Cells.Count(cell => SettingDrop.FateOf(_plan, _kinds[0].Lines, cell) == SettingFate.Dropped);
            yield return $"{finished} of {_plan.Cells.Count} cells are finished{(dropped > 0 ? $", {dropped} of settings that the first seeds showed to be poor were left out" : "")}: "
                + $"{StudyTables.Counted(_plan.Study.Methods.Count, "method")}, {StudyTables.Counted(_plan.Amounts.Count, "amount")} of data, "
                + $"{StudyTables.Counted(_plan.Study.Seeds.Count, "seed")}, {Settings} each.";
            yield return $"Settings are chosen by {_plan.Study.ChooseOn}; intervals are 95%, from {_plan.Study.Bootstrap.Resamples:N0} draws of seeds and items together (seed {_plan.Study.Bootstrap.Seed}).";
            if (_kinds.Count > 1)
            {
                yield return $"The ledger has cells of {_kinds.Count} kinds of processor. They differ in their last bits and are not compared with each other: each kind has its own tables below.";
            }

            if (_stale > 0)
            {
                yield return $"{_stale} lines of the ledger are of other recipes or files than today's, and left out.";
            }

            foreach (var (kind, amount, names) in _kinds.SelectMany(kind => kind.Unfinished.Where(_ => kind.Choices.Count > 0)
                .GroupBy(left => left.Examples).Select(group => (kind.Kind, group.Key, group.Select(left => left.Method)))))
            {
                yield return $"Not compared yet{(amount is { } examples ? $" at {examples} examples" : "")}, for lack of cells under the others' seeds"
                    + $"{(_kinds.Count > 1 ? $" on {kind}" : "")}: {string.Join(", ", names)}.";
            }

            foreach (var failed in _lines.Where(line => line.Failed is not null))
            {
                yield return $"No result: {failed.Cell}: {failed.Failed}";
            }
        }
    }

    private string Settings => StudyTables.Counted(Math.Max(1, StudySetting.AllOf(_plan.Study.Methods[0].Grid ?? _plan.Study.Grid).Count), "setting");

    private Markup Section(StudyAnalysis kind)
    {
        var tables = new StudyTables(_plan, kind).All;
        return Markup.Of($"""
            <h2>On {kind.Kind}</h2>
            {StudyCharts.Draw(_plan, kind)}
            {Markup.Join(tables.Select(Table))}
            """);
    }

    private static Markup Table(StudyTable table)
    {
        var head = Markup.Join(table.Headers.Select(header => Markup.Of($"<th scope=\"col\">{header}</th>")));
        var body = Markup.Join(table.Rows.Select(row => Markup.Of($"<tr>{Markup.Join(row.Select(cell => Markup.Of($"<td>{cell}</td>")))}</tr>\n")));
        return Markup.Of($"<h3>{table.Title}</h3>\n<p class=\"soft\">{table.Note}</p>\n<div class=\"wide\"><table{Markup.Verbatim(table.IsText ? " class=\"plain\"" : "")}><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n");
    }
}
