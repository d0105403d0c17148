using TSpin.Recipes;
using TSpin.Studies;
using TSpin.Tests.SelfPlay;

namespace TSpin.Tests.Studies;

/// <summary>A study over the tiny model: four examples to train on, two for validation, two for the test.</summary>
internal sealed class TinyStudy : IDisposable
{
    private readonly TinyRun _tiny = new();

    public TinyStudy()
    {
        var recipe = _tiny.Recipe();
        File.WriteAllText(_tiny["recipe.yaml"], RecipeWriter.Write(recipe with
        {
            Data = recipe.Data with { Validation = "2" },
            Training = recipe.Training with { Iterations = 1, Epochs = 2, BatchSize = 2 },
        }));
    }

    public string this[params string[] parts] => _tiny[parts];

    /// <summary>The usual one: two methods, two amounts, two seeds.</summary>
    public StudySettings Whole(string name) => Read(name, """
        methods: [sft, tspin]
        examples: [4, 2]
        seeds: [1, 2]
        """);

    /// <summary>A study of its own folder.</summary>
    public StudySettings Read(string name, string keys)
    {
        var path = _tiny[$"{name}.yaml"];
        File.WriteAllText(path, $"""
            recipe: recipe.yaml
            output: {_tiny["studies"]}
            distance: 2
            bootstrap:
              resamples: 200
            {keys}
            """);
        return StudyFile.Read(path, []);
    }

    public void Dispose() => _tiny.Dispose();
}
