using TSpin.Checkpoints;
using TSpin.Files;

namespace TSpin.Reports;

/// <summary>One training example with what the model wrote, to be read side by side.</summary>
/// <param name="Index">Index of the example.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Annotated">The annotated response y; empty when the snapshot of the examples is missing.</param>
/// <param name="Synthetic">The synthetic response y' of the last iteration that has one; <see langword="null"/> when that is the proto-synthetic one.</param>
/// <param name="ProtoSynthetic">The proto-synthetic response y0, if recorded.</param>
public sealed record TripletSample(long Index, string Prompt, string Annotated, RecordedResponse? Synthetic, RecordedResponse? ProtoSynthetic)
{
    /// <summary>Chooses examples evenly over the data, not by how well they look.</summary>
    /// <param name="run">The run.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="syntheticIteration">The iteration the synthetic responses are from; 0 where only proto-synthetic ones exist.</param>
    /// <returns>The samples by ascending index; those without any response are left out.</returns>
    public static IReadOnlyList<TripletSample> Choose(RunRecord run, int count, out int syntheticIteration) =>
        Choose(run.Summary.Folder, count, out syntheticIteration);

    /// <summary>Likewise, of a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="syntheticIteration">As there.</param>
    /// <returns>As there.</returns>
    internal static IReadOnlyList<TripletSample> Choose(string folder, int count, out int syntheticIteration)
    {
        var notes = new List<string>();
        var files = new RunFolder(folder);
        var protoPath = files.Responses(0);
        syntheticIteration = RunRecord.IterationFolders(folder)
            .Where(iteration => File.Exists(files.Responses(iteration.Number)))
            .Select(iteration => iteration.Number)
            .LastOrDefault();
        var available = Indices(syntheticIteration > 0 ? files.Responses(syntheticIteration) : protoPath);
        var shown = Math.Min(count, available.Count);
        var chosen = Enumerable.Range(0, shown).Select(i => available[(int)((long)i * available.Count / shown)]).ToHashSet();
        var proto = RecordedResponse.Read(protoPath, chosen, notes);
        var synthetic = syntheticIteration > 0
            ? RecordedResponse.Read(files.Responses(syntheticIteration), chosen, notes)
            : [];
        var examples = new Dictionary<long, (string Prompt, string Response)>();
        TolerantJson.ForEach(
            files.Examples,
            notes,
            line =>
            {
                if (JsonField.Integer(line, "index") is { } index && chosen.Contains(index))
                {
                    examples[index] = (JsonField.Text(line, "prompt") ?? "", JsonField.Text(line, "response") ?? "");
                }
            },
            chosen.Contains);
        return chosen.Order().Select(index => Assemble(index, examples, synthetic, proto)).ToList();
    }

    private static TripletSample Assemble(
        long index,
        Dictionary<long, (string Prompt, string Response)> examples,
        Dictionary<long, RecordedResponse> synthetic,
        Dictionary<long, RecordedResponse> proto)
    {
        var (prompt, annotated) = examples.GetValueOrDefault(index);
        var (ownSynthetic, ownProto) = (synthetic.GetValueOrDefault(index), proto.GetValueOrDefault(index));
        return new TripletSample(index, prompt ?? (ownProto ?? ownSynthetic)?.Prompt ?? "", annotated ?? "", ownSynthetic, ownProto);
    }

    private static List<long> Indices(string path)
    {
        var indices = new SortedSet<long>();

        // The lines are refused before they are parsed; only their index is looked at.
        TolerantJson.ForEach(
            path,
            [],
            line =>
            {
                if (JsonField.Integer(line, "index") is { } index)
                {
                    indices.Add(index);
                }
            },
            index =>
            {
                indices.Add(index);
                return false;
            });
        return [.. indices];
    }
}
