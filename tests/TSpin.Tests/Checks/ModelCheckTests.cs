using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class ModelCheckTests
{
    [Fact]
    public void A_model_agrees_with_plain_loops()
    {
        using var folder = new RecordedFolder();

        var report = ModelCheck.Run(folder.Path);

        report.Passed.ShouldBeTrue(report.ToText());
        report.Quantities.ToDictionary(quantity => quantity.Name, quantity => quantity.Comparisons).ShouldBe(new Dictionary<string, long>
        {
            ["logits"] = 7 * 19,
            ["token log-probs"] = 5,
            ["greedy tokens"] = 5,
            ["triplet log-probs"] = 3,
            ["triplet loss"] = 1,
            ["gradient names"] = 1,
            ["gradient norms"] = 21,
            ["gradient x weight"] = 21,
        }, ignoreOrder: true);
        report.NotCompared.ShouldHaveSingleItem().ShouldContain("greedy[1]");
    }

    [Theory]
    [InlineData("token_logprobs", "token log-probs", "prompt 1, token 3")]
    [InlineData("greedy", "greedy tokens", "greedy[0][4]")]
    [InlineData("value", "triplet loss", "triplet")]
    [InlineData("norm", "gradient norms", "model.norm.weight")]
    [InlineData("dot_weight", "gradient x weight", "model.norm.weight")]
    [InlineData("lm_head", "gradient names", "triplet")]
    public void One_changed_number_is_one_miss(string what, string quantity, string where)
    {
        using var folder = new RecordedFolder();
        var triplet = folder.Record["triplet"]!;
        var norm = triplet["gradients"]!["model.norm.weight"]!;
        switch (what)
        {
            case "token_logprobs":
                folder.Record["token_logprobs"]![1]![2] = folder.Record["token_logprobs"]![1]![2]!.GetValue<double>() + 3e-4;
                break;
            case "greedy":
                folder.Record["greedy"]![0]!["tokens"]![4] = (folder.Record["greedy"]![0]!["tokens"]![4]!.GetValue<int>() + 1) % 19;
                break;
            case "value":
                triplet["value"] = triplet["value"]!.GetValue<double>() * (1 + 3e-5);
                break;
            case "lm_head":
                triplet["gradients"]!.AsObject().Remove("lm_head.weight");
                break;
            default:
                norm[what] = norm[what]!.GetValue<double>() + (3e-4 * triplet["gradients"]!.AsObject().Max(pair => pair.Value!["norm"]!.GetValue<double>()));
                break;
        }

        folder.Save();

        var miss = ModelCheck.Run(folder.Path).FirstMisses.ShouldHaveSingleItem();

        (miss.Quantity, miss.Where).ShouldBe((quantity, where));
    }

    [Fact]
    public void The_other_form_of_the_configuration_is_checked_too()
    {
        using var folder = new RecordedFolder();
        var config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!.AsObject();
        File.WriteAllText(folder["config.v5.json"], config.ToJsonString());
        var once = ModelCheck.Run(folder.Path);
        once.Passed.ShouldBeTrue(once.ToText());
        once.Comparisons.ShouldBe(2 * ((7 * 19) + 5 + 5 + 3 + 1 + 1 + 42));

        config.Remove("rope_theta");
        config["rope_parameters"] = new JsonObject { ["rope_theta"] = 99.0 };
        File.WriteAllText(folder["config.v5.json"], config.ToJsonString());
        var twice = ModelCheck.Run(folder.Path);

        twice.Passed.ShouldBeFalse();
        twice.FirstMisses.ShouldAllBe(miss => miss.Where.StartsWith("config.v5.json: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_of_texts_is_the_other_form_of_record()
    {
        using var folder = new RecordedFolder();
        var ids = folder.Record["prompts"]![1]!.AsArray().Select(id => id!.GetValue<int>()).ToArray();
        var longer = ModelCheck.Run(folder.Path);
        longer.Passed.ShouldBeTrue(longer.ToText());
        using var record = new TemporaryFolder();
        File.WriteAllText(record["texts.json"], new JsonArray(new JsonObject
        {
            ["text"] = "x",
            ["ids"] = folder.Record["prompts"]![1]!.DeepClone(),
            ["token_logprobs"] = folder.Record["token_logprobs"]![1]!.DeepClone(),
            ["greedy_ids"] = new JsonArray(1),
            ["greedy_text"] = "y",
            ["smallest_lead"] = 1.0,
        }).ToJsonString());
        using (var tensors = TSpin.Safetensors.SafetensorsFile.Open(folder["expected.safetensors"]))
        {
            var all = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensors.Bytes(tensors.Tensors["logits.1"])).ToArray();
            TSpin.Safetensors.SafetensorsWriter.Write(record["texts.safetensors"],
                [TSpin.Safetensors.WeightToWrite.FromValues("last_logits.0", TSpin.Safetensors.WeightType.Float32, [19], all[^19..])], TSpin.Safetensors.SafetensorsWriter.TransformersMetadata);
        }

        var report = ModelCheck.Run(folder.Path, record["texts.json"]);

        report.Fault.ShouldBeNull();
        var quantities = report.Quantities.ToDictionary(quantity => quantity.Name);
        (quantities["last logits"].Comparisons, quantities["last logits"].Misses).ShouldBe((19, 0));
        (quantities["token log-probs"].Comparisons, quantities["token log-probs"].Misses).ShouldBe((ids.Length - 1, 0));
        quantities["greedy tokens"].Misses.ShouldBeGreaterThan(0, "the recorded continuation was invented");
        report.NotCompared.ShouldHaveSingleItem().ShouldContain("tokenizer.json");
    }

    [Theory]
    [InlineData("{ broken", "line")]
    [InlineData("{\"family\":\"llama\"}", "prompts")]
    [InlineData("null", "not a record")]
    public void A_record_that_is_none_is_a_fault_with_its_file(string json, string what)
    {
        using var folder = new RecordedFolder();
        File.WriteAllText(folder["expected.json"], json);

        var report = ModelCheck.Run(folder.Path);

        CheckReport.ExitCode([report]).ShouldBe(2);
        report.Fault!.ShouldContain("expected.json");
        report.Fault!.ShouldContain(what, Case.Insensitive);
    }

    [Fact]
    public void A_record_of_another_model_is_a_fault()
    {
        using var folder = new RecordedFolder();
        folder.Record["prompts"]![1]![0] = 19;
        folder.Save();
        ModelCheck.Run(folder.Path).Fault!.ShouldContain("token id 19 is not in the model's vocabulary of 19");

        folder.Record["prompts"]![1] = new JsonArray(3, 4, 5, 6, 7);
        folder.Record["token_logprobs"]![1] = new JsonArray(0.0, 0, 0, 0);
        folder.Save();
        ModelCheck.Run(folder.Path).Fault!.ShouldContain("logits.1 is Float32 [6, 19]");
    }

    [Fact]
    public void Missing_files_are_faults_with_a_cure()
    {
        using var folder = new RecordedFolder();
        File.Delete(folder["expected.safetensors"]);
        ModelCheck.Run(folder.Path).Fault!.ShouldContain("expected.safetensors");
        File.Delete(folder["expected.json"]);
        ModelCheck.Run(folder.Path).Fault!.ShouldContain("record_reference.py");
        ModelCheck.Run(folder["nowhere"]).Passed.ShouldBeFalse();
    }

    [Fact]
    public void A_family_that_is_not_covered_is_named()
    {
        using var folder = new RecordedFolder();
        File.WriteAllText(folder["config.json"], """{"model_type":"bloom"}""");
        ModelCheck.Run(folder.Path).Fault!.ShouldContain("'bloom'");
    }
}
