using System.Text.Json;
using Shouldly;
using TSpin.Checks;
using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>Models whose outputs other programs recorded.</summary>
public sealed class RecordedModelsTests
{
    /// <summary>The folders of ../shared/reference/models.</summary>
    internal static readonly string[] Folders =
    [
        "gemma",
        "gemma2",
        "gemma3-text",
        "gpt-neox",
        "gpt2",
        "granite",
        "llama-gqa",
        "llama-headdim-bias",
        "llama-mha-tied",
        "llama-rope-dynamic",
        "llama-rope-linear",
        "llama-rope-llama3",
        "llama-rope-yarn",
        "mistral-no-window",
        "mistral-window",
        "olmo2",
        "phi3",
        "phi3-longrope-partial",
        "qwen2",
        "qwen3",
        "smollm3",
    ];

    public static TheoryData<string> Names => [.. Folders];

    [Theory]
    [MemberData(nameof(Names))]
    public void Families_compute_what_transformers_computes(string name)
    {
        var report = ModelCheck.Run(SharedFolder.Require("reference", "models", name));

        report.Passed.ShouldBeTrue(report.ToText());
        report.Comparisons.ShouldBeGreaterThan(60_000);
    }

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("float16")]
    [InlineData("float64")]
    [InlineData("sharded")]
    [InlineData("tied-but-stored")]
    public void Weights_load_in_every_form_they_are_published_in(string name)
    {
        var folder = SharedFolder.Require("reference", "formats", "weights", name);
        var prompt = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("reference", "formats", "weights", "prompt.json")))
            .RootElement.GetProperty("prompt").EnumerateArray().Select(id => id.GetInt64()).ToArray();
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        using var decoder = DecoderLoader.Load(folder);

        var logits = decoder.Logits(decoder.Hidden(Tensor.From<long>(prompt, [1, prompt.Length]), AttentionLayout.Causal(prompt.Length, Device.Cpu))).ToArray<float>();

        using var expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        var recorded = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(expected.Bytes(expected.Tensors["logits"])).ToArray();
        logits.Length.ShouldBe(recorded.Length);
        logits.Zip(recorded, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(2e-4f);
    }

    [Fact]
    public void A_trained_model_tells_its_recorded_story()
    {
        var folder = SharedFolder.Require("data", "models", "stories260K", "hf");
        var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden_greedy.json"))).RootElement;
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        using var decoder = DecoderLoader.Load(folder);
        var expected = golden.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        var first = golden.GetProperty("logits_at_pos0_first16").EnumerateArray().Select(logit => logit.GetDouble()).ToArray();

        var logits = decoder.Logits(decoder.Hidden(Tensor.From<long>([1L], [1, 1]), AttentionLayout.Causal(1, Device.Cpu))).ToArray<float>();
        var story = PlainInference.Greedy(decoder, [expected[0]], expected.Length - 1, []);

        for (var i = 0; i < first.Length; i++)
        {
            ((double)logits[i]).ShouldBe(first[i], 2e-4);
        }

        story.ShouldBe(expected[1..]);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void SmolLM2_computes_what_transformers_computes()
    {
        var expected = SharedFolder.Require("reference", "smollm2");
        var script = SharedFolder.Require("data", "models", "smollm2-135m-instruct", "to_hf.py");
        using var folder = new TemporaryFolder();
        Assert.SkipUnless(MakeFolder(script, folder["hf"]), "to_hf.py needs /usr/bin/python3 with numpy");

        var report = ModelCheck.Run(folder["hf"], expected);

        report.Passed.ShouldBeTrue(report.ToText());
    }

    internal static bool MakeFolder(string script, string folder)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/python3", [script, folder]) { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
