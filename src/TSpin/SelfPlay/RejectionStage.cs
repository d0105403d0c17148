using System.Globalization;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>
/// Rejection sampling before the first iteration: the starting model answers prompts, and what a check accepts stands behind
/// the annotated examples in examples.jsonl. Every answer is drawn with the seed <c>rejection</c> of its draw and prompt.
/// Stopped or killed, it goes on with the draw where it was.
/// </summary>
internal sealed class RejectionStage(Recipe recipe, RunFolder folder, RunInputs inputs, IProgress<RunEvent>? progress)
{
    /// <summary>Draws and checks, unless that was done before.</summary>
    /// <param name="manifest">The run's.</param>
    /// <param name="annotated">The annotated examples.</param>
    /// <param name="create">Makes the generator of the starting model.</param>
    /// <param name="cancellation">Saves what continuing needs.</param>
    /// <returns>The annotated examples, and behind them the accepted answers.</returns>
    /// <exception cref="TSpinException">The prompts cannot be read or checked, or the judge fails.</exception>
    public ExampleLine[] Run(
        RunManifest manifest, ExampleLine[] annotated, Func<SamplingOptions, IGenerator> create, CancellationToken cancellation)
    {
        var checker = new AnswerChecker(recipe.Rejection);
        var asked = Asked(annotated);
        checker.Require(asked);
        var prompts = Prompts(asked);
        var answers = Enumerable.Range(0, recipe.Rejection.Draws).Select(draw => Draw(create, prompts, draw, cancellation)).ToArray();
        var (counts, kept) = Choose(asked, answers, checker, [.. annotated.Select(line => (line.Prompt, line.Response))], cancellation);
        JsonLinesFile.Write(folder.Rejection, counts);
        manifest.Add(folder.Rejection);
        Say(counts);
        return [.. annotated, .. kept.Select((example, i) =>
            new ExampleLine(annotated.Length + i, example.Prompt, example.Response) { Turns = example.Turns })];
    }

    /// <summary>The prompts that are answered: those of data.prompts, and of the annotated examples where that is wanted.</summary>
    public IReadOnlyList<AnnotatedExample> Asked(IReadOnlyList<ExampleLine> annotated)
    {
        IReadOnlyList<AnnotatedExample> own = recipe.Rejection.Annotated
            ? [.. annotated.Select(line => new AnnotatedExample(line.Index, line.Prompt, line.Response, folder.Examples, line.Index + 1) { Turns = line.Turns })] : [];
        return [.. inputs.PromptsAlone(), .. own];
    }

    private PromptTokens[] Prompts(IReadOnlyList<AnnotatedExample> asked) =>
        TripletBuilder.Truncate(inputs.Encoder.Prompts([.. asked.Select(example => example.Asked)]), inputs.Limits, inputs.Encoder.BeginId);

    private Dictionary<int, ResponseLine> Draw(
        Func<SamplingOptions, IGenerator> create, IReadOnlyList<PromptTokens> prompts, int draw, CancellationToken cancellation)
    {
        var path = folder.Drawn(draw);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var generator = create(inputs.Sampling);
        using var closing = generator as IDisposable;
        ResponseGeneration.Run(
            generator, prompts, new ResponseSeeds(recipe.Seed, "rejection", draw), path, "the starting model",
            new Relay<GenerationProgress>(value => progress?.Report(new Generated(-1, value))),
            notice => progress?.Report(new Noticed(-1, notice)), cancellation);
        return ResponseFile.Read(path).ToDictionary(line => line.Index);
    }

    private (List<RejectionCount> Counts, List<AnnotatedExample> Kept) Choose(
        IReadOnlyList<AnnotatedExample> asked, Dictionary<int, ResponseLine>[] draws, AnswerChecker checker,
        HashSet<(string Prompt, string Response)> known, CancellationToken cancellation)
    {
        // A cut answer has no end that could be learned.
        var whole = (from i in Enumerable.Range(0, asked.Count)
                     from draw in Enumerable.Range(0, draws.Length)
                     let line = draws[draw][i]
                     where line.FinishReason != FinishReason.Length && !string.IsNullOrWhiteSpace(line.Text)
                     select (Prompt: i, Draw: draw, line.Text)).ToArray();
        var accepts = checker.Accepts([.. whole.Select(one => (asked[one.Prompt], one.Text))], cancellation);
        var accepted = whole.Where((_, k) => accepts[k]).ToLookup(one => one.Prompt);
        var (counts, kept) = (new List<RejectionCount>(), new List<AnnotatedExample>());
        for (var i = 0; i < asked.Count; i++)
        {
            // The same answer is kept once, and not where the data have it.
            var chosen = accepted[i].Where(one => known.Add((asked[i].Prompt, one.Text))).Take(recipe.Rejection.Keep).ToArray();
            kept.AddRange(chosen.Select(one => asked[i] with { Response = one.Text }));
            counts.Add(new RejectionCount(
                i, FormattableString.Invariant($"{asked[i].SourceFile}:{asked[i].SourceLine}"), asked[i].Prompt, draws.Length,
                draws.Count(draw => draw[i].FinishReason == FinishReason.Length), accepted[i].Count(), [.. chosen.Select(one => one.Draw)]));
        }

        return (counts, kept);
    }

    private void Say(List<RejectionCount> counts)
    {
        var (drawn, accepted) = (counts.Sum(count => count.Drawn), counts.Sum(count => count.Accepted));
        progress?.Report(new Noticed(-1, string.Create(
            CultureInfo.InvariantCulture,
            $"rejection sampling: {accepted:N0} of {drawn:N0} answers accepted ({100.0 * accepted / Math.Max(1, drawn):F1}%), at least one to {counts.Count(count => count.Accepted > 0):N0} of {counts.Count:N0} prompts; {counts.Sum(count => count.Kept.Count):N0} became annotated")));
        if (accepted == 0)
        {
            RunAlarms.Raise(folder, new TrainingAlarm(-1, 0, "none-accepted", string.Create(
                CultureInfo.InvariantCulture,
                $"rejection sampling accepted none of {drawn:N0} answers, {counts.Sum(count => count.Cut):N0} of which were cut at generation.max_new_tokens: the run trains on the annotated examples alone. Look at rejection/draw-000.jsonl.")), progress);
        }
    }
}
