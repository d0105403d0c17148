using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Prompts;

namespace TSpin.SelfPlay;

/// <summary>Takes responses that were made elsewhere into a run, after checking all of them.</summary>
internal static class AdoptedResponses
{
    /// <summary>Copies a file of responses into the run and lists it; a file that is there already must be the
    /// same.</summary>
    /// <param name="manifest">The run's.</param>
    /// <param name="source">The file; null: nothing to take.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="prompts">The run's prompts.</param>
    /// <param name="vocabulary">Ids of the model.</param>
    /// <param name="progress">Told of responses that no prompt of the run asks for. Default: nobody.</param>
    /// <exception cref="TSpinException">A response is missing, repeated, of another prompt, or holds ids that the model
    /// does not have; or the run has other responses already.</exception>
    public static void Take(
        RunManifest manifest, string? source, string target, IReadOnlyList<PromptTokens> prompts, int vocabulary,
        IProgress<RunEvent>? progress = null)
    {
        if (source is null)
        {
            return;
        }

        if (manifest.Contains(target))
        {
            RequireSame(manifest, source, target);
            return;
        }

        var (count, first) = Check(source, prompts, vocabulary);
        if (count > 0)
        {
            progress?.Report(new Noticed(-1,
                $"{source}: responses that belong to no prompt of this run and are not used: {count} "
                + $"(the first: index {first})"));
        }

        AtomicFile.Write(target, to =>
        {
            using var from = File.OpenRead(source);
            from.CopyTo(to);
        });
        manifest.Add(target);
    }

    private static void RequireSame(RunManifest manifest, string source, string target)
    {
        if (!File.Exists(source))
        {
            throw new TSpinException(
                $"{source}: there is no such file. The run has its own copy already: name {target}, or bring "
                + "the file back.");
        }

        var name = Path.GetRelativePath(manifest.RunFolder, target).Replace(Path.DirectorySeparatorChar, '/');
        if (FileHash.Sha256(source) != manifest.Artifacts[name].Sha256)
        {
            throw new TSpinException(
                $"{source}: the run has taken other responses already, as {target}. Give the file that it was begun "
                + "with, or use another name for the run (--run NAME). In iteration 0 y0 is y': leave --proto out.");
        }
    }

    // How many responses no prompt asks for, and the index of the first.
    private static (int Count, int First) Check(string source, IReadOnlyList<PromptTokens> prompts, int vocabulary)
    {
        const string cure = "Generate the responses over the same examples, seed and template as this recipe's.";
        var asked = prompts.ToDictionary(prompt => prompt.Index);
        var seen = new Dictionary<int, long>();
        var unasked = new List<int>();
        foreach (var (number, line) in JsonLinesReader.ReadNumbered<ResponseLine>(source))
        {
            if (!seen.TryAdd(line.Index, number))
            {
                throw new TSpinException(
                    $"{source}:{number}: index {line.Index} stands in line {seen[line.Index]} already. "
                    + "Keep one of the two.");
            }

            if (line.Index < 0)
            {
                throw new TSpinException(
                    $"{source}:{number}: index {line.Index} is negative; they count from 0. {cure}");
            }

            if (!asked.TryGetValue(line.Index, out var prompt))
            {
                unasked.Add(line.Index);
            }
            else if (line.Prompt != prompt.Text)
            {
                throw new TSpinException(
                    $"{source}:{number}: answers another prompt at index {line.Index} ({Excerpt.Of(prompt.Text)}). "
                    + cure);
            }

            if (line.Tokens.Length == 0)
            {
                throw new TSpinException(
                    $"{source}:{number}: tokens of index {line.Index} is empty, so there is nothing to learn from. "
                    + "Generate this response anew, or leave its example out.");
            }

            if (Array.FindIndex(line.Tokens, id => id < 0 || id >= vocabulary) is >= 0 and var at)
            {
                throw new TSpinException(
                    $"{source}:{number}: tokens[{at}] is {line.Tokens[at]}, but the model has the ids 0 to "
                    + $"{vocabulary - 1} (vocab_size {vocabulary}). Give responses that were generated with this model's tokenizer.");
            }
        }

        if (prompts.FirstOrDefault(prompt => !seen.ContainsKey(prompt.Index)) is { Ids: not null } missing)
        {
            throw new TSpinException(
                $"{source}: has no response to index {missing.Index} ({Excerpt.Of(missing.Text)}). {cure}");
        }

        return (unasked.Count, unasked.FirstOrDefault());
    }
}
