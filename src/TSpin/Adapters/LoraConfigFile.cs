using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Files;

namespace TSpin.Adapters;

/// <summary>Reads and writes <c>adapter_config.json</c> as PEFT 0.21 does. What changes the computation and is not done here is refused by name.</summary>
internal static class LoraConfigFile
{
    public const string Name = "adapter_config.json";

    // What has no bearing on what an adapter computes, whatever it says.
    private static readonly HashSet<string> Idle =
    [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_type", "peft_version", "revision", "task_type", "megatron_core", "loftq_config", "qalora_group_size", "eva_config",
        "corda_config", "lora_ga_config", "fan_in_fan_out", "r", "lora_alpha", "lora_dropout", "use_rslora", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "rank_pattern",
        "alpha_pattern", "bias", "init_lora_weights",
    ];

    public static LoraConfig Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonTexts.Require(document.RootElement);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be read: {error.Message} An adapter's folder holds {Name} and adapter_model.safetensors.", error);
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}: not JSON: {error.Message} Fetch the adapter again.", error);
        }

        using (document)
        {
            try
            {
                return Read(document.RootElement, path);
            }
            catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentException)
            {
                throw new TSpinException($"{path}: a field has another type than PEFT writes: {error.Message} Fetch the adapter again.", error);
            }
        }
    }

    public static void Write(string folder, LoraConfig config)
    {
        var json = new JsonObject
        {
            ["alpha_pattern"] = new JsonObject(config.AlphaPattern.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value))),
            ["auto_mapping"] = null,
            ["base_model_name_or_path"] = config.BaseModel,
            ["bias"] = "none",
            ["exclude_modules"] = config.ExcludedModules.Count == 0 ? null : config.ExclusionIsPattern ? config.ExcludedModules[0] : List(config.ExcludedModules),
            ["fan_in_fan_out"] = config.FanInFanOut,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["layers_pattern"] = config.LayersPattern.Count == 0 ? null : List(config.LayersPattern),
            ["layers_to_transform"] = config.Layers is null ? null : new JsonArray([.. config.Layers.Select(layer => JsonValue.Create(layer))]),
            ["lora_alpha"] = config.Alpha == Math.Floor(config.Alpha) && Math.Abs(config.Alpha) < 1e15 ? (long)config.Alpha : config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = config.Rank,
            ["rank_pattern"] = new JsonObject(config.RankPattern.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value))),
            ["revision"] = null,
            ["target_modules"] = config.TargetsArePattern || config.TargetModules is [LoraConfig.AllLinear] ? config.TargetModules[0] : List(config.TargetModules),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = config.UseRsLora,
        };
        AtomicFile.WriteText(Path.Combine(folder, Name), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");

        static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => JsonValue.Create(item))]);
    }

    private static LoraConfig Read(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Fault("is no object", "Fetch the adapter again.");
        }

        if (Text("peft_type") is { } type && type != "LORA")
        {
            throw Fault($"peft_type is {Excerpt.Of(type)}", "Only LORA adapters are read.");
        }

        if (Text("bias") is { } bias && bias != "none")
        {
            throw Fault($"bias is {Excerpt.Of(bias)}: it trains biases of the base beside the adapter", "Only bias \"none\" is read. Train the adapter anew with it, or merge this one with PEFT (merge_and_unload) and use the model.");
        }

        if (Get("init_lora_weights") is { ValueKind: JsonValueKind.String } init && init.GetString() is var way && way is not ("gaussian" or "orthogonal" or "eva"))
        {
            throw Fault($"init_lora_weights is {Excerpt.Of(way)}, which changes the base model's weights", "Convert the adapter to an ordinary one with PEFT (save_pretrained(..., path_initial_model_for_weight_conversion=...)).");
        }

        foreach (var property in json.EnumerateObject())
        {
            if (!Idle.Contains(property.Name) && IsSet(property.Value))
            {
                throw Fault($"{property.Name} is set ({Excerpt.Of(property.Value.GetRawText(), 60)})", "Such adapters are not read: nothing is approximated. Merge the adapter with PEFT (merge_and_unload) and use the model.");
            }
        }

        var (targets, isPattern) = Modules("target_modules");
        var (excluded, exclusionIsPattern) = Modules("exclude_modules");
        if (targets.Count == 0)
        {
            throw Fault("target_modules is missing", "Name the modules; PEFT writes them when it saves an adapter.");
        }

        var layers = Get("layers_to_transform") switch
        {
            { ValueKind: JsonValueKind.Number } one => [one.GetInt32()],
            { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(item => item.GetInt32())],
            _ => (IReadOnlyList<int>?)null,
        };
        if (layers is not null && isPattern)
        {
            throw Fault("layers_to_transform stands beside a target_modules that is a pattern", "PEFT takes one or the other.");
        }

        IReadOnlyList<string> layersPattern = Get("layers_pattern") switch
        {
            { ValueKind: JsonValueKind.String } one => one.GetString() is { Length: > 0 } text ? [text] : [],
            { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(item => item.GetString() ?? "")],
            _ => [],
        };
        if (layersPattern.Count > 0 && layers is not { Count: > 0 })
        {
            throw Fault("layers_pattern stands without layers_to_transform", "PEFT takes it only beside the numbers of the layers.");
        }

        var config = new LoraConfig
        {
            Rank = Get("r") is { ValueKind: not JsonValueKind.Null } rank ? rank.GetInt32() : 8,
            Alpha = Get("lora_alpha") is { ValueKind: not JsonValueKind.Null } alpha ? alpha.GetDouble() : 8,
            UseRsLora = Get("use_rslora") is { ValueKind: JsonValueKind.True },
            TargetModules = targets,
            TargetsArePattern = isPattern && !string.Equals(targets[0], LoraConfig.AllLinear, StringComparison.OrdinalIgnoreCase),
            ExcludedModules = excluded,
            ExclusionIsPattern = exclusionIsPattern,
            Layers = layers is { Count: 0 } ? null : layers,
            LayersPattern = layersPattern,
            RankPattern = Pattern("rank_pattern", value => value.GetInt32()),
            AlphaPattern = Pattern("alpha_pattern", value => value.GetDouble()),
            Dropout = Get("lora_dropout") is { ValueKind: not JsonValueKind.Null } dropout ? dropout.GetDouble() : 0,
            FanInFanOut = Get("fan_in_fan_out") is { ValueKind: JsonValueKind.True },
            BaseModel = Text("base_model_name_or_path"),
        };
        var ranks = config.RankPattern.Values.Append(config.Rank).ToArray();
        if (ranks.FirstOrDefault(rank => rank is < 1 or > 65536, 1) is var wrong and not 1)
        {
            throw Fault($"r is {wrong}", "A rank is a whole number from 1 to 65536.");
        }

        if (!(config.Dropout is >= 0 and < 1))
        {
            throw Fault($"lora_dropout is {config.Dropout}", "It is a share in [0, 1).");
        }

        return config.AlphaPattern.Values.Append(config.Alpha).All(double.IsFinite) ? config : throw Fault("lora_alpha is not finite", "Fetch the adapter again.");

        JsonElement? Get(string name) => json.TryGetProperty(name, out var value) ? value : null;

        string? Text(string name) => Get(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

        (IReadOnlyList<string> Names, bool IsPattern) Modules(string name) => Get(name) switch
        {
            { ValueKind: JsonValueKind.String } one => ([one.GetString()!], true),
            { ValueKind: JsonValueKind.Array } several => ([.. several.EnumerateArray().Select(item => item.GetString() ?? "").Order(StringComparer.Ordinal)], false),
            _ => ([], false),
        };

        Dictionary<string, T> Pattern<T>(string name, Func<JsonElement, T> read) => Get(name) is { ValueKind: JsonValueKind.Object } patterns
            ? patterns.EnumerateObject().ToDictionary(item => item.Name, item => read(item.Value), StringComparer.Ordinal) : [];

        TSpinException Fault(string what, string cure) => new($"{path}: {what}. {cure}");
    }

    private static bool IsSet(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.String => value.GetString()!.Length > 0,
        _ => true,
    };
}
