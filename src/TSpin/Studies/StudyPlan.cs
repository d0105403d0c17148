using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Recipes;
using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>All cells of a study, in the order in which they are run: seed by seed, so that at any moment whole seeds
/// can be compared.</summary>
public sealed class StudyPlan
{
    private StudyPlan(StudySettings study, IReadOnlyList<StudyCell> cells) => (Study, Cells) = (study, cells);

    /// <summary>The study.</summary>
    public StudySettings Study { get; }

    /// <summary>The cells.</summary>
    public IReadOnlyList<StudyCell> Cells { get; }

    /// <summary>Amounts of examples, ascending; null for all.</summary>
    public IReadOnlyList<int?> Amounts => AmountsOf(Study);

    /// <summary>Lays out the cells, and checks the recipe of each.</summary>
    /// <param name="study">The study.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="RecipeException">A cell's recipe has faults: names them at their places.</exception>
    /// <exception cref="TSpinException">The recipe does not measure what the study chooses or reports by.</exception>
    public static StudyPlan Of(StudySettings study)
    {
        var cells = new List<StudyCell>();
        foreach (var seed in study.Seeds)
        {
            foreach (var amount in AmountsOf(study))
            {
                foreach (var (setting, method) in Interleaved(study))
                {
                    cells.Add(CellOf(study, method.Method, method.Setting, setting, amount, seed));
                }
            }
        }

        foreach (var cell in cells)
        {
            Require(study, cell.Recipe);
        }

        return new StudyPlan(study, cells);
    }

    /// <summary>The same cells with other recipes: with what hubs have brought here.</summary>
    /// <param name="change">Gives a recipe's place.</param>
    /// <returns>The plan.</returns>
    public StudyPlan With(Func<Recipe, Recipe> change) => new(Study, [.. Cells.Select(cell => cell with { Recipe = change(cell.Recipe) })]);

    private static IReadOnlyList<int?> AmountsOf(StudySettings study) => study.Examples.Count == 0 ? [null] : [.. study.Examples.Order().Select(count => (int?)count)];

    // Setting by setting, each for all methods: none is ahead of another when time runs out.
    private static IEnumerable<(int Number, (StudyMethod Method, StudySetting Setting) Method)> Interleaved(StudySettings study)
    {
        var settings = study.Methods.Select(method => (Method: method, All: StudySetting.AllOf(method.Grid ?? study.Grid))).ToArray();
        for (var i = 0; i < settings[0].All.Count; i++)
        {
            foreach (var (method, all) in settings)
            {
                yield return (i + 1, (method, all[i]));
            }
        }
    }

    private static StudyCell CellOf(StudySettings study, StudyMethod method, StudySetting setting, int number, int? amount, ulong seed)
    {
        var keys = MappingNode.Merge(MappingNode.Merge(study.Recipe!, method.Set), setting.Set);
        var recipe = RecipeReader.Bind(keys with { Place = study.Recipe!.Place });
        return new StudyCell(method.Name, setting.Text, number, amount, seed, recipe with
        {
            Name = "cell",
            Seed = seed,
            Data = recipe.Data with { Examples = amount },
            Evaluation = recipe.Evaluation with { Distance = recipe.Evaluation.Distance ?? (study.Distance > 0 ? study.Distance : null) },
            Output = recipe.Output with { Directory = Path.Combine(study.Folder, "cells") },
        });
    }

    private static void Require(StudySettings study, Recipe recipe)
    {
        var chosen = CheckpointChoice.TaskOf(study.ChooseOn);
        if (chosen == ValidationTask.TaskName && recipe.Data.Validation is null)
        {
            throw new TSpinException($"{study.File}: choose_on is {study.ChooseOn}, but the recipe keeps no examples for it. Set data.validation in the recipe (a count, a share or a file), or choose on another task than those reported.");
        }

        if (recipe.Evaluation.Examples is { } some)
        {
            throw new TSpinException($"{study.File}: evaluation.examples is {some}, which takes other problems under each seed. Leave it out and name a file of that many in evaluation.data, so that all cells are asked the same.");
        }

        if (recipe.Data.Prompts is not null && recipe.Data.Validation is { } words && !ValidationSplit.IsFile(words))
        {
            throw new TSpinException($"{study.File}: data.prompts cannot stand beside data.validation {words}: the study divides the examples into files of its own, whose layout the prompts would have to have. Name a file in data.validation, of examples that are not in data.train.");
        }

        if (recipe.Evaluation.Data is null && recipe.Evaluation.Datasets is null && !recipe.Evaluation.Tasks.Any(TaskFile.IsOne))
        {
            throw new TSpinException($"{study.File}: the recipe measures nothing to report. Name test examples in evaluation.data, or tasks and evaluation.datasets.");
        }
    }
}
