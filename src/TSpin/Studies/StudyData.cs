using System.Collections.Concurrent;
using TSpin.Data;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// The annotated examples of a study. Where the recipe keeps a part of them for validation, that part is divided off
/// once for each seed, out of all examples, before amounts are taken of the rest: so every amount is chosen by the same
/// examples, and a larger amount contains the smaller.
/// </summary>
/// <param name="folder">Where the parts are written.</param>
internal sealed class StudyData(string folder)
{
    private readonly ConcurrentDictionary<string, DataSettings> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Refuses a cell that asks for more examples than there are; writes nothing.</summary>
    /// <param name="cell">The cell.</param>
    /// <exception cref="TSpinException">There are fewer, or the data cannot be read.</exception>
    public void Require(StudyCell cell)
    {
        var count = _counts.GetOrAdd(KeyOf(cell.Recipe), _ => Divided(cell.Recipe).Training.Count);
        if (cell.Examples > count)
        {
            throw new TSpinException(
                $"{string.Join(", ", cell.Recipe.Data.Train)}: {cell.Examples} examples are asked for (examples), and there are {count}"
                + $"{(cell.Recipe.Data.Validation is { } words && !ValidationSplit.IsFile(words) ? $" besides those of data.validation {words}" : "")}. Lower examples, or give more data.");
        }
    }

    /// <summary>The recipe on the study's own files.</summary>
    /// <param name="cell">The cell.</param>
    /// <returns>Its recipe; the same where nothing is divided off.</returns>
    /// <exception cref="TSpinException">The data cannot be read, or hold fewer examples than the cell trains on.</exception>
    public Recipe Prepare(StudyCell cell)
    {
        Require(cell);
        var recipe = cell.Recipe;
        var key = KeyOf(recipe);
        return recipe with { Data = _known.GetOrAdd(key, _ => Write(recipe, key)) with { Examples = recipe.Data.Examples } };
    }

    private static bool WithRejected(Recipe recipe) => recipe.Method.Uses(ResponseRole.Rejected);

    private static string KeyOf(Recipe recipe) =>
        $"{RecipeWriter.Write(new Recipe { Data = recipe.Data with { Examples = null } })}\n{WithRejected(recipe)}\n{recipe.Seed}";

    private static (IReadOnlyList<AnnotatedExample> All, IReadOnlyList<AnnotatedExample> Training, IReadOnlyList<AnnotatedExample> Validation) Divided(Recipe recipe)
    {
        var data = recipe.Data;
        var all = ExampleReader.ReadSubset(data.Train, data.Format, data.SkipBad, data.Columns, count: null, recipe.Seed, data.Turns, WithRejected(recipe)).Examples;
        if (data.Validation is not { } words || ValidationSplit.IsFile(words))
        {
            return (all, all, []);
        }

        var (training, validation) = ValidationSplit.Parse(words).Divide(all, recipe.Seed);
        return (all, training, validation);
    }

    private DataSettings Write(Recipe recipe, string key)
    {
        if (recipe.Data.Validation is not { } words || ValidationSplit.IsFile(words))
        {
            return recipe.Data with { Examples = null };
        }

        var (withRejected, (all, training, validation)) = (WithRejected(recipe), Divided(recipe));
        var at = Path.Combine(folder, FormattableString.Invariant($"seed-{recipe.Seed}-{SharedKeys.HashOf(ExampleLine.Of(all).Prepend<object>(key))[..12]}"));
        var (train, kept) = (Path.Combine(at, "train.jsonl"), Path.Combine(at, "validation.jsonl"));
        var asTurns = ExampleWriter.WritesTurns(all);
        ExampleWriter.Write(train, training, asTurns, withRejected);
        ExampleWriter.Write(kept, validation, asTurns, withRejected);
        return new DataSettings
        {
            Train = [train],
            Validation = kept,
            Format = withRejected ? DataFormat.Preference : asTurns ? DataFormat.Messages : DataFormat.PromptResponse,
            Turns = asTurns ? AnnotatedTurns.Last : AnnotatedTurns.First,
        };
    }
}
