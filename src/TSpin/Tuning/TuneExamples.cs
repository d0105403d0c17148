using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;

namespace TSpin.Tuning;

/// <summary>The annotated examples that are tuned on: read, cleaned, and what was found on the way.</summary>
/// <param name="Examples">Those that are used, in file order.</param>
/// <param name="Findings">What was found and done, a sentence each.</param>
public sealed record TuneExamples(IReadOnlyList<AnnotatedExample> Examples, IReadOnlyList<string> Findings)
{
    /// <summary>With fewer different prompts nothing is tuned.</summary>
    public const int FewestPrompts = 8;

    private const double MostBadShare = 0.2;
    private const double UsualFormatShare = 0.95;

    /// <summary>Reads and cleans.</summary>
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

        var examples = WithoutRepeated(set.Examples, findings);
        examples = WithoutOtherEnds(examples, findings);
        SayContradictions(examples, findings);
        var prompts = examples.Select(example => ExampleOverlap.Normalize(example.Prompt)).Distinct().Count();
        return prompts >= FewestPrompts ? new TuneExamples(examples, findings) : throw new TSpinException(
            $"{settings.Data[0]}: has {prompts} different prompt{(prompts == 1 ? "" : "s")}, and with fewer than {FewestPrompts} nothing can be trained and told apart. "
            + "Annotate more (30 are a start), or put the ones that you have into the prompt: tspin chat MODEL --template.");
    }

    /// <summary>Which turns of <see cref="Write"/>'s file are annotated.</summary>
    public AnnotatedTurns Turns => HasConversations ? AnnotatedTurns.Last : AnnotatedTurns.First;

    private bool HasConversations => Examples.Any(example => example.Turns is not null);

    /// <summary>Writes the examples as JSON lines that every verb reads.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TSpinException">It cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        foreach (var example in Examples)
        {
            JsonObject line = HasConversations
                ? new() { ["messages"] = new JsonArray([
                    .. example.Asked.Select(turn => Turn(turn.Role, turn.Content)), Turn("assistant", example.Response)]) }
                : new() { ["prompt"] = example.Prompt, ["response"] = example.Response };
            JsonSerializer.Serialize(stream, line, JsonLinesFormat.Default);
            stream.WriteByte((byte)'\n');
        }
    });

    private static JsonNode Turn(string role, string content) =>
        new JsonObject { ["role"] = role, ["content"] = content };

    private static IReadOnlyList<AnnotatedExample> WithoutRepeated(
        IReadOnlyList<AnnotatedExample> examples, List<string> findings)
    {
        AnnotatedExample[] different = [.. examples.DistinctBy(example =>
            (ExampleOverlap.Normalize(example.Prompt), example.Response.Trim()))];
        if (different.Length < examples.Count)
        {
            findings.Add($"{examples.Count - different.Length} examples are there twice; each is used once");
        }

        return different;
    }

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

    private static void SayContradictions(IReadOnlyList<AnnotatedExample> examples, List<string> findings)
    {
        var several = examples.GroupBy(example => ExampleOverlap.Normalize(example.Prompt))
            .Where(alike => alike.Select(example => FinalNumber.EndsInFormat(example.Response)
                ? FinalNumber.Bare(example.Response) : TuneMetric.Normalized(example.Response)).Distinct().Count() > 1)
            .Select(alike => alike.First()).ToArray();
        if (several.Length > 0)
        {
            findings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{several.Length} prompts have several different answers; they are kept, on the same side of every split; the first: {several[0].SourceFile}:{several[0].SourceLine}"));
        }
    }
}
