using TSpin.Data;
using TSpin.Data.Audit;
using TSpin.Evaluation;

namespace TSpin.Tuning;

/// <summary>The annotated examples that are tuned on: read, audited, cleaned.</summary>
/// <param name="Examples">Those that are used, in file order.</param>
/// <param name="Findings">What was found and done, a sentence each.</param>
/// <param name="Audit">All that the audit found.</param>
public sealed record TuneExamples(
    IReadOnlyList<AnnotatedExample> Examples, IReadOnlyList<string> Findings, AuditReport Audit)
{
    /// <summary>With fewer different prompts nothing is tuned.</summary>
    public const int FewestPrompts = 8;

    private const double MostBadShare = 0.2;
    private const double UsualFormatShare = 0.95;

    /// <summary>Reads, audits and cleans.</summary>
    /// <param name="settings">Names the files.</param>
    /// <returns>The examples.</returns>
    /// <exception cref="TSpinException">They cannot be read, too many lines are broken, or too few prompts are
    /// there.</exception>
    public static TuneExamples Read(TuneSettings settings)
    {
        var set = ExampleReader.Read(settings.Data, settings.Format, skipBad: true, settings.Columns);
        var findings = new List<string>();
        var all = set.Examples.Count + set.Skipped.Count;
        if (set.Skipped.Count > MostBadShare * all)
        {
            throw new BadDataException([.. set.Skipped.Take(20)],
                $"{set.Skipped.Count} of {all} records cannot be used; the first of them",
                "Correct them: more than a fifth of the data would be left out.");
        }

        if (set.Skipped.Count > 0)
        {
            findings.Add($"{set.Skipped.Count} of {all} records cannot be used and are left out; the first: {set.Skipped[0]}");
        }

        if (set.NotUsed.Length > 0)
        {
            findings.Add(set.NotUsed);
        }

        var audit = DataAudit.Of(set.Examples, new AuditSettings { Bad = set.Skipped });
        if (audit.Findings.Any(finding => finding.Kind != FindingKind.BadRecord))
        {
            findings.Add($"audit: {audit.Summary} (data/audit.jsonl names them)");
        }

        var examples = WithoutUseless(set.Examples, audit, findings);
        examples = WithoutOtherEnds(examples, findings);
        var prompts = examples.Select(example => ExampleOverlap.Normalize(example.Prompt)).Distinct().Count();
        return prompts >= FewestPrompts ? new TuneExamples(examples, findings, audit) : throw new TSpinException(
            $"{settings.Data[0]}: has {prompts} different prompt{(prompts == 1 ? "" : "s")}, and with fewer than {FewestPrompts} nothing can be trained and told apart. "
            + "Annotate more (30 are a start), or put the ones that you have into the prompt: tspin chat MODEL --template.");
    }

    /// <summary>Which turns of <see cref="Write"/>'s file are annotated.</summary>
    public AnnotatedTurns Turns => HasConversations ? AnnotatedTurns.Last : AnnotatedTurns.First;

    private bool HasConversations => ExampleWriter.WritesTurns(Examples);

    /// <summary>Writes the examples as JSON lines that every verb reads.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public void Write(string path) => ExampleWriter.Write(path, Examples, HasConversations);

    // What an audit is sure of: the rest may be right as it is, and is only said.
    private static IReadOnlyList<AnnotatedExample> WithoutUseless(
        IReadOnlyList<AnnotatedExample> examples, AuditReport audit, List<string> findings)
    {
        // The audit takes many empty answers, or placeholders, for labels, and a rare label for a placeholder; the
        // answers as a whole tell.
        var areLabels = TuneMetric.Choose(examples, null, null).Kind == TuneMetricKind.Label;
        DataFinding[] blank = [.. examples.Where(example => SaysNothing(example.Response, areLabels))
            .Select(example => DataFinding.Of(FindingKind.Empty, FindingSeverity.Error, example,
                "the answer holds no letter and no digit"))];
        var blanks = blank.Select(finding => finding.Index).ToHashSet();
        var useless = audit.Findings
            .Where(finding => finding is { Kind: FindingKind.Duplicate, Index: not null }
                || (finding is { Kind: FindingKind.Empty, Index: not null }
                    && !areLabels && !blanks.Contains(finding.Index)))
            .Concat(blank).GroupBy(finding => finding.Kind).ToArray();
        foreach (var kind in useless)
        {
            findings.Add($"{kind.Count()} {AuditReport.Word(kind.Key)} examples are left out; the first: {kind.First().Place}");
        }

        var empty = useless.Where(kind => kind.Key == FindingKind.Empty).SelectMany(kind => kind).ToArray();
        if (empty.Length > MostBadShare * examples.Count)
        {
            throw new BadDataException([.. empty.Take(20)
                .Select(finding => new BadLine(finding.File, finding.Line, finding.Reason))],
                $"{empty.Length} of {examples.Count} answers say nothing; the first of them",
                "Annotate them: more than a fifth of the data would be left out.");
        }

        var left = useless.SelectMany(kind => kind).Select(finding => finding.Index!.Value).ToHashSet();
        return left.Count == 0 ? examples : [.. examples.Where(example => !left.Contains(example.Index))];
    }

    // Of labels a sign may be one, as + and -.
    private static bool SaysNothing(string answer, bool areLabels) =>
        !answer.Any(char.IsLetterOrDigit) && (!areLabels || TuneMetric.Normalized(answer).Length == 0);

    // A few answers in another form than all others would make the metric another one.
    private static IReadOnlyList<AnnotatedExample> WithoutOtherEnds(
        IReadOnlyList<AnnotatedExample> examples, List<string> findings)
    {
        AnnotatedExample[] usual = [.. examples.Where(example => FinalNumber.EndsInFormat(example.Response))];
        if (usual.Length == examples.Count || usual.Length < UsualFormatShare * examples.Count)
        {
            return examples;
        }

        var other = examples.First(example => !FinalNumber.EndsInFormat(example.Response));
        findings.Add(
            $"{examples.Count - usual.Length} answers do not end in #### n as the others do, and are left out; the first: {other.SourceFile}:{other.SourceLine}");
        return usual;
    }
}
