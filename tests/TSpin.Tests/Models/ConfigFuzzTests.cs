using System.Text;
using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>Damaged configurations and weights: a clear fault or a model that computes, never a crash, a hang or a large allocation.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] Odd =
    [
        "null", "true", "\"x\"", "\"\"", "0", "-1", "1", "3", "7", "1e308", "-0.5", "0.3", "1e-300", "99999999999999999999", "268435456", "[]", "[1]", "[null,{}]",
        "{}", "{\"factor\":2}", "{\"type\":\"yarn\",\"factor\":2}", "{\"rope_type\":\"dynamic\",\"factor\":9}", "\"\\ud800\"", "[\"\\udc00\"]",
    ];

    [Fact]
    public void Changed_bytes_are_a_clear_fault_or_a_configuration()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(20261123);
        var (refused, accepted) = (0, 0);
        var files = SmallModels.All.Values.Select(config => DecoderConfigWriter.ToJson(config).ToJsonString())
            .Append($$"""{"model_type":"gemma3","text_config":{{DecoderConfigWriter.ToJson(SmallModels.All["gemma3_text, two ropes"]).ToJsonString()}},"dtype":"float32","dtype":"bfloat16"}""");
        foreach (var file in files)
        {
            var whole = Encoding.UTF8.GetBytes(file);
            for (var round = 0; round < 30; round++)
            {
                var bytes = whole.ToArray();
                for (var change = random.Next(1, 4); change > 0; change--)
                {
                    bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0123456789[]{},:\" \\-eEutrfn."[random.Next(28)];
                }

                File.WriteAllBytes(folder["config.json"], random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                Count(folder["config.json"], () => DecoderConfigReader.Read(folder.Path), ref refused, ref accepted);
            }
        }

        refused.ShouldBeGreaterThan(150);
        accepted.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void Odd_values_are_a_clear_fault_or_a_model_that_computes()
    {
        using var folder = new TemporaryFolder();
        using var off = GradMode.Off();
        var random = new Random(5);
        var (refused, accepted) = (0, 0);
        foreach (var config in SmallModels.All.Values)
        {
            using var saved = new TemporaryFolder();
            using (var decoder = SmallModels.Decoder(config, SmallModels.Weights(config)))
            {
                DecoderSaver.SaveWeights(decoder, saved.Path);
            }

            var whole = DecoderConfigWriter.ToJson(config);
            string[] keys = [.. whole.Select(pair => pair.Key), "rope_parameters", "layer_types", "head_dim", "sliding_window_pattern", "quantization_config"];
            for (var round = 0; round < 30; round++)
            {
                var json = whole.DeepClone().AsObject();
                json[keys[random.Next(keys.Length)]] = "ODD";
                File.WriteAllText(Path.Combine(saved.Path, "config.json"), json.ToJsonString().Replace("\"ODD\"", Odd[random.Next(Odd.Length)], StringComparison.Ordinal));
                Count(saved.Path, () => Compute(saved.Path), ref refused, ref accepted);
            }
        }

        refused.ShouldBeGreaterThan(150);
        accepted.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void Changed_headers_of_weights_are_a_clear_fault_or_a_model_that_computes()
    {
        using var folder = new TemporaryFolder();
        using var off = GradMode.Off();
        using (var decoder = SmallModels.Decoder())
        {
            DecoderConfigWriter.Write(SmallModels.Base, folder.Path);
            DecoderSaver.SaveWeights(decoder, folder.Path);
        }

        var whole = File.ReadAllBytes(folder["model.safetensors"]);
        var header = 8 + (int)BitConverter.ToInt64(whole);
        var random = new Random(6);
        var (refused, accepted) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            var bytes = whole.ToArray();
            // One digit for another, mostly: shapes, offsets and types that still are JSON.
            var at = random.Next(8, header);
            bytes[at] = char.IsAsciiDigit((char)bytes[at]) ? (byte)('0' + random.Next(10)) : (byte)random.Next(256);
            File.WriteAllBytes(folder["model.safetensors"], bytes);
            Count(folder.Path, () => Compute(folder.Path), ref refused, ref accepted);
        }

        refused.ShouldBeGreaterThan(150);
    }

    [Fact]
    public void Changed_indexes_of_shards_are_a_clear_fault_or_a_model_that_computes()
    {
        using var folder = new TemporaryFolder();
        using var off = GradMode.Off();
        using (var decoder = SmallModels.Decoder())
        {
            DecoderConfigWriter.Write(SmallModels.Base, folder.Path);
            DecoderSaver.SaveWeights(decoder, folder.Path, maxShardBytes: 4000);
        }

        var whole = File.ReadAllBytes(folder["model.safetensors.index.json"]);
        var random = new Random(7);
        var (refused, accepted) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0123456789[]{},:\" \\-."[random.Next(21)];
            File.WriteAllBytes(folder["model.safetensors.index.json"], bytes);
            Count(folder.Path, () => Compute(folder.Path), ref refused, ref accepted);
        }

        refused.ShouldBeGreaterThan(150);
    }

    private static void Compute(string folder)
    {
        using var scope = new TensorScope();
        using var decoder = DecoderLoader.Load(folder);
        if (decoder.HasHead)
        {
            decoder.Logits(decoder.Hidden(Tensor.From<long>([3L, 5, 7], [1, 3]), AttentionLayout.Causal(3, Device.Cpu))).Shape.ShouldBe([1, 3, decoder.Config.VocabularySize]);
        }
    }

    private static void Count(string place, Action action, ref int refused, ref int accepted)
    {
        const long most = 20_000_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            action();
            accepted++;
        }
        catch (TSpinException fault)
        {
            fault.Message.ShouldContain(Path.GetFileName(place));
            refused++;
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(most);
    }
}
