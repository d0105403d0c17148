using Shouldly;
using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

public sealed class DecoderFolderTests
{
    [Theory]
    [InlineData(DType.Float32, false, long.MaxValue)]
    [InlineData(DType.Float32, true, long.MaxValue)]
    [InlineData(DType.Float32, false, 2000)]
    [InlineData(DType.BFloat16, false, long.MaxValue)]
    [InlineData(DType.BFloat16, true, 1000)]
    [InlineData(DType.Float16, false, 1000)]
    [InlineData(DType.Float64, false, long.MaxValue)]
    public void A_saved_model_loads_with_identical_logits(DType stored, bool tied, long maxShardBytes)
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.Base with { TieEmbeddings = tied, StoredType = stored };
        using var rounded = Rounded(config, stored);
        DecoderConfigWriter.Write(config, folder.Path);

        DecoderSaver.SaveWeights(rounded, folder.Path, maxShardBytes: maxShardBytes);

        using var loaded = DecoderLoader.Load(folder.Path);
        Logits(loaded).ShouldBe(Logits(rounded));
        loaded.Parameters.Values.ShouldAllBe(parameter => parameter.DType == DType.Float32);
        using var weights = WeightFolder.Open(folder.Path);
        weights.Tensors.ContainsKey("lm_head.weight").ShouldBe(!tied);
        weights.Files.Count.ShouldBe(maxShardBytes == long.MaxValue ? 1 : weights.Files.Count);
        (weights.Files.Count > 1).ShouldBe(maxShardBytes != long.MaxValue);
        weights.Tensors["model.norm.weight"].Type.ToString().ShouldBe(stored.ToString());
    }

    [Fact]
    public void Saving_twice_gives_the_same_bytes()
    {
        using var a = new TemporaryFolder();
        using var b = new TemporaryFolder();
        using var decoder = SmallModels.Decoder();
        DecoderSaver.SaveWeights(decoder, a.Path);
        DecoderSaver.SaveWeights(decoder, b.Path);
        File.ReadAllBytes(a["model.safetensors"]).ShouldBe(File.ReadAllBytes(b["model.safetensors"]));
    }

    [Fact]
    public void Weights_of_another_shape_are_named_with_both_shapes()
    {
        using var folder = Saved();
        DecoderConfigWriter.Write(SmallModels.Base with { VocabularySize = 23 }, folder.Path);

        var error = Should.Throw<TSpinException>(() => DecoderLoader.Load(folder.Path));

        error.Message.ShouldContain("model.embed_tokens.weight: is [19, 12], should be [23, 12]");
        error.Message.ShouldContain("lm_head.weight");
        error.Message.ShouldContain(folder.Path);
    }

    [Fact]
    public void Missing_weights_are_named_and_counted()
    {
        using var folder = Saved();
        DecoderConfigWriter.Write(SmallModels.Base with { LayerCount = 3, Windows = [null, null, null], Ropes = RopeSettings.Everywhere(3, 100, 6) }, folder.Path);

        var error = Should.Throw<TSpinException>(() => DecoderLoader.Load(folder.Path));

        error.Message.ShouldContain("model.layers.2.self_attn.q_proj.weight: missing, should be [24, 12]");
        error.Message.ShouldContain("and 4 more");
    }

    [Fact]
    public void Weights_of_a_type_that_cannot_be_computed_with_are_refused()
    {
        using var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(SmallModels.Base, folder.Path);
        SafetensorsWriter.Write(folder["model.safetensors"], [.. ParameterShapes.Of(SmallModels.Base).Select(shape =>
            WeightToWrite.FromValues(shape.Name, WeightType.Int32, shape.Shape, new int[shape.Shape.Aggregate(1L, (a, b) => a * b)]))], SafetensorsWriter.TransformersMetadata);

        Should.Throw<TSpinException>(() => DecoderLoader.Load(folder.Path)).Message.ShouldContain("model.embed_tokens.weight");
    }

    [Fact]
    public void A_folder_without_weights_says_so()
    {
        using var folder = new TemporaryFolder();
        DecoderConfigWriter.Write(SmallModels.Base, folder.Path);
        Should.Throw<TSpinException>(() => DecoderLoader.Load(folder.Path)).Message.ShouldContain("model.safetensors");
    }

    [Fact]
    public void A_seed_means_one_random_model()
    {
        using var a = DecoderLoader.Random(SmallModels.Base, 3);
        using var b = DecoderLoader.Random(SmallModels.Base, 3);
        using var c = DecoderLoader.Random(SmallModels.Base, 4);
        Logits(a).ShouldBe(Logits(b));
        Logits(a).ShouldNotBe(Logits(c));
        a.Parameters["model.norm.weight"].ToArray<float>().ShouldAllBe(weight => weight == 1);
    }

    private static TemporaryFolder Saved()
    {
        var folder = new TemporaryFolder();
        using var decoder = SmallModels.Decoder();
        DecoderSaver.SaveWeights(decoder, folder.Path, DType.Float32);
        return folder;
    }

    // float32 parameters that the stored type can hold exactly.
    private static Decoder Rounded(DecoderConfig config, DType type)
    {
        using var scope = new TensorScope();
        return new Decoder(config, SmallModels.Weights(config).Zip(ParameterShapes.Of(config)).ToDictionary(
            pair => pair.Second.Name, pair => Tensor.From<double>(pair.First.Value, pair.Second.Shape).To(type).To(DType.Float32)));
    }

    private static float[] Logits(Decoder decoder)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        return decoder.Logits(decoder.Hidden(Tensor.From<long>([3L, 5, 7, 11], [1, 4]), AttentionLayout.Causal(4, Device.Cpu))).ToArray<float>();
    }
}
