namespace TSpin.Models.Families;

/// <summary>Phi-3, 3.5 and 4: fused projections.</summary>
internal static class PhiFamily
{
    public static readonly ModelFamily Phi3 = new()
    {
        Name = "phi3",
        Architecture = "Phi3ForCausalLM",
        Defaults = new()
        {
            VocabularySize = 32064,
            HiddenSize = 3072,
            IntermediateSize = 8192,
            MaxPositions = 4096,
            NormEpsilon = 1e-5,
            EosId = 32000,
            PartialRotaryFactor = 1,
            OriginalPositions = 4096,
        },
        Ropes = (json, config, defaults) =>
        {
            var settings = RopeReader.Read(json, config, defaults);
            return settings.Scaling is null or LongRope
                ? [.. Enumerable.Repeat(settings, config.LayerCount)]
                : throw json.Fault("rope_scaling", $"rope type '{settings.Scaling.Name}' is none of phi3's; known are default and longrope.");
        },
        Differences = (json, config) => config with
        {
            Windows = [.. Enumerable.Repeat(json.OptionalCount("sliding_window"), config.LayerCount)],
            Modules = ModuleNames.Llama with { QueryKeyValue = "self_attn.qkv_proj", Gate = null, GateUp = "mlp.gate_up_proj" },
        },
        Words = (config, json) =>
        {
            ModelFamily.Heads(config, json);
            ConfigWords.Window(config, json);
            json["partial_rotary_factor"] = ConfigWords.PartOfHead(config);
            json["original_max_position_embeddings"] = config.Ropes[0]!.Scaling is LongRope lengths ? lengths.Positions : config.MaxPositions;
        },
    };
}
