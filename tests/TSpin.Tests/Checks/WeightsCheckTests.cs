using Shouldly;
using TSpin.Checks;
using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class WeightsCheckTests : IDisposable
{
    private static readonly int[] Prompt = SmallModels.Ids(6);
    private readonly TemporaryFolder _folder = new();

    public WeightsCheckTests()
    {
        var weights = SmallModels.Weights(SmallModels.Base).ToDictionary(pair => pair.Key, pair => pair.Value.Select(value => (double)(float)value).ToArray());
        using var decoder = SmallModels.Decoder(SmallModels.Base, weights);
        DecoderConfigWriter.Write(SmallModels.Base, _folder.Path);
        DecoderSaver.SaveWeights(decoder, _folder.Path);
        Record("logits", [.. new SlowDecoder(SmallModels.Base, weights).Logits(Prompt).SelectMany(row => row).Select(value => (float)value)], SmallModels.Base.VocabularySize);
        File.WriteAllText(_folder["prompt.json"], $$"""{"prompt":[{{string.Join(',', Prompt)}}]}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Logits_of_plain_loops_hold()
    {
        var report = Run();
        report.Passed.ShouldBeTrue(report.ToText());
        report.Comparisons.ShouldBe(6 * 19);
    }

    [Fact]
    public void One_wrong_logit_is_a_miss()
    {
        using (var decoder = DecoderLoader.Load(_folder.Path))
        using (var scope = new TensorScope())
        {
            var logits = PlainLogits(decoder);
            logits[7] += 0.001f;
            Record("logits", logits, 19);
        }

        var report = Run();
        (report.Misses, report.FirstMisses[0].Where).ShouldBe((1, "logits[0, 7]"));
    }

    [Fact]
    public void A_body_is_compared_by_its_hidden_states()
    {
        float[] hidden;
        using (var decoder = DecoderLoader.Load(_folder.Path))
        using (var scope = new TensorScope())
        using (GradMode.Off())
        {
            hidden = decoder.Hidden(Tensor.From<long>([.. Prompt.Select(id => (long)id)], [1, 6]), AttentionLayout.Causal(6, Device.Cpu)).ToArray<float>();
            File.Delete(_folder["model.safetensors"]);
            ShardedWriter.Write(_folder.Path, decoder.Weights.Names.Where(name => name != "lm_head.weight").Select(name => DecoderSaver.Weight(name, decoder.Parameters[name], DType.Float32)));
        }

        Run().Fault.ShouldNotBeNull().ShouldContain("output head");
        Record("hidden", hidden, 12);
        Run().Passed.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"prompt":[]}""", "no tokens")]
    [InlineData("""{"prompt":[99]}""", "99")]
    [InlineData("""{"tokens":[1]}""", "prompt.json")]
    [InlineData("[]", "prompt.json")]
    public void A_bad_prompt_is_a_fault(string json, string message)
    {
        File.WriteAllText(_folder["prompt.json"], json);
        Run().Fault.ShouldNotBeNull().ShouldContain(message);
    }

    [Fact]
    public void A_record_without_either_tensor_is_a_fault()
    {
        Record("other", new float[4], 4);
        Run().Fault.ShouldNotBeNull().ShouldContain("neither logits nor hidden");
    }

    private static float[] PlainLogits(Decoder decoder)
    {
        using var off = GradMode.Off();
        return decoder.Logits(decoder.Hidden(Tensor.From<long>([.. Prompt.Select(id => (long)id)], [1, 6]), AttentionLayout.Causal(6, Device.Cpu))).ToArray<float>();
    }

    private CheckReport Run() => WeightsCheck.Run(_folder.Path, _folder["prompt.json"]);

    private void Record(string name, float[] values, int columns) => SafetensorsWriter.Write(
        _folder["expected.safetensors"], [WeightToWrite.FromValues(name, WeightType.Float32, [values.Length / columns, columns], values)], SafetensorsWriter.TransformersMetadata);
}
