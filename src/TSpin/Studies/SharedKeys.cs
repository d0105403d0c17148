using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// Everything that decides what trials share, as text: the recipe without the parts that do not matter, fingerprints of
/// the files, the chosen examples, kernels, libtorch and the other facts of the environment. What is named here without
/// need costs time only; what were missing would be wrong.
/// </summary>
internal sealed class SharedKeys
{
    private readonly Recipe _recipe;
    private readonly string _facts;
    private readonly string _measured;
    private readonly string _prompts;
    private readonly string _examples;
    private readonly string _trained;
    private readonly string _validation;

    /// <param name="recipe">The trial's.</param>
    /// <param name="folder">The trial's.</param>
    public SharedKeys(Recipe recipe, string folder)
    {
        _recipe = recipe with { Name = "run", Output = new(), Logging = new(), Distribution = new(), Checkpoints = new() };
        var inputs = new RunInputs(recipe, new RunFolder(folder), progress: null);
        var device = AvailableDevice.Parse(recipe.Model.Device, "model.device");
        var facts = RunEnvironment.Collect(RunEnvironment.BeginIn(new RunFolder(folder).Environment, recipe.Model.Dtype, inputs.Config.HiddenSize, device), device);
        facts.Remove("memory_bytes");
        // A template may ask for the date.
        facts["prompt"] = inputs.Encoder.Prompts(["1"])[0].Text;
        var files = RunSources.Files(recipe).ToLookup(file => file.Role.StartsWith("evaluation.", StringComparison.Ordinal));
        _facts = JsonSerializer.Serialize(facts, JsonLinesFormat.Default) + "\n"
            + Prints(files[false].Where(file => !IsTraining(file.Role)));
        _trained = Prints(files[false].Where(file => IsTraining(file.Role)));
        _measured = Prints(files[true]);
        var (_, training, validation) = inputs.ReadAnnotated();
        var prepared = PreparedExamples.Of(inputs.Encoder, inputs.Limits, [.. training.Select(example => (example.Asked, example.Response, example.Rejected))]);
        _prompts = HashOf(prepared.Prompts.Select(prompt => prompt.Ids));
        _examples = HashOf(ExampleLine.Of(training));
        _validation = HashOf(ExampleLine.Of(validation));
    }

    /// <summary>What decides the evaluation before iteration 0.</summary>
    public string Evaluation => Key("evaluation", Base() with { Evaluation = _recipe.Evaluation }, FirstStageKey(), _measured, $"validation {_validation}",
        _recipe.Evaluation.Distance is null || _recipe.Evaluation.Data is not null || _recipe.Data.Validation is not null ? "" : $"prompts {_prompts}");

    /// <summary>What decides the responses of iteration 0; null where their prompts are known only after rejection
    /// sampling.</summary>
    public string? Responses => _recipe.Rejection.IsOn ? null
        : Key("responses", Base() with { Generation = _recipe.Generation }, FirstStageKey(), $"prompts {_prompts}");

    /// <summary>What decides the first stage; null where there is none. All that its own recipe states is in it, though
    /// it may not matter, and its data files: a run refuses the folder of another recipe or of other files.</summary>
    public string? Sft => _recipe.Sft.IsOn ? Key(
        "sft", FirstStage.Of(_recipe) with { Data = _recipe.Data with { Train = [] } }, _trained, $"examples {_examples}", $"validation {_validation}") : null;

    /// <summary>64 hexadecimal digits of a text.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>64 hexadecimal digits of records, which are never one text: data may be larger than a text can be.</summary>
    /// <typeparam name="T">What a record is.</typeparam>
    /// <param name="records">The records.</param>
    public static string HashOf<T>(IEnumerable<T> records)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var record in records)
        {
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(record, JsonLinesFormat.Default));
            hash.AppendData("\n"u8);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsTraining(string role) => role.StartsWith("data.train", StringComparison.Ordinal);

    private string FirstStageKey() => Sft is { } key ? $"sft {HashOf(key)}" : "no sft";

    // How long an answer may be limits prompts too.
    private Recipe Base() => new Recipe
    {
        Seed = _recipe.Seed,
        Model = _recipe.Model,
        Prompt = _recipe.Prompt,
        Lora = _recipe.Lora,
        Generation = new() { MaxNewTokens = _recipe.Generation.MaxNewTokens },
        Training = new() { Masters = _recipe.Training.Masters },
        Name = "run",
    };

    private string Key(string kind, Recipe recipe, params string[] more) =>
        $"{kind}\n{RecipeWriter.Write(recipe)}{_facts}{string.Join('\n', more)}\n";

    private static string Prints(IEnumerable<(string Role, string Path)> files) =>
        string.Concat(files.Select(file => $"{file.Role} {FileFingerprint.Of(file.Path)}\n"));
}
