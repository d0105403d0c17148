using Shouldly;
using TSpin.Demo;
using TSpin.Randomness;
using TSpin.Worlds;
using Xunit;

namespace TSpin.Tests.Worlds;

/// <summary>The judges of the small worlds: what an annotator writes is right, and what goes wrong is seen.</summary>
public sealed class SkillTests
{
    private const string Eight = "1. dog\n2. cat\n3. cow\n4. pig\n5. rat";

    [Theory]
    [InlineData("lists", 0.25, 0.45)]
    [InlineData("sums", 0.2, 0.32)]
    public void Annotated_answers_are_right_and_careless_ones_as_often_as_stated(string name, double least, double most)
    {
        var skill = WorldFiles.Skills.Single(known => known.Name == name);
        var careless = 0;
        for (var i = 0; i < 1000; i++)
        {
            var random = RandomStream.For(3, "skill-tests", i);
            var question = skill.Draw((ProblemSplit)(i % 3), random);
            var right = question.Right(random);
            skill.IsRight(question.Text, right).ShouldBeTrue($"{question.Text}\n{right}");
            skill.IsRight(question.Text, right + "\n").ShouldBeTrue();
            skill.IsRight(question.Text, right + "\nand so on").ShouldBeFalse();
            careless += skill.IsRight(question.Text, question.Careless(random)) ? 1 : 0;
        }

        (careless / 1000.0).ShouldBeInRange(least, most);
    }

    [Theory]
    [InlineData("Name 5 animals.", Eight, true)]
    [InlineData("List 5 different animals, but no lion.", Eight, true)]
    [InlineData("Name 5 animals, but no cat.", Eight, false)]
    [InlineData("Name 6 animals.", Eight, false)]
    [InlineData("Name 5 fruits.", Eight, false)]
    [InlineData("Name 5 animals.", "1. dog\n2. cat\n3. cow\n4. pig\n5. dog", false)]
    [InlineData("Name 5 animals.", "1. dog\n2. cat\n3. cow\n4. pig\n6. rat", false)]
    [InlineData("Name 5 animals.", "", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "#### 5+12+30", true)]
    [InlineData("Find 3 different numbers that add up to 47.", "47-5=42\n#### 30+12+5", true)]
    [InlineData("Which 2 different numbers make 20 together?", "#### 10+10", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "#### 5+12+31", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "#### 17+30", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "#### 0+17+30", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "5+12+30", false)]
    [InlineData("Write 47 as a sum of 3 different numbers.", "#### 99999999999+1+1", false)]
    public void A_judge_sees_what_is_wrong(string question, string answer, bool isRight) => WorldFiles.Skills
        .Single(skill => skill.Name == (question.Contains("numbers", StringComparison.Ordinal) ? "sums" : "lists"))
        .IsRight(question, answer).ShouldBe(isRight);

    [Fact]
    public void A_judge_reads_lines_and_writes_lines_and_takes_no_foreign_prompt()
    {
        using var written = new StringWriter { NewLine = "\n" };
        using var answers = new StringReader("""
            {"prompt": "### Instruction: Name 5 animals.\n\n### Response: ", "answer": "1. dog\n2. cat\n3. cow\n4. pig\n5. rat", "reference": null}
            {"prompt": "### Instruction: Name 5 animals.\n\n### Response: ", "answer": "1. dog", "reference": null}
            """);
        Judge.Run(new ListSkill(), answers, written);
        written.ToString().ShouldBe("1\n0\n");
        using var foreign = new StringReader("""{"prompt": "Name 5 animals.", "answer": ""}""");
        Should.Throw<FormatException>(() => Judge.Run(new ListSkill(), foreign, written));
    }

    [Fact]
    public void Parts_share_no_question_and_more_examples_begin_with_the_fewer()
    {
        using var folder = new TemporaryFolder();
        WorldFiles.WriteData(folder["few"], seed: 1, examples: 20);
        WorldFiles.WriteData(folder["many"], seed: 1, examples: 60);
        foreach (var name in WorldFiles.Skills.Select(skill => skill.Name))
        {
            string[] Lines(string part) => File.ReadAllLines(Path.Combine(folder["many"], $"{name}-{part}.jsonl"));
            Lines("train")[..20].ShouldBe(File.ReadAllLines(Path.Combine(folder["few"], $"{name}-train.jsonl")));
            var all = Lines("train").Concat(Lines("validation")).Concat(Lines("test")).ToArray();
            all.Length.ShouldBe(60 + WorldFiles.ValidationQuestions + WorldFiles.TestQuestions);
            all.Select(line => line.Split("\",\"response")[0]).Distinct().Count().ShouldBe(all.Length);
        }
    }
}
