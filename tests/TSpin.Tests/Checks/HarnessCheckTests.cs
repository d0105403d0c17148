using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

/// <summary>Every recorded run of lm-evaluation-harness: prompts, and what is judged from recorded answers; with models, what these find.</summary>
public sealed class HarnessCheckTests
{
    public static TheoryData<string> Models => ["smollm2-135m-instruct", "stories260K"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Prompts_metrics_and_results_of_every_recorded_run_are_the_harness(string model)
    {
        var record = SharedFolder.Require("reference", "lm-eval-2", $"{model}.jsonl");
        // The tokenizer's folder has a chat template and no weights.
        var report = HarnessCheck.Run(record, SharedFolder.Require("data", "tokenizers", "smollm2-135m-instruct"));
        report.Fault.ShouldBeNull();
        report.FirstMisses.ShouldBeEmpty();
        report.Passed.ShouldBeTrue();
        report.Quantities.Select(quantity => quantity.Name).ShouldBe(
            ["documents", "targets", "requests", "contexts", "continuations", "metrics", "results", "generation settings", "filtered answers"], ignoreOrder: true);
    }
}
