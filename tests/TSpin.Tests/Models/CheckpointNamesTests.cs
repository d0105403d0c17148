using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>The names, prefixes and heads under which checkpoints are published.</summary>
public sealed class CheckpointNamesTests
{
    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_body_without_its_prefix_and_head_has_the_same_hidden_states_and_no_logits(string name)
    {
        var config = SmallModels.All[name] with { TieEmbeddings = false };
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(config, folder.Path);
        Save(folder, decoder, file => file == config.Modules.InFiles(ParameterShapes.Head(config)) ? null : file[config.Modules.BodyPrefix.Length..]);

        using var body = DecoderLoader.Load(folder.Path);

        body.HasHead.ShouldBeFalse();
        Hidden(body).ShouldBe(Hidden(decoder));
        body.Weights.Names.ShouldBe(decoder.Weights.Names.Where(parameter => parameter != ParameterShapes.Head(config)));
        using var scope = new TensorScope();
        var fault = Should.Throw<TSpinException>(() => body.Logits(Tensor.Zeros([1, config.HiddenSize])));
        fault.Message.ShouldContain(config.Family);
        fault.Message.ShouldContain("output head");
        using var narrow = body.ForInference(DType.BFloat16);
        narrow.HasHead.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Saving_a_loaded_checkpoint_gives_its_bytes_back(string name)
    {
        var config = SmallModels.All[name];
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        using (var decoder = SmallModels.Decoder(config, SmallModels.Weights(config)))
        {
            DecoderConfigWriter.Write(config, first.Path);
            DecoderSaver.SaveWeights(decoder, first.Path);
        }

        using var loaded = DecoderLoader.Load(first.Path);
        DecoderSaver.SaveWeights(loaded, second.Path);

        File.ReadAllBytes(second["model.safetensors"]).ShouldBe(File.ReadAllBytes(first["model.safetensors"]));
    }

    [Fact]
    public void GPT_NeoX_has_one_name_for_its_head_in_files_and_another_in_memory()
    {
        var config = SmallModels.All["gpt_neox, parallel"];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(config, folder.Path);
        DecoderSaver.SaveWeights(decoder, folder.Path);

        using (var weights = WeightFolder.Open(folder.Path))
        {
            weights.Tensors.Keys.ShouldContain("embed_out.weight");
            weights.Tensors.Keys.ShouldNotContain("lm_head.weight");
        }

        decoder.Parameters.Keys.ShouldContain("lm_head.weight");
        using var loaded = DecoderLoader.Load(folder.Path);
        loaded.HasHead.ShouldBeTrue();
    }

    [Theory]
    [InlineData("language_model.model.", "language_model.lm_head.weight", false)]
    [InlineData("model.language_model.", "lm_head.weight", false)]
    [InlineData("model.language_model.", "lm_head.weight", true)]
    public void The_text_part_of_a_model_that_sees_images_is_found_and_saved_as_a_model_of_its_own(string prefix, string head, bool tied)
    {
        var config = SmallModels.All["gemma3_text, two ropes"] with { TieEmbeddings = tied };
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var folder = new TemporaryFolder();
        using var saved = new TemporaryFolder();
        var text = DecoderConfigWriter.ToJson(config);
        File.WriteAllText(folder["config.json"], new JsonObject { ["model_type"] = "gemma3", ["vision_config"] = new JsonObject(), ["text_config"] = text }.ToJsonString());
        using (var scope = new TensorScope())
        {
            ShardedWriter.Write(folder.Path, decoder.Weights.Names
                .Select(name => (Name: name == "lm_head.weight" ? head : prefix + name["model.".Length..], Tensor: decoder.Parameters[name]))
                .Append((Name: "vision_tower.vision_model.embeddings.patch_embedding.bias", Tensor: Tensor.Zeros([3])))
                .Select(pair => DecoderSaver.Weight(pair.Name, pair.Tensor, DType.Float32)));
        }

        using var part = DecoderLoader.Load(folder.Path);
        TSpin.Checkpoints.CheckpointFolder.Write(saved["checkpoint"], folder.Path, to => DecoderSaver.SaveWeights(part, to));
        using var alone = DecoderLoader.Load(saved["checkpoint"]);

        Hidden(part).ShouldBe(Hidden(decoder));
        Hidden(alone).ShouldBe(Hidden(decoder));
        part.HasHead.ShouldBeTrue();
        JsonNode.Parse(File.ReadAllText(saved["checkpoint", "config.json"]))!["architectures"]![0]!.GetValue<string>().ShouldBe("Gemma3ForCausalLM");
    }

    [Fact]
    public void A_stored_head_that_differs_from_the_embedding_it_should_be_tied_to_is_used()
    {
        var config = SmallModels.Base with { TieEmbeddings = true };
        var untied = config with { TieEmbeddings = false };
        using var decoder = SmallModels.Decoder(untied, SmallModels.Weights(untied));
        using var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(config, folder.Path);
        DecoderSaver.SaveWeights(decoder, folder.Path);

        using (var loaded = DecoderLoader.Load(folder.Path))
        {
            loaded.Config.TieEmbeddings.ShouldBeFalse();
            loaded.Weights.Names.ShouldContain("lm_head.weight");
        }

        using (var scope = new TensorScope())
        {
            decoder.Parameters["lm_head.weight"].CopyFrom(decoder.Parameters["model.embed_tokens.weight"]);
        }

        File.Delete(folder["model.safetensors"]);
        DecoderSaver.SaveWeights(decoder, folder.Path);
        using var tied = DecoderLoader.Load(folder.Path);
        tied.Config.TieEmbeddings.ShouldBeTrue();
        tied.Weights.Names.ShouldNotContain("lm_head.weight");
    }

    [Fact]
    public void More_tokens_than_learned_positions_are_refused()
    {
        var config = SmallModels.All["gpt2"];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var ids = Tensor.Zeros([1, 65], DType.Int64);

        Should.Throw<TSpinException>(() => decoder.Hidden(ids, AttentionLayout.Causal(65, Device.Cpu))).Message.ShouldContain("64 positions");
    }

    private static void Save(TemporaryFolder folder, Decoder decoder, Func<string, string?> rename) => ShardedWriter.Write(
        folder.Path,
        decoder.Weights.Names.Select(name => (Name: rename(decoder.Config.Modules.InFiles(name)), Tensor: decoder.Parameters[name]))
            .Where(pair => pair.Name is not null).Select(pair => DecoderSaver.Weight(pair.Name!, pair.Tensor, DType.Float32)));

    private static float[] Hidden(Decoder decoder)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        return decoder.Hidden(Tensor.From<long>([3L, 5, 7, 11], [1, 4]), AttentionLayout.Causal(4, Device.Cpu)).ToArray<float>();
    }
}
