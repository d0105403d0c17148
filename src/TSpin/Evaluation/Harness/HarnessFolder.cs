using TSpin.Evaluation.InstructionFollowing;
using YamlDotNet.RepresentationModel;

namespace TSpin.Evaluation.Harness;

/// <summary>
/// What belongs to lm-evaluation-harness itself and is read from the user's copy of it: the descriptions and examples of BBH (<c>bbh_mc/*.yaml</c>) and the four examples of MATH
/// (<c>math_fewshot.json</c>, or <c>math/utils.py</c> as in its <c>tasks/leaderboard</c>).
/// </summary>
/// <param name="path">Its folder <c>tasks/leaderboard</c>, or one that holds these. Null: the user has named none.</param>
public sealed class HarnessFolder(string? path)
{
    /// <summary>Where to get it, for messages.</summary>
    internal const string Cure =
        "Fetch it with git clone https://github.com/EleutherAI/lm-evaluation-harness (MIT), and give its folder lm_eval/tasks/leaderboard with --harness, or as harness/ in the data folder.";

    /// <summary>The examples that a data folder may have beside its datasets.</summary>
    /// <param name="named">What the user named; null for nothing.</param>
    /// <param name="data">The data folder.</param>
    /// <param name="langdetect">As for <see cref="LinguisticTools.Of"/>.</param>
    /// <param name="punkt">As for <see cref="LinguisticTools.Of"/>.</param>
    /// <returns>The named one, else <c>harness</c> in the data folder where that is there.</returns>
    public static HarnessFolder Of(string? named, string data, string? langdetect = null, string? punkt = null)
    {
        var beside = System.IO.Path.Combine(data, "harness");
        return new HarnessFolder(named ?? (Directory.Exists(beside) ? beside : null))
        {
            Tools = new(() => LinguisticTools.Of(langdetect, punkt)),
        };
    }

    /// <summary>What judges IFEval's languages and sentences. Default: what comes with TSpin.</summary>
    internal Lazy<LinguisticTools> Tools { get; private init; } = new(() => LinguisticTools.Default);

    /// <summary>The folder; null where there is none.</summary>
    public string? Path { get; } = path;

    /// <summary>A task of BBH.</summary>
    /// <param name="name">Its name without <c>leaderboard_bbh_</c>.</param>
    /// <returns>Description, choices, examples.</returns>
    /// <exception cref="TSpinException">There is no such file, or it is damaged.</exception>
    internal (string Description, IReadOnlyList<string> Choices, IReadOnlyList<TaskRow> Shots) BigBench(string name)
    {
        var file = Find($"bbh_mc/{name}.yaml", $"leaderboard_bbh_{name} needs the harness' description and examples");
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(file)));
            var root = (YamlMappingNode)yaml.Documents[0].RootNode;
            var samples = (YamlSequenceNode)root["fewshot_config"]["samples"];
            return ((string)root["description"]!, [.. ((YamlSequenceNode)root["doc_to_choice"]).Select(choice => (string)choice!)],
                [.. samples.Select((sample, i) => Row(file, i, [("input", (string)sample["input"]!), ("target", (string)sample["target"]!)]))]);
        }
        catch (Exception error) when (error is YamlDotNet.Core.YamlException or InvalidCastException or KeyNotFoundException or ArgumentException)
        {
            throw new TSpinException($"{file}: is no task of BBH as the harness has it (description, doc_to_choice, fewshot_config.samples): {error.Message}. {Cure}", error);
        }
    }

    /// <summary>The examples of MATH.</summary>
    /// <returns>Rows with problem and solution.</returns>
    /// <exception cref="TSpinException">There is no such file, or it is damaged.</exception>
    internal IReadOnlyList<TaskRow> Mathematics()
    {
        const string need = "leaderboard_math_hard needs the harness' four examples";
        if (Path is { } folder && File.Exists(System.IO.Path.Combine(folder, "math_fewshot.json")))
        {
            return [.. new DatasetFolder(System.IO.Path.Combine(folder, "math_fewshot.json")).Rows(new TaskData("math_fewshot", Test: "math"), "math")];
        }

        var file = Find("math/utils.py", need);
        var text = File.ReadAllText(file);
        var at = text.IndexOf("def list_fewshot_samples", StringComparison.Ordinal);
        at = at < 0 ? -1 : text.IndexOf("return [", at, StringComparison.Ordinal);
        return at >= 0 && PythonLiteral.Dictionaries(text, at + "return ".Length) is { Count: > 0 } shots
            ? [.. shots.Select((shot, i) => Row(file, i, [.. shot.Select(field => (field.Key, field.Value))]))]
            : throw new TSpinException($"{file}: has no list_fewshot_samples as the harness does. {Cure}");
    }

    private static TaskRow Row(string file, int number, (string Name, string Value)[] fields) => new(
        System.Text.Json.JsonSerializer.SerializeToElement(new OrderedDictionary<string, string>(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)))), $"{file}, example {number + 1}");

    private string Find(string file, string need)
    {
        if (Path is null)
        {
            throw new TSpinException($"{need}, which are not part of TSpin. {Cure}");
        }

        string[] places = ["", "lm_eval/tasks/leaderboard", "tasks/leaderboard", "leaderboard"];
        return places.Select(place => System.IO.Path.Combine(Path, place, file)).FirstOrDefault(File.Exists)
            ?? throw new TSpinException($"{Path}: has no {file}; {need}. {Cure}");
    }
}
