using Shouldly;
using TSpin.Objectives;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Recipes;

public sealed class RecipeSchemaTests
{
    private const string Introduction = """
        # Recipes

        A recipe is a YAML file that decides a run. This page is generated from the tables that read recipes
        (`RecipeTables.cs`); the test `RecipeSchemaTests` fails when it is out of date, and writes it anew when the
        environment variable `TSPIN_UPDATE_DOCS` is `1`.

        - Two fields must be stated, `model.path` and `data.train`; [recipes/minimal.yaml](../recipes/minimal.yaml) has
          nothing else of weight. A run writes the effective recipe, with every default, into its folder.
        - `extends: other.yaml` builds upon another recipe: what this one states wins, key by key.
        - `--set key.path=value` on the command line wins over the file; several are applied in order. A value that
          starts with `[`, `"` or `'` is read as YAML (`--set 'generation.stop=["\n"]'`); any other is taken as it
          stands.
        - Relative paths start from the folder of the file that states them, those in `--set` from the current
          directory; `~` is the home folder.
        - All faults are reported together, each as `file:line:column: field: what is wrong; the cure`, before anything
          is computed. Unknown keys are refused.
        - YAML's anchors, aliases and tags are refused; a recipe is one document of at most 1 MiB.

        ## Outermost keys


        """;

    [Fact]
    public void The_reference_page_is_up_to_date()
    {
        var path = Path.Combine(SharedFolder.RepositoryRoot, "docs", "recipes.md");
        var expected = Introduction.ReplaceLineEndings("\n") + RecipeSchema.ToMarkdown(RecipeSchema.Entries);
        if (Environment.GetEnvironmentVariable("TSPIN_UPDATE_DOCS") == "1")
        {
            TSpin.Files.AtomicFile.WriteText(path, expected);
        }

        File.ReadAllText(path).ShouldBe(expected, "run this test with TSPIN_UPDATE_DOCS=1 to write docs/recipes.md anew");
    }

    [Fact]
    public void The_help_text_names_every_key_with_type_range_and_default()
    {
        var text = RecipeSchema.ToText(RecipeSchema.Entries);
        text.ShouldContain("  training.learning_rate  (number, or a list, (0, 1], default 5e-7)\n      Peak learning rate");
        text.ShouldContain("  model.path  (path, a Hugging Face model folder or .gguf file, or hub:org/name, must be stated)\n");
        text.ShouldContain("  checkpoints.max_shard_bytes  (size, bytes in [1000000, 1000000000000], or with KB, MB, GB, KiB, MiB, GiB, default 5GB)\n");
    }

    [Fact]
    public void Every_property_of_the_records_has_a_key()
    {
        // Numbers of single methods have keys of their own, and a schedule shares its key with the single number.
        // One property without a key would be a setting that no recipe can reach.
        string[] shared = [nameof(ObjectiveSettings.OfMethods), nameof(ObjectiveSettings.AlphaSchedule),
            nameof(ObjectiveSettings.BetaSchedule), nameof(ObjectiveSettings.LambdaSchedule)];
        var properties = Count(typeof(Recipe)) + Methods.OfTheProgram.SelectMany(method => method.Settings).Distinct()
            .Count();
        RecipeSchema.Entries.Count.ShouldBe(properties);

        int Count(Type type) => type.GetProperties()
            .Where(property => property.CanWrite && !shared.Contains(property.Name)).Sum(property =>
            1 + (property.PropertyType.Name.EndsWith("Settings", StringComparison.Ordinal) ? Count(property.PropertyType) : 0));
    }
}
