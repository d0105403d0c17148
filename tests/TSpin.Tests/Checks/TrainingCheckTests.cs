using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class TrainingCheckTests
{
    // u = 2, v = -1: l(alpha u) = log(1 + exp(-1)) and so on; the gradients are theorem 1's.
    private const string HandWorked =
        """
        [{"objective": "t-spin", "link": "logistic", "alpha": 0.5, "beta": 0.2,
          "logprobs": {"annotated": [-4], "synthetic": [-6], "proto_synthetic": [-5]}, "reference_logprobs": null,
          "per_example": [0.5080770843542441], "loss": 0.5080770843542441,
          "gradient": {"annotated": [-0.13447071068499755], "synthetic": [0.07222477756481209], "proto_synthetic": [0.06224593312018546]}},
         {"objective": "spin", "link": "exponential", "lambda": 0.25,
          "logprobs": {"annotated": [-4, -4], "synthetic": [-6, -6], "proto_synthetic": [-5, -5]},
          "reference_logprobs": {"annotated": [-7, -7], "synthetic": [-5, -5], "proto_synthetic": [-1, -1]},
          "per_example": [0.36787944117144233, 0.36787944117144233], "loss": 0.36787944117144233,
          "gradient": {"annotated": [-0.04598493014643029, -0.04598493014643029], "synthetic": [0.04598493014643029, 0.04598493014643029], "proto_synthetic": null}}]
        """;

    [Fact]
    public void Recorded_objectives_and_trajectories_of_torch_and_TRL_are_reproduced()
    {
        var report = TrainingCheck.Run(SharedFolder.Require("reference", "training"));

        report.Passed.ShouldBeTrue(report.ToText());
        var counts = report.Quantities.ToDictionary(quantity => quantity.Name, quantity => quantity.Comparisons);
        counts["objective loss"].ShouldBe(96);
        counts["trajectory loss"].ShouldBe(11 * 10);
        counts["TRL loss"].ShouldBe(4 * 10);
        counts["TRL gradient norm"].ShouldBe(4 * 10);
    }

    [Fact]
    public void Hand_worked_objectives_hold_and_a_changed_digit_does_not()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["objectives.json"], HandWorked);
        var report = TrainingCheck.Run(folder.Path);
        report.Passed.ShouldBeTrue(report.ToText());
        report.Comparisons.ShouldBe(1 + 1 + 3 + 2 + 1 + 6);

        File.WriteAllText(folder["objectives.json"], HandWorked.Replace("-0.13447071068499755", "-0.13447071098499755", StringComparison.Ordinal));
        TrainingCheck.Run(folder.Path).FirstMisses.ShouldHaveSingleItem().Where.ShouldBe("case 0 (t-spin, logistic), y[0]");
    }

    [Theory]
    [InlineData("\"t-spin\"", "\"dpo\"", "'dpo'")]
    [InlineData("\"logistic\"", "\"hinge\"", "'hinge'")]
    [InlineData("\"alpha\": 0.5,", "", "alpha")]
    [InlineData("\"annotated\": [-4],", "\"annotated\": [-4, 3],", "2 log-probabilities for 1")]
    [InlineData("\"annotated\": [-4],", "", "annotated")]
    [InlineData("[-0.13447071068499755]", "[]", "0 recorded numbers")]
    public void A_malformed_record_is_a_fault(string part, string replacement, string what)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["objectives.json"], HandWorked.Replace(part, replacement, StringComparison.Ordinal));

        var report = TrainingCheck.Run(folder.Path);

        report.Fault!.ShouldContain("objectives.json");
        report.Fault!.ShouldContain(what);
    }

    [Fact]
    public void An_empty_folder_is_a_fault()
    {
        using var folder = new TemporaryFolder();
        TrainingCheck.Run(folder.Path).Fault!.ShouldContain("objectives.json, torch.json and trl.json");
    }

    [Fact]
    public void A_trajectory_that_differs_in_one_loss_misses_once()
    {
        using var folder = OneRun("torch.json", run => run["cases"]!.AsArray(), "sft");
        var path = folder["torch.json"];
        var record = JsonNode.Parse(File.ReadAllText(path))!;
        var step = record["cases"]![0]!["steps"]![4]!;
        step["loss"] = step["loss"]!.GetValue<double>() * 1.0003;
        File.WriteAllText(path, record.ToJsonString());

        var miss = TrainingCheck.Run(folder.Path).FirstMisses.ShouldHaveSingleItem();

        (miss.Quantity, miss.Where).ShouldBe(("trajectory loss", "sft, step 5"));
    }

    [Fact]
    public void A_TRL_batch_whose_masks_make_no_sense_is_a_fault()
    {
        using var folder = OneRun("trl.json", run => run.AsArray(), "dpo-sigmoid-adamw");
        var path = folder["trl.json"];
        var record = JsonNode.Parse(File.ReadAllText(path))!;
        record[0]!["batches"]![3]!["completion_mask"]![1]![0] = 1;
        File.WriteAllText(path, record.ToJsonString());

        TrainingCheck.Run(folder.Path).Fault!.ShouldContain("batch 3, row 1");
    }

    // A copy of the recorded folder with one run of one file.
    private static TemporaryFolder OneRun(string file, Func<JsonNode, JsonArray> runs, string name)
    {
        var source = SharedFolder.Require("reference", "training");
        var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder["model"], Path.Combine(source, "model"));
        File.Copy(Path.Combine(source, "triplets.ids.json"), folder["triplets.ids.json"]);
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(source, file)))!;
        var list = runs(record);
        foreach (var other in list.Where(run => (run!["name"] ?? run["configuration"]!["name"])!.GetValue<string>() != name).ToArray())
        {
            list.Remove(other);
        }

        File.WriteAllText(folder[file], record.ToJsonString());
        return folder;
    }
}
