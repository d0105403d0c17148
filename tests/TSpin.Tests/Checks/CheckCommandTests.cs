using System.CommandLine;
using System.Text.Json;
using Shouldly;
using TSpin.Cli;
using TSpin.Models;
using TSpin.Safetensors;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class CheckCommandTests
{
    [Fact]
    public void Models_are_all_tried_and_the_exit_code_is_the_worst()
    {
        using var good = new RecordedFolder();
        using var missing = new TemporaryFolder();

        var (code, text) = Run("model", missing.Path, good.Path);

        code.ShouldBe(2);
        text.ShouldContain($"{missing.Path}: not checked");
        text.ShouldContain($"{good.Path}: ok");
        Run("model", good.Path).Code.ShouldBe(0);
    }

    [Fact]
    public void A_miss_is_exit_code_1_and_JSON_says_where()
    {
        using var folder = new RecordedFolder();
        folder.Record["triplet"]!["value"] = 7.0;
        folder.Save();

        var (code, text) = Run("model", folder.Path, "--json");

        code.ShouldBe(1);
        var report = JsonDocument.Parse(text).RootElement.GetProperty("reports")[0];
        report.GetProperty("first_misses")[0].GetProperty("quantity").GetString().ShouldBe("triplet loss");
    }

    [Fact]
    public void Weights_need_a_prompt_and_are_compared()
    {
        using var folder = new RecordedFolder();
        var prompt = SmallModels.Ids(4);
        using (var decoder = DecoderLoader.Load(folder.Path))
        using (var scope = new TensorScope())
        using (GradMode.Off())
        {
            var ids = Tensor.From<long>([.. prompt.Select(id => (long)id)], [1, 4]);
            var logits = decoder.Logits(decoder.Hidden(ids, AttentionLayout.Causal(4, Device.Cpu))).ToArray<float>();
            SafetensorsWriter.Write(folder["expected.safetensors"], [WeightToWrite.FromValues("logits", WeightType.Float32, [4, 19], logits)], SafetensorsWriter.TransformersMetadata);
        }

        File.WriteAllText(folder["prompt.json"], $$"""{"prompt":[{{string.Join(',', prompt)}}]}""");

        Run("weights", folder.Path, "--prompt", folder["prompt.json"]).Code.ShouldBe(0);
        var (code, text) = Run("weights", folder.Path, "--prompt", folder["nowhere.json"]);
        (code, text.Contains("nowhere.json", StringComparison.Ordinal)).ShouldBe((2, true));
    }

    [Fact]
    public void A_record_can_lie_elsewhere_but_belongs_to_one_model()
    {
        using var folder = new RecordedFolder();
        using var elsewhere = new TemporaryFolder();
        File.Move(folder["expected.json"], elsewhere["expected.json"]);
        File.Move(folder["expected.safetensors"], elsewhere["expected.safetensors"]);

        Run("model", folder.Path, "--expected", elsewhere.Path).Code.ShouldBe(0);
        Run("model", folder.Path, "--expected", elsewhere["expected.json"]).Code.ShouldBe(0);
        Should.Throw<TSpinException>(() => Run("model", folder.Path, folder.Path, "--expected", elsewhere.Path)).ExitCode.ShouldBe(2);
        Should.Throw<TSpinException>(() => Run("model", folder.Path, "--device", "tpu")).Message.ShouldContain("'tpu'");
    }

    [Fact]
    public void Training_records_are_checked_by_folder()
    {
        using var folder = new TemporaryFolder();
        var (code, text) = Run("training", folder.Path, "--json");
        code.ShouldBe(2);
        JsonDocument.Parse(text).RootElement.GetProperty("passed").GetBoolean().ShouldBeFalse();
    }

    private static (int Code, string Text) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = CheckCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }
}
