using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checkpoints;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Safetensors;
using TSpin.Tests.Generation;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checkpoints;

/// <summary>What travels with a checkpoint, and that its configuration says what was trained.</summary>
public sealed class SavedConfigTests
{
    private static readonly DecoderConfig Config = TinyModel.Config with { EosIds = [2] };

    [Fact]
    public void A_saved_folder_names_the_ends_in_both_files()
    {
        using var folder = Folder();
        SavedConfig.Amend(folder.Path, Config, [2, 7]);
        Ends(folder["config.json"]).ShouldBe([2, 7]);
        Ends(folder["generation_config.json"]).ShouldBe([2, 7]);
        DecoderConfigReader.Read(folder.Path).EosIds.ShouldBe([2, 7]);
    }

    [Fact]
    public void Files_that_say_so_already_keep_every_byte()
    {
        using var folder = Folder();
        var before = File.ReadAllText(folder["config.json"]) + " ";
        File.WriteAllText(folder["config.json"], before);
        File.Delete(folder["generation_config.json"]);
        SavedConfig.Amend(folder.Path, Config);
        File.ReadAllText(folder["config.json"]).ShouldBe(before);
        File.Exists(folder["generation_config.json"]).ShouldBeFalse("config.json says it all");
    }

    [Fact]
    public void Ends_that_only_generation_config_names_stay_and_are_put_into_config_too()
    {
        using var folder = Folder();
        File.WriteAllText(folder["generation_config.json"], """{"top_k": 5, "eos_token_id": [2, 3]}""");
        SavedConfig.Amend(folder.Path, DecoderConfigReader.Read(folder.Path));
        File.ReadAllText(folder["generation_config.json"]).ShouldBe("""{"top_k": 5, "eos_token_id": [2, 3]}""");
        Ends(folder["config.json"]).ShouldBe([2, 3]);
    }

    [Fact]
    public void A_run_with_a_chat_template_leaves_a_folder_that_knows_its_ends_and_every_template()
    {
        using var tiny = new TinyRun();
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(tiny.Model, "tokenizer.json")))!;
        var added = json["added_tokens"]![0]!.DeepClone();
        (added["id"], added["content"]) = (278, "<|im_end|>");
        json["added_tokens"]!.AsArray().Add(added);
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        foreach (var last in vocabulary.Where(token => token.Value!.GetValue<int>() >= 278).Select(token => token.Key).ToArray())
        {
            vocabulary.Remove(last);
        }

        var merges = json["model"]!["merges"]!.AsArray();
        while (merges.Count > 278 - 257)
        {
            merges.RemoveAt(merges.Count - 1);
        }

        File.WriteAllText(Path.Combine(tiny.Model, "tokenizer.json"), json.ToJsonString(new JsonSerializerOptions()));
        Directory.CreateDirectory(Path.Combine(tiny.Model, "additional_chat_templates"));
        File.WriteAllText(Path.Combine(tiny.Model, "additional_chat_templates", "rag.jinja"), "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}");
        var recipe = tiny.Recipe(Methods.Sft) with { Prompt = new PromptSettings { Template = "chat:rag", MaxPromptTokens = 80, MaxSequenceTokens = 160 } };
        var checkpoint = Path.Combine(tiny.Run(recipe with { Training = recipe.Training with { Iterations = 1, Epochs = 1 } }, "run"), "iteration-00", "checkpoint");
        Ends(Path.Combine(checkpoint, "generation_config.json")).ShouldBe([0, 278]);
        Ends(Path.Combine(checkpoint, "config.json")).ShouldBe([0, 278]);
        File.Exists(Path.Combine(checkpoint, "additional_chat_templates", "rag.jinja")).ShouldBeTrue();
    }

    [Fact]
    public void A_head_of_its_own_is_not_called_tied()
    {
        using var folder = Folder();
        var config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!;
        config["tie_word_embeddings"] = true;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        using var decoder = TinyModel.Decoder(Config);
        DecoderSaver.SaveWeights(decoder, folder.Path);
        using var loaded = DecoderLoader.Load(folder.Path);
        CheckpointFolder.Write(folder["saved"], folder.Path, to =>
        {
            DecoderSaver.SaveWeights(loaded, to);
            SavedConfig.Amend(to, loaded.Config);
        });
        JsonNode.Parse(File.ReadAllText(folder["saved", "config.json"]))!["tie_word_embeddings"]!.GetValue<bool>().ShouldBeFalse();
        using var weights = WeightFolder.Open(folder["saved"]);
        weights.Tensors.ContainsKey("lm_head.weight").ShouldBeTrue();
    }

    [Fact]
    public void Without_a_type_in_the_configuration_the_weights_keep_theirs()
    {
        using var folder = Folder();
        var config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        config.Remove("torch_dtype");
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        using var decoder = TinyModel.Decoder(Config);
        DecoderSaver.SaveWeights(decoder, folder.Path, DType.Float16);
        using var loaded = DecoderLoader.Load(folder.Path);
        loaded.Config.StoredType.ShouldBe(DType.Float16);

        // float32 copies of such weights, as a run keeps them, must not change what is saved after them.
        File.Delete(folder["model.safetensors"]);
        DecoderSaver.SaveWeights(loaded, folder.Path, DType.Float32);
        SavedConfig.Amend(folder.Path, loaded.Config);
        using var again = DecoderLoader.Load(folder.Path);
        again.Config.StoredType.ShouldBe(DType.Float16);
    }

    private static TemporaryFolder Folder()
    {
        var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(Config, folder.Path);
        return folder;
    }

    private static int[] Ends(string path)
    {
        var ids = JsonNode.Parse(File.ReadAllText(path))!["eos_token_id"]!;
        return ids is JsonArray list ? [.. list.Select(id => id!.GetValue<int>())] : [ids.GetValue<int>()];
    }
}
