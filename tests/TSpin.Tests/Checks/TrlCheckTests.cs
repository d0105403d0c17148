using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checks;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checks;

/// <summary>Runs of TRL's trainers: those recorded, and records of our own making.</summary>
public sealed class TrlCheckTests
{
    [Fact]
    public void Recorded_runs_of_TRLs_losses_are_reproduced_and_the_others_named()
    {
        var report = TrainingCheck.Run(SharedFolder.Require("reference", "objectives-trl"));

        report.Passed.ShouldBeTrue(report.ToText());
        var counts = report.Quantities.ToDictionary(quantity => quantity.Name, quantity => quantity.Comparisons);
        counts["TRL loss"].ShouldBe(12 * 8);
        counts["TRL gradient norm"].ShouldBe(12 * 8);
        counts["TRL log-probs"].ShouldBe(10 * 8 * 2);
        report.NotCompared.Count.ShouldBe(6 + 1);
        report.NotCompared.ShouldContain("dpo-nca_pair: DPOTrainer with loss_type nca_pair is no loss of this program");
        report.NotCompared[^1].ShouldContain("6 of 18 runs");
    }

    [Theory]
    [InlineData("DPOTrainer", """{"loss_type": "exo_pair"}""", "loss_type exo_pair is no loss")]
    [InlineData("DPOTrainer", """{"loss_type": ["sigmoid","bco_pair"]}""", "[\"sigmoid\",\"bco_pair\"] is no loss")]
    [InlineData("DPOTrainer", """{"use_weighting": true, "rpo_alpha": null, "seed": 3}""", "use_weighting true, a setting that is not known here")]
    [InlineData("DPOTrainer", """{"f_divergence_type": "js_divergence"}""", "f_divergence_type \"js_divergence\"")]
    [InlineData("CPOTrainer", """{"gradient_accumulation_steps": 2}""", "gradient_accumulation_steps 2 takes the likelihood's mean batch by batch")]
    [InlineData("SFTTrainer", """{"completion_only_loss": false, "loss_type": "chunked"}""", "chunked is no loss")]
    [InlineData("KTOTrainer", "{}", "KTOTrainer with loss_type sigmoid is no loss")]
    public void What_is_not_here_is_named_and_no_failure(string trainer, string settings, string reason)
    {
        var loss = TrlLoss.Of(Record(trainer, settings));
        loss.Objective.ShouldBeNull();
        loss.Reason.ShouldContain(reason);

        using var tiny = new TinyRun();
        Write(tiny, Json(trainer, settings));
        var report = TrainingCheck.Run(tiny["record"]);
        report.Fault.ShouldBeNull();
        report.Misses.ShouldBe(0);
        report.NotCompared.ShouldContain(text => text.Contains(reason, StringComparison.Ordinal));
        report.NotCompared[^1].ShouldEndWith("1 of 1 runs, named above");
        // Nothing was compared, which is no success either.
        CheckReport.ExitCode([report]).ShouldBe(2);
    }

    [Theory]
    [InlineData("DPOTrainer", "{}", "dpo")]
    [InlineData("DPOTrainer", """{"loss_type": ["hinge"], "reference_free": true}""", "hinge")]
    [InlineData("DPOTrainer", """{"loss_type": "sigmoid", "reference_free": false, "label_smoothing": 0.2, "completion_only_loss": true}""", "dpo")]
    [InlineData("DPOTrainer", """{"loss_type": "robust", "label_smoothing": 0.2}""", "robust")]
    [InlineData("CPOTrainer", """{"loss_type": "simpo"}""", "simpo")]
    [InlineData("SFTTrainer", """{"packing": false}""", "sft")]
    public void Settings_that_are_known_choose_the_objective(string trainer, string settings, string name)
    {
        var objective = TrlLoss.Of(Record(trainer, settings)).Objective.ShouldNotBeNull();
        objective.Name.ShouldBe(name);
        objective.NeedsReference.ShouldBe(
            trainer == "DPOTrainer" && !settings.Contains("\"reference_free\": true", StringComparison.Ordinal));
        objective.HasTokenLoss.ShouldBe(trainer == "CPOTrainer", "TRL's cpo_alpha is 1 where nothing is said");
    }

    /// <summary>
    /// The rejected row's prompt is a token longer than the chosen one's, as where a token covers prompt and
    /// response.
    /// </summary>
    [Theory]
    [InlineData("CPOTrainer", """{"cpo_alpha": 0.5, "beta": 0.2}""")]
    [InlineData("ORPOTrainer", """{"beta": 0.2}""")]
    public void Prompts_that_part_in_their_last_token_are_scored_as_TRL_does(string trainer, string settings)
    {
        int[][] chosen = [[5, 6, 7, 30, 31, 32], [8, 9, 40, 41, 0, 0]];
        int[][] rejected = [[5, 6, 7, 20, 33, 34], [8, 9, 42, 43, 44, 0]];
        var (chosenPrompts, rejectedPrompts) = (new[] { 3, 2 }, new[] { 4, 2 });
        var (chosenLengths, rejectedLengths) = (new[] { 6, 5 }, new[] { 6, 6 });
        using var tiny = new TinyRun();
        var record = Json(trainer, settings);
        record["batches"] = new JsonArray(new JsonObject
        {
            ["chosen_input_ids"] = Rows(chosen),
            ["chosen_attention_mask"] = Rows(
                [.. chosen.Select((row, i) => row.Select((_, place) => place < chosenLengths[i] ? 1 : 0).ToArray())]),
            ["chosen_labels"] =
                Rows([.. chosen.Select((row, i) =>
                row.Select((id, place) => place >= chosenPrompts[i] && place < chosenLengths[i] ? id : -100)
                .ToArray())]),
            ["rejected_input_ids"] = Rows(rejected),
            ["rejected_attention_mask"] =
                Rows([.. rejected.Select((row, i) => row.Select((_, place) => place < rejectedLengths[i] ? 1 : 0)
                .ToArray())]),
            ["rejected_labels"] =
                Rows([.. rejected.Select((row, i) =>
                row.Select((id, place) => place >= rejectedPrompts[i] && place < rejectedLengths[i] ? id : -100)
                .ToArray())]),
        });

        // Each row by itself, in plain arithmetic.
        var (losses, nll, tokens, logs) = (0.0, 0.0, 0, (Chosen: 0.0, Rejected: 0.0));
        using (var model = DecoderLoader.Load(tiny.Model, DType.Float64))
        using (GradMode.Off())
        {
            for (var i = 0; i < 2; i++)
            {
                var better = LogProbs(model, chosen[i][..chosenLengths[i]]);
                var worse = LogProbs(model, rejected[i][..rejectedLengths[i]]);
                var (ofBetter, ofWorse) = (better[(chosenPrompts[i] - 1)..], worse[(rejectedPrompts[i] - 1)..]);
                if (trainer == "CPOTrainer")
                {
                    losses += Math.Log(1 + Math.Exp(-0.2 * (ofBetter.Sum() - ofWorse.Sum()))) / 2;
                    (nll, tokens) = (nll - (0.5 * ofBetter.Sum()), tokens + ofBetter.Length);
                    logs = (logs.Chosen + (ofBetter.Sum() / 2), logs.Rejected + (ofWorse.Sum() / 2));
                }
                else
                {
                    var ratio = Odds(ofBetter.Average()) - Odds(ofWorse.Average());
                    losses += 0.2 * Math.Log(1 + Math.Exp(-ratio)) / 2;
                    (nll, tokens) = (nll - better.Sum(), tokens + better.Length);
                    logs = (logs.Chosen + (ofBetter.Average() / 2), logs.Rejected + (ofWorse.Average() / 2));
                }
            }
        }

        record["logs"] = new JsonArray(new JsonObject
        {
            ["step"] = 1,
            ["loss"] = losses + (nll / tokens),
            ["grad_norm"] = 0,
            ["learning_rate"] = 0,
            ["logps/chosen"] = logs.Chosen,
            ["logps/rejected"] = logs.Rejected,
        });
        Write(tiny, record);

        var report = TrainingCheck.Run(tiny["record"]);

        report.Fault.ShouldBeNull();
        report.Quantities.Where(quantity => quantity.Misses > 0).Select(quantity => quantity.Name)
            .ShouldBe(["TRL gradient norm"], report.ToText());
        report.Quantities.Single(quantity => quantity.Name == "TRL log-probs").Comparisons.ShouldBe(2);
    }

    private static double Odds(double mean) => mean - Math.Log(1 - Math.Exp(mean));

    private static double[] LogProbs(Decoder model, int[] ids)
    {
        using var scope = new TensorScope();
        return new PackedForward().Run(model, [new Triplet(0, ids[..1], ids[1..])]).Responses[ResponseRole.Annotated]
            .Tokens.ToArray<double>();
    }

    private static JsonArray Rows(int[][] rows) =>
        [.. rows.Select(row => new JsonArray([.. row.Select(id => (JsonNode)id)]))];

    private static JsonObject Json(string trainer, string settings)
    {
        var arguments = new JsonObject
        {
            ["per_device_train_batch_size"] = 2,
            ["gradient_accumulation_steps"] = 1,
            ["max_steps"] = 1,
            ["learning_rate"] = 0.001,
            ["lr_scheduler_type"] = "linear",
            ["warmup_steps"] = 1,
            ["weight_decay"] = 0,
            ["max_grad_norm"] = 1,
        };
        foreach (var (key, value) in JsonNode.Parse(settings)!.AsObject())
        {
            arguments[key] = value?.DeepClone();
        }

        return new JsonObject
        {
            ["name"] = "own",
            ["trainer"] = trainer,
            ["arguments"] = arguments,
            ["logs"] = new JsonArray(),
            ["batches"] = new JsonArray(),
        };
    }

    private static TrlRecord Record(string trainer, string settings)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["trl.json"], Json(trainer, settings).ToJsonString());
        return RecordJson.Read<TrlRecord>(folder["trl.json"]);
    }

    private static void Write(TinyRun tiny, JsonObject record)
    {
        Directory.CreateDirectory(tiny["record"]);
        Directory.CreateSymbolicLink(tiny["record", "model"], tiny.Model);
        File.WriteAllText(tiny["record", "trl.json"], new JsonArray(record.DeepClone()).ToJsonString());
    }
}
