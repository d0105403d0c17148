using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

public sealed class DecoderConfigReaderTests
{
    [Fact]
    public void Both_forms_of_a_configuration_mean_the_same()
    {
        var old = Read("""{"model_type":"mistral","hidden_size":48,"num_attention_heads":4,"num_key_value_heads":2,"num_hidden_layers":2,"rope_theta":5000.0,"rope_scaling":null,"torch_dtype":"bfloat16","sliding_window":8,"vocab_size":320,"eos_token_id":2,"bos_token_id":1}""");
        var fresh = Read("""{"model_type":"mistral","hidden_size":48,"num_attention_heads":4,"num_key_value_heads":2,"num_hidden_layers":2,"head_dim":12,"rope_parameters":{"rope_theta":5000.0,"rope_type":"default"},"dtype":"bfloat16","sliding_window":8,"vocab_size":320,"eos_token_id":2,"bos_token_id":1}""");

        // Records compare lists by reference, so they are compared apart.
        (fresh with { Windows = old.Windows, Ropes = old.Ropes, EosIds = old.EosIds }).ShouldBe(old);
        old.Windows.ShouldBe([8, 8]);
        fresh.Windows.ShouldBe([8, 8]);
        fresh.Ropes.ShouldBe(old.Ropes);
        (old.HeadDimension, old.Ropes[0]!.Theta, old.StoredType, old.BosId).ShouldBe((12, 5000, DType.BFloat16, 1));
        fresh.EosIds.ShouldBe([2]);
    }

    [Theory]
    [InlineData("half", DType.Float16)]
    [InlineData("float", DType.Float32)]
    [InlineData("double", DType.Float64)]
    public void Types_have_the_names_that_torch_gives_them(string name, DType type) => Read($$"""{"model_type":"llama","torch_dtype":"{{name}}"}""").StoredType.ShouldBe(type);

    [Fact]
    public void What_a_file_leaves_out_has_transformers_defaults()
    {
        var llama = Read("""{"model_type":"llama"}""");
        (llama.VocabularySize, llama.HiddenSize, llama.IntermediateSize, llama.LayerCount, llama.HeadCount, llama.KeyValueHeadCount, llama.HeadDimension).ShouldBe((32000, 4096, 11008, 32, 32, 32, 128));
        (llama.MaxPositions, llama.NormEpsilon, llama.Ropes[0]!.Theta, llama.TieEmbeddings).ShouldBe((2048, 1e-6, 10000, false));

        var mistral = Read("""{"model_type":"mistral"}""");
        (mistral.IntermediateSize, mistral.KeyValueHeadCount, mistral.MaxPositions).ShouldBe((14336, 8, 131072));
        mistral.Windows[31].ShouldBe(4096);
        Read("""{"model_type":"mistral","sliding_window":null}""").Windows[0].ShouldBeNull();

        var qwen = Read("""{"model_type":"qwen2"}""");
        (qwen.VocabularySize, qwen.QueryKeyValueBias, qwen.AttentionOutputBias).ShouldBe((151936, true, false));
        qwen.Windows[31].ShouldBeNull();
    }

    [Fact]
    public void Qwen2_slides_only_where_it_says_so()
    {
        const string start = """{"model_type":"qwen2","num_hidden_layers":4,"sliding_window":16,""";
        Read(start + "\"use_sliding_window\":true,\"max_window_layers\":3}").Windows.ShouldBe([null, null, null, 16]);
        Read(start + "\"use_sliding_window\":false,\"max_window_layers\":0}").Windows.ShouldBe([null, null, null, null]);
        Read(start + "\"use_sliding_window\":true,\"max_window_layers\":0}").Windows.ShouldBe([16, 16, 16, 16]);
        Read(start + "\"use_sliding_window\":true,\"layer_types\":[\"sliding_attention\",\"full_attention\",\"full_attention\",\"full_attention\"]}").Windows.ShouldBe([16, null, null, null]);
    }

    [Theory]
    [InlineData("""{"model_type":"bloom"}""", "model_type", "'bloom'", "llama, mistral, qwen2, qwen3, smollm3, gemma")]
    [InlineData("""{"hidden_size":8}""", "model_type", "missing", "llama, mistral, qwen2, qwen3, smollm3, gemma")]
    [InlineData("""{"model_type":7}""", "model_type", "7 is not text", "")]
    [InlineData("""{"model_type":"llama","hidden_size":"big"}""", "hidden_size", "\"big\"", "whole number")]
    [InlineData("""{"model_type":"llama","hidden_size":-4}""", "hidden_size", "-4", "whole number")]
    [InlineData("""{"model_type":"llama","hidden_size":1e30}""", "hidden_size", "1e30", "whole number")]
    [InlineData("""{"model_type":"llama","num_hidden_layers":268435456}""", "num_hidden_layers", "268435456", "4096")]
    [InlineData("""{"model_type":"llama","hidden_size":100,"num_attention_heads":3}""", "hidden_size", "100", "multiple of num_attention_heads 3")]
    [InlineData("""{"model_type":"llama","num_attention_heads":6,"num_key_value_heads":4,"hidden_size":48}""", "num_key_value_heads", "4", "num_attention_heads 6")]
    [InlineData("""{"model_type":"llama","head_dim":7}""", "head_dim", "7", "odd")]
    [InlineData("""{"model_type":"llama","hidden_act":"mish"}""", "hidden_act", "'mish'", "silu")]
    [InlineData("""{"model_type":"llama","rms_norm_eps":0}""", "rms_norm_eps", "0", "positive")]
    [InlineData("""{"model_type":"llama","tie_word_embeddings":"yes"}""", "tie_word_embeddings", "\"yes\"", "true or false")]
    [InlineData("""{"model_type":"llama","torch_dtype":"int8"}""", "torch_dtype", "'int8'", "bfloat16")]
    [InlineData("""{"model_type":"llama","eos_token_id":"</s>"}""", "eos_token_id", "</s>", "token id")]
    [InlineData("""{"model_type":"llama","rope_scaling":{"rope_type":"mrope","factor":2.0}}""", "rope_scaling.rope_type", "'mrope'", "default, linear, dynamic")]
    [InlineData("""{"model_type":"llama","rope_scaling":{"type":"linear"}}""", "rope_scaling.factor", "missing", "rope type")]
    [InlineData("""{"model_type":"llama","rope_parameters":{"rope_type":"llama3","factor":8}}""", "rope_parameters.low_freq_factor", "missing", "rope type")]
    [InlineData("""{"model_type":"llama","rope_scaling":4}""", "rope_scaling", "4", "object")]
    [InlineData("""{"model_type":"qwen2","use_sliding_window":true,"num_hidden_layers":2,"layer_types":["full_attention"]}""", "layer_types", "1", "num_hidden_layers is 2")]
    [InlineData("""{"model_type":"qwen2","use_sliding_window":true,"num_hidden_layers":1,"layer_types":["chunked"]}""", "layer_types", "'chunked'", "sliding_attention")]
    [InlineData("[1, 2]", "config.json", "Array", "object")]
    [InlineData("""{"model_type": "llama",""", "config.json", "not valid JSON", "line 1")]
    public void A_fault_names_file_key_value_and_what_is_known(string json, string key, string value, string cure)
    {
        var error = Should.Throw<TSpinException>(() => Read(json));

        error.ExitCode.ShouldBe(2);
        error.Message.ShouldContain("config.json");
        error.Message.ShouldContain(key);
        error.Message.ShouldContain(value);
        error.Message.ShouldContain(cure);
    }

    [Fact]
    public void A_missing_file_says_what_a_model_folder_holds()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<TSpinException>(() => DecoderConfigReader.Read(folder.Path)).Message.ShouldContain("model.safetensors");
        Should.Throw<TSpinException>(() => DecoderConfigReader.Read(folder["nowhere"])).Message.ShouldContain("no such file");
    }

    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_reads_back(string name)
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.All[name] with { StoredType = DType.BFloat16, EosIds = [2, 5], NormEpsilon = 2e-5 };

        DecoderConfigWriter.Write(config, folder.Path);

        var read = DecoderConfigReader.Read(folder.Path);
        read.Windows.ShouldBe(config.Windows);
        read.Ropes.ShouldBe(config.Ropes);
        read.EosIds.ShouldBe(config.EosIds);
        (read with { Windows = config.Windows, Ropes = config.Ropes, EosIds = config.EosIds, EosSource = config.EosSource }).ShouldBe(config);
        var architecture = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!["architectures"]![0]!.GetValue<string>();
        architecture.ShouldStartWith(config.Family[..3], Case.Insensitive);
        (architecture.EndsWith("ForCausalLM", StringComparison.Ordinal) || architecture == "GPT2LMHeadModel").ShouldBeTrue();
    }

    [Fact]
    public void What_a_family_has_no_words_for_is_not_written() =>
        Should.Throw<ArgumentException>(() => DecoderConfigWriter.ToJson(SmallModels.Base with { LogitSoftCap = 3 })).Message.ShouldContain("llama family has no words");

    [Fact]
    public void Floats_keep_their_point() =>
        DecoderConfigWriter.ToJson(SmallModels.All["gemma2, soft-caps and windows"])["final_logit_softcapping"]!.ToJsonString().ShouldBe("2.0");

    private static DecoderConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], json);
        return DecoderConfigReader.Read(folder.Path);
    }
}
