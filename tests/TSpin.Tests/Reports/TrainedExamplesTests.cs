using Shouldly;
using TSpin.Data.Audit;
using TSpin.Reports;
using Xunit;

namespace TSpin.Tests.Reports;

/// <summary>What training showed of single examples.</summary>
public sealed class TrainedExamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Answers_that_became_less_likely_and_answers_that_did_not_move_are_found()
    {
        // Of 40 examples most gain a third of their loss; 3 loses, 7 stays where it was, 11 is beaten by y' throughout.
        Write(0, i => (-60 - (i % 5), 2), i => i switch { 3 => (-80, 1), 7 => (-61.5, 3), 11 => (-55, -9), _ => (-50 - (i % 5), 4) });
        Write(1, i => i == 11 ? (-54, -7) : (-48, 3), i => i switch { 3 => (-95.5, 1), 7 => (-61.5, 3), 11 => (-45, -8), _ => (-40 - (i % 5), 5) });
        var notes = new List<string>();
        var report = TrainedExamples.Of(_folder.Path, notes);
        notes.ShouldBeEmpty();
        report.Findings.Select(finding => (finding.Kind, finding.Place, finding.Index)).ShouldBe(
        [
            (FindingKind.Hurt, "examples.jsonl:4", 3), (FindingKind.NotLearned, "examples.jsonl:8", 7), (FindingKind.NotLearned, "examples.jsonl:12", 11),
        ]);
        report.Findings[0].Reason.ShouldBe("training made the answer less likely: log-probability -63.0 to -95.5 nats, where the median example gained 20.0");
        report.Findings[1].Reason.ShouldContain("-62.0 to -61.5 nats, where the median example lost 32% of its loss");
        report.Findings[2].Reason.ShouldContain("in each of 2 iterations (u -8.0 nats in the last)");
    }

    [Fact]
    public void What_holds_for_many_is_no_fault_of_an_example()
    {
        Write(0, i => (-60, 2), i => (i % 2 == 0 ? -90 : -30, 2));
        TrainedExamples.Of(_folder.Path, []).Findings.ShouldBeEmpty();
        Directory.Delete(_folder["iteration-00"], recursive: true);
        TrainedExamples.Of(_folder.Path, []).Examples.ShouldBe(0);
    }

    private void Write(int iteration, Func<int, (double LogProb, double Gap)> first, Func<int, (double LogProb, double Gap)> last)
    {
        var path = _folder[$"iteration-{iteration:D2}", "triplets-metrics.jsonl"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, from pass in new[] { first, last }
                                 from i in Enumerable.Range(0, 40)
                                 let seen = pass(i)
                                 select FormattableString.Invariant($"{{\"step\":1,\"index\":{i},\"log_prob_annotated\":{seen.LogProb},\"likelihood_gap\":{seen.Gap}}}"));
    }
}
