using Shouldly;
using TSpin.Tests.Cli;
using TSpin.Tests.SelfPlay;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Distribution;

/// <summary>Verbs that answer with one model, in several real processes.</summary>
public sealed class DistributedAnswersTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public DistributedAnswersTests() => Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Generate_writes_the_bytes_of_one_process_and_only_the_first_speaks()
    {
        File.WriteAllLines(_tiny["prompts.jsonl"], Enumerable.Range(0, 7).Select(n => $$"""{"prompt_ids": [{{5 + n}}, {{11 + (2 * n)}}, 7]}"""));
        string[] Arguments(string file) => ["generate", _tiny.Model, "--prompts", _tiny["prompts.jsonl"], "--out", _tiny[file], "--batch-size", "2", "--max-new-tokens", "6"];
        using var alone = TspinProcess.Start(new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" }, Arguments("one.jsonl"));
        alone.End().Code.ShouldBe(0);
        using var together = LaunchedProcesses.Start(2, Arguments("two.jsonl"));
        together.End().ShouldBe([0, 0], together[0].Errors + together[1].Errors);
        File.ReadAllBytes(_tiny["two.jsonl"]).ShouldBe(File.ReadAllBytes(_tiny["one.jsonl"]));
        together[1].Errors.ShouldBe("");
    }

    /// <summary>What only the first process finds out ends the others too, with its exit code.</summary>
    [Fact]
    public void A_fault_of_the_first_ends_all()
    {
        using var processes = LaunchedProcesses.Start(2, ["eval", _tiny.Model, "--data", _tiny["missing.jsonl"]]);
        processes.End().ShouldBe([2, 2]);
        processes[0].Errors.ShouldContain("missing.jsonl");
    }
}
