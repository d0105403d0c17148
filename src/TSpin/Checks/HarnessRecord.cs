using System.Text.Json;
using TSpin.Evaluation.Harness;
using TSpin.Files;

namespace TSpin.Checks;

/// <summary>What lm-evaluation-harness recorded of a model: <c>MODEL.jsonl</c>, a header and a line for each sample, and <c>MODEL.results.json</c>, a run's settings and results by its name.</summary>
internal sealed class HarnessRecord
{
    private const string Kind = "lm-evaluation-harness";

    private HarnessRecord(string path, JsonElement header, JsonElement results, IReadOnlyList<JsonElement> samples) => (Path, Header, Results, Samples) = (path, header, results, samples);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its first line.</summary>
    public JsonElement Header { get; }

    /// <summary>Settings and results by run.</summary>
    public JsonElement Results { get; }

    /// <summary>All samples, in the order of the file.</summary>
    public IReadOnlyList<JsonElement> Samples { get; }

    /// <summary>Where the rows are, unless the user says otherwise.</summary>
    public string Data => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, JsonField.Text(Header, "data") ?? "data");

    /// <summary>Names of the runs, in the order of the file.</summary>
    public IReadOnlyList<string> Runs => [.. Samples.Select(sample => JsonField.Text(sample, "run") ?? "").Distinct()];

    /// <summary>Reads both files.</summary>
    /// <exception cref="TSpinException">One is missing or damaged.</exception>
    public static HarnessRecord Read(string path)
    {
        var lines = JsonLinesReader.Read<JsonElement>(path).ToArray();
        if (lines.Length == 0 || lines[0].ValueKind != JsonValueKind.Object || JsonField.Text(lines[0], "record") != Kind)
        {
            throw new TSpinException($"{path}:1: does not begin with the header of a record of {Kind}. Give a MODEL.jsonl as it was recorded.");
        }

        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].ValueKind != JsonValueKind.Object || JsonField.Text(lines[i], "run") is null || JsonField.Text(lines[i], "task") is null || JsonField.Integer(lines[i], "doc_id") is null)
            {
                throw new TSpinException($"{path}:{i + 1}: is no sample with run, task and doc_id. Record it again.");
            }
        }

        return new HarnessRecord(path, lines[0], RecordJson.Read<JsonElement>(System.IO.Path.ChangeExtension(path, ".results.json")), lines[1..]);
    }

    /// <summary>A run's recorded settings and results.</summary>
    /// <exception cref="TSpinException">There are none.</exception>
    public JsonElement Run(string name) => Results.ValueKind == JsonValueKind.Object && Results.TryGetProperty(name, out var run) && run.ValueKind == JsonValueKind.Object ? run
        : throw new TSpinException($"{System.IO.Path.ChangeExtension(Path, ".results.json")}: has no run \"{name}\", so its settings are unknown. Record it again.");

    /// <summary>How a run's tasks were asked.</summary>
    /// <exception cref="TSpinException">A setting is one that is not known here.</exception>
    public HarnessSettings Settings(string name)
    {
        var run = Run(name);
        var settings = new HarnessSettings();
        foreach (var argument in Fields(run, "arguments"))
        {
            settings = argument.Name switch
            {
                "num_fewshot" => settings with { Shots = argument.Value.ValueKind == JsonValueKind.Null ? null : argument.Value.GetInt32() },
                "limit" => settings with { Limit = argument.Value.ValueKind == JsonValueKind.Null ? null : argument.Value.GetDouble() },
                "apply_chat_template" => settings with { AppliesChatTemplate = argument.Value.ValueKind == JsonValueKind.True },
                "fewshot_as_multiturn" => settings with { ShotsAreTurns = argument.Value.ValueKind == JsonValueKind.Null ? null : argument.Value.ValueKind == JsonValueKind.True },
                "system_instruction" => settings with { System = argument.Value.GetString() },
                "fewshot_random_seed" => settings with { ShotSeed = argument.Value.GetInt64() },
                "random_seed" => settings with { Seed = argument.Value.GetInt64() },
                "numpy_random_seed" or "torch_random_seed" or "batch_size" or "bootstrap_iters" or "log_samples" or "device" => settings,
                _ => throw Unknown(name, "arguments", argument),
            };
        }

        foreach (var argument in Fields(run, "gen_kwargs"))
        {
            settings = argument.Name switch
            {
                "max_gen_toks" => settings with { MaxTokens = argument.Value.GetInt32() },
                "until" => settings with { Until = argument.Value.ValueKind == JsonValueKind.String ? [argument.Value.GetString()!] : [.. argument.Value.EnumerateArray().Select(stop => stop.GetString()!)] },
                "do_sample" when argument.Value.ValueKind == JsonValueKind.False => settings,
                "temperature" when JsonField.Number(argument.Value) == 0 => settings,
                _ => throw Unknown(name, "gen_kwargs", argument),
            };
        }

        // Without a template turns mean nothing.
        return settings.AppliesChatTemplate ? settings : settings with { ShotsAreTurns = null };
    }

    private static JsonElement.ObjectEnumerator Fields(JsonElement run, string name) =>
        run.TryGetProperty(name, out var fields) && fields.ValueKind == JsonValueKind.Object ? fields.EnumerateObject() : default;

    private TSpinException Unknown(string run, string where, JsonProperty argument) =>
        new($"{Path}: run {run}: {where}.{argument.Name} = {Excerpt.Of(argument.Value.GetRawText(), 40)} is not known here, so the run could not be repeated.");
}
