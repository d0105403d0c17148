using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Recipes;
using TSpin.Recipes.Binding;

namespace TSpin.Studies;

/// <summary>
/// Reads studies: YAML as recipes are, with <c>extends</c>, all faults at once, and relative paths from the file's
/// folder.
/// </summary>
public static class StudyFile
{
    private const string Kind = "study";
    private const string Page = "docs/study.md";

    // Before the table that uses it.
    private static readonly ValueKind<string> Score = Kinds.Text(
        "TASK, TASK/METRIC or TASK/METRIC,FILTER",
        text => CheckpointChoice.FaultOf(text));

    private static readonly RecipeFormat<StudySettings> Format = new(Keys(), Check, Kind, Page);

    /// <summary>Every key, sections before their keys.</summary>
    public static IReadOnlyList<SchemaEntry> Schema => Format.Schema;

    /// <summary>Reads a study.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Texts <c>key=value</c>, as <c>--set</c> takes them.</param>
    /// <returns>The study.</returns>
    /// <exception cref="RecipeException">Anything is wrong with the file; all faults are in it.</exception>
    public static StudySettings Read(string path, IEnumerable<string> overrides) => Named(Format.Read(path, overrides), path);

    /// <summary>Parses a study's text.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="sourceName">What faults call it; relative paths start from its folder part.</param>
    /// <returns>The study.</returns>
    /// <exception cref="RecipeException">Anything is wrong with it; all faults are in it.</exception>
    public static StudySettings Parse(string text, string sourceName) => Named(Format.Parse(text, sourceName, []), sourceName);

    private static StudySettings Named(StudySettings study, string path) => study with
    {
        Name = study.Name.Length > 0 ? study.Name : Path.GetFileNameWithoutExtension(path),
        File = path,
    };

    private static Section<StudySettings> Keys() => new Section<StudySettings>("A study: methods x amounts of data x seeds x settings.")
        .Field("name", Kinds.Text("a-z 0-9 - _ .", text => text.Length == 0 || IsName(text) ? null : $"{YamlText.Show(text, quoted: true)} is no name; use 1 to 60 of a-z 0-9 - _ . and start with a letter or digit"),
            r => r.Name, (r, v) => r with { Name = v }, "What the study is called; empty: as its file.")
        .Required("recipe", new StudyRecipeKind(), r => r.Recipe!, (r, v) => r with { Recipe = v },
            "The recipe that all cells share: a file, or its keys.")
        .Required("methods", Kinds.ListOf(new StudyMethodKind(), 1, 100), r => r.Methods, (r, v) => r with { Methods = v },
            "What is compared: names of methods, or groups of name, method, set (keys of the recipe) and grid.")
        .Field("examples", Kinds.ListOf(Kinds.Integer("[1, 1000000000]"), 0, 100), r => r.Examples, (r, v) => r with { Examples = v },
            "Amounts of examples to train on; under each seed a larger one contains the smaller. []: all.")
        .Required("seeds", Kinds.ListOf(Kinds.Seed(), 1, 1000), r => r.Seeds, (r, v) => r with { Seeds = v },
            "Seeds of the runs: of the subsets, the division, the order, the draws.")
        .Field("grid", new StudyGridKind(), r => r.Grid, (r, v) => r with { Grid = v },
            "Keys of the recipe with lists of values; all combinations are tried. A method's own grid takes its place; every method must have as many settings.")
        .Field("choose_on", Score, r => r.ChooseOn, (r, v) => r with { ChooseOn = v },
            "The score that chooses a setting for each method and amount, by its mean over seeds.")
        .Field("report_on", Kinds.ListOf(Score, 0, 100), r => r.ReportOn, (r, v) => r with { ReportOn = v },
            "The scores that are reported and compared. []: the first of every task but that of choose_on.")
        .Field("distance", Kinds.Integer("[0, 100000]"), r => r.Distance, (r, v) => r with { Distance = v },
            "evaluation.distance of every cell where the recipe has none: answers by which the distance from the base is measured. 0: it is not.")
        .Group("drop", new Section<StudyDrop>("Settings that the first seeds show to be poor get no further ones; only settings with all seeds are compared.")
            .Field("after_seeds", Kinds.Optional(Kinds.Integer("[1, 1000]")), r => r.AfterSeeds, (r, v) => r with { AfterSeeds = v },
                "After how many seeds. null: none is dropped.")
            .Field("keep", Kinds.Integer("[1, 1000]"), r => r.Keep, (r, v) => r with { Keep = v },
                "How many settings of each method and amount go on."), r => r.Drop, (r, v) => r with { Drop = v })
        .Group("bootstrap", new Section<StudyBootstrap>("How intervals are drawn: seeds and items at once, with replacement.")
            .Field("resamples", Kinds.Integer("[100, 1000000]"), r => r.Resamples, (r, v) => r with { Resamples = v }, "How often.")
            .Field("seed", Kinds.Seed(), r => r.Seed, (r, v) => r with { Seed = v }, "The seed of the draws."),
            r => r.Bootstrap, (r, v) => r with { Bootstrap = v })
        .Field("keep_weights", Kinds.Flag(), r => r.KeepWeights, (r, v) => r with { KeepWeights = v },
            "Whether the weights of finished cells stay on disk.")
        .Field("output", Kinds.FilePath("folder"), r => r.Output, (r, v) => r with { Output = v },
            "The folder that the study's own is put in.");

    private static void Check(StudySettings study, FaultList faults)
    {
        faults.Require(Twice(study.Methods.Select(method => method.Name)) is not { } method, ["methods"],
            $"two methods are called {Twice(study.Methods.Select(own => own.Name))}; give one of them another name");
        faults.Require(Twice(study.Examples) == 0, ["examples"], $"{Twice(study.Examples)} stands there twice; keep it once");
        faults.Require(study.Seeds.Distinct().Count() == study.Seeds.Count, ["seeds"], $"{Twice(study.Seeds)} stands there twice; keep it once");
        var counts = study.Methods.Select(own => (own.Name, Count: StudySetting.AllOf(own.Grid ?? study.Grid).Count)).ToArray();
        faults.Require(counts.Select(own => own.Count).Distinct().Count() <= 1, ["methods", "grid"],
            $"every method must have as many settings to choose from, else the one with more would win by trying more often; now {string.Join(", ", counts.Select(own => $"{own.Name} has {own.Count}"))}");
        faults.Require(study.Drop.AfterSeeds is not { } after || after < study.Seeds.Count, ["drop.after_seeds", "seeds"],
            $"{study.Drop.AfterSeeds} of {study.Seeds.Count} seeds leaves none for the settings that go on; lower it, or give more seeds");
        var chosen = CheckpointChoice.TaskOf(study.ChooseOn);
        faults.Require(!study.ReportOn.Any(score => CheckpointChoice.TaskOf(score) == chosen), ["report_on", "choose_on"],
            $"{chosen} chooses the settings, so that what it says of the chosen is too good; report on another task");

        static T? Twice<T>(IEnumerable<T> values) => values.GroupBy(value => value).FirstOrDefault(group => group.Count() > 1) is { } group ? group.Key : default;
    }

    private static bool IsName(string text) => text.Length <= 60 && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}
