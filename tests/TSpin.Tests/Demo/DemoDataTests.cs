using System.Text.Json;
using Shouldly;
using TSpin.Demo;
using Xunit;

namespace TSpin.Tests.Demo;

public sealed class DemoDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tspin-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_hold_gsm8k_rows_and_repeat_byte_for_byte()
    {
        DemoData.Write(_folder, 3, 50, 30, 20);
        var again = Path.Combine(_folder, "again");
        DemoData.Write(again, 3, 50, 30, 20);
        var counts = new Dictionary<string, int> { [DemoData.TrainFile] = 50, [DemoData.TestFile] = 30, [DemoData.TestTemplatesFile] = 20 };
        foreach (var (name, count) in counts)
        {
            var path = Path.Combine(_folder, name);
            File.ReadAllBytes(path).ShouldBe(File.ReadAllBytes(Path.Combine(again, name)));
            var rows = File.ReadAllLines(path);
            rows.Length.ShouldBe(count);
            foreach (var row in rows)
            {
                using var json = JsonDocument.Parse(row);
                json.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(["question", "answer"]);
                json.RootElement.GetProperty("answer").GetString()!.ShouldMatch(@"\n#### \d+$");
            }
        }

        File.ReadAllText(Path.Combine(_folder, DemoData.TrainFile)).ShouldContain("+", customMessage: "the plus sign is written as itself, not escaped");
    }

    [Fact]
    public void No_test_problem_is_among_the_annotated_or_pretraining_ones_at_any_seed()
    {
        ulong[] seeds = [1, 2, 3, 42];
        var tests = seeds.SelectMany(seed => DemoData.Test(seed, 300).Concat(DemoData.TestTemplates(seed, 300))).ToArray();
        var train = seeds.SelectMany(seed => DemoData.Train(seed, 600)).ToArray();
        var testKeys = tests.Select(problem => problem.Key).ToHashSet();
        var testQuestions = tests.Select(problem => problem.Question).ToHashSet();
        train.ShouldAllBe(problem => !testKeys.Contains(problem.Key) && !testQuestions.Contains(problem.Question));
        train.ShouldAllBe(problem => !problem.Template.HeldOut);

        var testPrompts = tests.Select(problem => BaseCorpus.Prompt(problem.Question)).ToHashSet();
        var corpus = new BaseCorpus(1);
        Enumerable.Range(0, 10_000).ShouldAllBe(i => !testPrompts.Contains(corpus.Document(i).Prompt));
    }

    [Fact]
    public void Within_a_file_no_problem_repeats_and_the_kinds_are_even()
    {
        var problems = DemoData.Test(9, 390);
        problems.Select(problem => problem.Key).ShouldBeUnique();
        problems.Select(problem => problem.Question).ShouldBeUnique();
        var perKind = problems.CountBy(problem => problem.Template.Name).Select(pair => pair.Value).ToArray();
        perKind.Length.ShouldBe(ProblemTemplates.Annotated.Count);
        (perKind.Max() - perKind.Min()).ShouldBeLessThanOrEqualTo(1);
    }
}
