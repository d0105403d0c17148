using Shouldly;
using TSpin.Data;
using TSpin.Data.Audit;
using Xunit;

namespace TSpin.Tests.Data.Audit;

/// <summary>What an audit finds, and what it leaves alone.</summary>
public sealed class DataAuditTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ordinary_examples_have_no_findings()
    {
        var report = DataAudit.Of(Examples(Ordinary(200)), new AuditSettings { Language = _ => "en" });
        report.Findings.ShouldBeEmpty();
        report.Summary.ShouldBe("nothing found in 200 examples");
        report.Worst.ShouldBeNull();
        DataAudit.Of([]).Examples.ShouldBe(0);
    }

    [Theory]
    [InlineData("How many FIGS  has Ann?", "She has 12 figs in all of her bags.", FindingKind.Duplicate)]
    [InlineData("How many figs has Ann?", "She counted them, and there are a dozen of them in all.", FindingKind.SeveralAnswers)]
    public void An_example_with_the_same_prompt_is_found_with_the_other_row(string prompt, string answer, FindingKind kind)
    {
        var found = Find([.. Ordinary(3), ("How many figs has Ann?", "She has 12 figs in all  of her bags."), .. Ordinary(2, from: 5), (prompt, answer)]).ShouldHaveSingleItem();
        (found.Kind, found.Line, found.OtherLine, found.Index).ShouldBe((kind, 7, 4, 6));
        found.Reason.ShouldContain("train.jsonl:4");
    }

    [Theory]
    [InlineData("3 and 4 are 7.\n#### 7", "3 and 4 are 8.\n#### 8", true)]
    [InlineData("3 and 4 are 1,007.\n#### 1,007", "That is 1007 in all.\n#### 1007", false)]
    [InlineData(@"So it is $\boxed{\frac{1}{2}}$.", @"We see that \boxed{2}", true)]
    [InlineData("Yes.", "no", true)]
    [InlineData("Yes.", "yes", false)]
    [InlineData("7", "3 and 4 are 7.\n#### 7", false)]
    [InlineData("Once upon a time there was a king with a dog.", "There was a queen in a far land who had a cat.", false)]
    public void Answers_to_one_prompt_contradict_each_other_where_their_results_differ(string one, string other, bool contradicts)
    {
        var found = Find([("What is it?", one), ("What is it?", other)]).ShouldHaveSingleItem();
        (found.Kind, found.Severity).ShouldBe(contradicts
            ? (FindingKind.Contradiction, one == "Yes." ? FindingSeverity.Warning : FindingSeverity.Error) : (FindingKind.SeveralAnswers, FindingSeverity.Note));
    }

    [Fact]
    public void An_answer_contradicts_any_earlier_one_whose_result_differs()
    {
        var found = Find([("What is it?", "It is 1.\n#### 1"), ("What is it?", "It is 2.\n#### 2"), ("What is it?", "Surely 1.\n#### 1")]);
        found.Select(finding => (finding.Kind, finding.Line, finding.OtherLine)).ShouldBe(
            [(FindingKind.Contradiction, 2, 1), (FindingKind.Contradiction, 3, 2)]);
    }

    [Fact]
    public void Nearly_the_same_text_is_found_and_the_share_is_exact()
    {
        var prompt = Words(60, 1);
        var answer = Words(80, 2);
        // One word of 60 touches 5 of 56 runs: 51 of 61 are common.
        var changed = prompt.Replace(prompt.Split(' ')[30], "otherwise", StringComparison.Ordinal);
        NearDuplicates.Share(prompt, changed).ShouldBe(51 / 61.0, 1e-12);
        var found = Find([(prompt, answer), .. Ordinary(30), (changed, answer + " indeed")])
            .Where(finding => finding.Kind == FindingKind.NearDuplicate).ShouldHaveSingleItem();
        (found.Kind, found.Line, found.OtherLine).ShouldBe((FindingKind.NearDuplicate, 32, 1));
        found.Reason.ShouldStartWith("84% of the prompt's and 99% of the answer's runs of 5 words are those of train.jsonl:1");
    }

    [Fact]
    public void What_a_template_has_in_common_is_no_near_duplicate()
    {
        var template = Words(200, 3);
        Find([.. Enumerable.Range(0, 60).Select(i => ($"{template} {Words(12, 100 + i)}", $"label {(i % 2 == 0 ? "red" : "blue")}"))]).ShouldBeEmpty();
    }

    // Against all pairs counted: what is reported is so, and nearly nothing is missed.
    [Fact]
    public void Near_duplicates_are_those_of_all_pairs()
    {
        var random = new Random(5);
        var texts = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            var words = i % 3 == 0 || i == 0 ? Words(120, i).Split(' ') : texts[^1].Split(' ');
            for (var changes = i % 3 == 0 ? 0 : random.Next(1, 5); changes > 0; changes--)
            {
                words[random.Next(words.Length)] = $"new{random.Next()}";
            }

            texts.Add(string.Join(' ', words));
        }

        var slow = Enumerable.Range(0, texts.Count).Where(i => Enumerable.Range(0, i).Any(j => Jaccard(texts[i], texts[j]) >= 0.8)).ToList();
        var found = Find([.. texts.Select((text, i) => ($"Question {i % 4 / 3}", text))])
            .Where(finding => finding.Kind == FindingKind.NearDuplicate).Select(finding => finding.Index!.Value).ToList();
        // Prompts of fewer than five words must be the same.
        var same = slow.Where(i => Enumerable.Range(0, i).Any(j => i % 4 / 3 == j % 4 / 3 && texts[i] != texts[j] && Jaccard(texts[i], texts[j]) >= 0.8)).ToList();
        same.Count.ShouldBeGreaterThan(30);
        found.Except(same).ShouldBeEmpty();
        same.Except(found).Count().ShouldBeLessThanOrEqualTo(same.Count / 20);

        static double Jaccard(string a, string b)
        {
            var (left, right) = (Runs(a), Runs(b));
            return (double)left.Intersect(right).Count() / left.Union(right).Count();
        }

        static HashSet<string> Runs(string text)
        {
            var words = text.Split(' ');
            return [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
        }
    }

    [Theory]
    [InlineData("It is built like this:\n```\nx = 1\n", "a code fence")]
    [InlineData(@"So the result must be \boxed{12", @"\boxed{")]
    [InlineData("The king (who had a dog and a very old", "(")]
    [InlineData("The king had a dog and the dog had a", "… a dog and the dog had a")]
    [InlineData("The king had a dog, a cat, a horse and a bird,", "a bird,")]
    public void An_answer_that_breaks_off_is_found(string answer, string reason)
    {
        var found = Find([.. Ordinary(40), ("And this one?", answer)]).Where(finding => finding.Kind == FindingKind.Truncated).ShouldHaveSingleItem();
        (found.Index, found.Severity).ShouldBe((40, FindingSeverity.Warning));
        found.Reason.ShouldContain(reason);
    }

    [Theory]
    [InlineData("There are three of them:\n1. The first\n2. The second one")]
    [InlineData("There are three of them:\n- the first\n- the second one")]
    [InlineData("He said that it was \"the last day of summer.\"")]
    [InlineData("It is built like this, in a single line:\n```\nx = (1\n```")]
    [InlineData("What a lovely day to be in the garden! #sunny")]
    public void An_answer_with_an_end_of_another_kind_is_not_called_truncated(string answer) =>
        Find([.. Ordinary(40), ("And this one?", answer)]).ShouldNotContain(finding => finding.Kind == FindingKind.Truncated);

    [Fact]
    public void Answers_cut_at_one_length_are_found_without_a_common_end()
    {
        var texts = Enumerable.Range(0, 30).Select(i => (Prompt: $"Tell {i}", Text: Words(80, i)));
        var found = Find([.. texts.Select((row, i) => i % 3 == 0 ? (row.Prompt, "x" + row.Text[1..300].TrimEnd().PadRight(299, 'q')) : (row.Prompt, row.Text[..(150 + i)] + "."))]);
        found.Where(finding => finding.Kind == FindingKind.Truncated).Select(finding => finding.Index!.Value).ShouldBe(Enumerable.Range(0, 10).Select(i => 3 * i));
        found.First(finding => finding.Kind == FindingKind.Truncated).Reason.ShouldContain("after 300 characters, as 9 others do");
    }

    [Theory]
    [InlineData("...", FindingKind.Empty)]
    [InlineData("N/A", FindingKind.Empty)]
    [InlineData("I'm sorry, but I can't help with that request at all.", FindingKind.Refusal)]
    [InlineData("As an AI language model, I do not have opinions about that.", FindingKind.Refusal)]
    public void An_answer_that_says_nothing_is_found(string answer, FindingKind kind) =>
        Find([.. Ordinary(40), ("And this one?", answer)]).ShouldContain(finding => finding.Kind == kind && finding.Index == 40);

    [Fact]
    public void Labels_are_no_placeholders_and_no_repeated_answers()
    {
        Find([.. Enumerable.Range(0, 60).Select(i => ($"Is {Words(6, i)} good?", i % 3 == 0 ? "none" : "the first of the two given kinds"))])
            .ShouldBeEmpty();
        var repeated = Find([.. Ordinary(40), .. Enumerable.Range(0, 4).Select(i => ($"Why is {Words(4, 700 + i)}?", "That is a good question, ask me again later."))]);
        repeated.Where(finding => finding.Kind != FindingKind.Style).Select(finding => (finding.Kind, finding.Index)).ShouldBe(Enumerable.Range(40, 4).Select(i => (FindingKind.RepeatedAnswer, (int?)i)));
    }

    [Fact]
    public void An_answer_of_another_length_is_found_in_logarithms()
    {
        var found = Find([.. Ordinary(60), ("Short?", "Ok."), ("Long?", string.Join(' ', Enumerable.Range(0, 400).Select(i => $"word{i}")) + ".")])
            .Where(finding => finding.Kind == FindingKind.Length).ToList();
        found.Select(finding => finding.Index).ShouldBe([60, 60, 61, 61]);
        found[1].Reason.ShouldBe("the prompt has 6 characters, the median is 35");
        var scale = RobustScale.Of([1, 2, 3, 4, 100]);
        (scale.Median, scale.Spread).ShouldBe((3, 1.4826));
        RobustScale.Of([1, 3]).Of(4, 0).ShouldBe(2 / 1.4826, 1e-12);
    }

    [Fact]
    public void An_answer_without_the_form_of_the_others_is_found()
    {
        var rows = Enumerable.Range(0, 60).Select(i => ($"Sum {Words(5, i)}?", $"The sum of {Words(8, 900 + i)} is {i}.\n#### {i}")).ToList();
        rows[7] = (rows[7].Item1, "The sum is clearly twelve in this case, as one can see.");
        var found = Find(rows).ShouldHaveSingleItem();
        (found.Kind, found.Severity, found.Index).ShouldBe((FindingKind.Style, FindingSeverity.Warning, 7));
        found.Reason.ShouldContain("59 of 60 answers end in \"#### result\", this one does not");
    }

    [Fact]
    public void An_answer_in_another_language_or_script_is_found()
    {
        var rows = Ordinary(60).Append(("Und?", "Der König hatte einen Hund und der Hund hatte eine Katze im Garten.")).Append(("?", "Король имел собаку, а у собаки была кошка.")).ToList();
        Find(rows).Where(finding => finding.Kind == FindingKind.Language).Select(finding => finding.Index).ShouldBe([61]);
        var asked = new List<string>();
        var found = DataAudit.Of(Examples(rows), new AuditSettings
        {
            Language = text =>
            {
                asked.Add(text);
                return text.Contains("König", StringComparison.Ordinal) || text.Contains("Katze", StringComparison.Ordinal) ? "de" : "en";
            },
        }).Findings.Where(finding => finding.Kind == FindingKind.Language).ToList();
        found.Select(finding => finding.Index).ShouldBe([60, 61]);
        found[0].Reason.ShouldBe("the answer seems to be in another language (de) than the others (en)");
        asked.Count.ShouldBeLessThan(60);
    }

    [Fact]
    public void Examples_of_test_data_are_found_with_their_place()
    {
        var thirteen = "one two three four five six seven eight nine ten eleven twelve thirteen";
        TestText[] tests = [new("What is  that?", "What is that? A dog.", "test.jsonl", 1), new("Other", $"Other: {thirteen}", "test.jsonl", 2)];
        var found = DataAudit.Of(Examples([("WHAT is that?", "No idea."), ("A", $"He counted {thirteen}."), ("B", "Nothing of it.")]), new AuditSettings { Tests = [("test.jsonl", tests)] })
            .Findings;
        found.Select(finding => (finding.Kind, finding.Index, finding.Severity, finding.OtherFile, finding.OtherLine)).ShouldBe(
        [
            (FindingKind.TestOverlap, 0, FindingSeverity.Error, "test.jsonl", 1),
            (FindingKind.TestOverlap, 1, FindingSeverity.Warning, "test.jsonl", 2),
        ]);
    }

    [Fact]
    public void Findings_can_be_written_and_read_again()
    {
        var report = DataAudit.Of(Examples([("p", "a"), ("p", "b"), ("p", "a")]), new AuditSettings { Bad = [new BadLine("x.jsonl", 9, "no answer")] });
        report.Summary.ShouldBe("findings at 3 of 3 examples: 1 bad record, 1 contradiction, 1 duplicate");
        report.Worst.ShouldBe(FindingSeverity.Error);
        var path = Path.Combine(_folder.ToString(), "audit.jsonl");
        report.Write(path);
        AuditReport.Read(path).ShouldBe(report.Findings);
        File.ReadAllLines(path)[1].ShouldBe(
            """{"kind":"duplicate","severity":"warning","file":"train.jsonl","line":3,"reason":"prompt and answer are those of train.jsonl:1","index":2,"other_file":"train.jsonl","other_line":1}""");
    }

    [Fact]
    public void Real_data_have_little_to_find()
    {
        var train = SharedFolder.Require("data", "gsm8k", "train.jsonl");
        var report = DataAudit.Of(ExampleReader.Read([train], DataFormat.Auto, skipBad: false).Examples);
        report.Examples.ShouldBe(7473);
        report.Findings.Count.ShouldBeInRange(1, 20, report.Summary);
    }

    private static IReadOnlyList<DataFinding> Find(IEnumerable<(string Prompt, string Answer)> rows) => DataAudit.Of(Examples(rows)).Findings;

    private static AnnotatedExample[] Examples(IEnumerable<(string Prompt, string Answer)> rows) =>
        [.. rows.Select((row, i) => new AnnotatedExample(i, row.Prompt, row.Answer, "train.jsonl", i + 1))];

    // Questions and answers of some words each, all different.
    private static (string Prompt, string Answer)[] Ordinary(int count, int from = 0) =>
        [.. Enumerable.Range(from, count).Select(i => ($"How is {Words(5, 2 * i)}?", $"She has the {Words(4, (2 * i) + 1)} and it is of her {Words(2, 7000 + i)}."))];

    private static string Words(int count, int seed)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, 4 + random.Next(2)).Select(_ => (char)('a' + random.Next(26))))));
    }
}
