using System.Text.Json;
using Shouldly;
using TSpin.Checks;
using Xunit;

namespace TSpin.Tests.Checks;

public sealed class CheckListTests
{
    [Fact]
    public void The_worst_place_used_the_largest_share_of_what_it_was_allowed()
    {
        var list = new CheckList();
        list.Near("loss", "first", 1.5, 1, 10);
        list.Near("loss", "second", 1.1, 1, 0.2);
        list.Near("loss", "third", 1, 1, 0.001);

        var quantity = list.Report("x").Quantities.ShouldHaveSingleItem();

        (quantity.Comparisons, quantity.Misses, quantity.WorstWhere, quantity.WorstAllowed).ShouldBe((3, 0, "second", 0.2));
        quantity.WorstDifference!.Value.ShouldBe(0.1, 1e-12);
        list.Report("x").Passed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity)]
    [InlineData(1.01, 1)]
    public void What_is_not_near_is_a_miss(double actual, double expected)
    {
        var list = new CheckList();
        list.Near("a", "number", actual, expected, 0.001);
        list.Near("b", "table", [0, (float)actual], [0, (float)expected], 2, 0.001);

        var report = list.Report("x");

        report.Misses.ShouldBe(2);
        report.FirstMisses.Select(miss => miss.Where).ShouldBe(["number", "table[0, 1]"]);
        report.Quantities.Select(quantity => quantity.WorstWhere).ShouldBe(["number", "table[0, 1]"]);
        CheckReport.ExitCode([report]).ShouldBe(1);
        JsonDocument.Parse(CheckReport.ToJson([report])).RootElement.GetProperty("passed").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public void Equal_infinities_and_exact_limits_hold()
    {
        var list = new CheckList();
        list.Near("a", "infinity", double.PositiveInfinity, double.PositiveInfinity, 0);
        list.Near("a", "zero", 0, 0, 0);
        list.Near("a", "limit", 1.5, 1, 0.5);
        list.Report("x").Misses.ShouldBe(0);
    }

    [Fact]
    public void Tables_name_row_and_column_and_only_ten_misses_are_spelled_out()
    {
        var list = new CheckList();
        list.Near("logits", "t", new float[30], Enumerable.Repeat(1f, 30).ToArray(), 10, 0.5);

        var report = list.Report("x");

        report.Misses.ShouldBe(30);
        report.FirstMisses.Count.ShouldBe(10);
        report.FirstMisses[3].ShouldBe(new CheckMiss("logits", "t[0, 3]", "1", "0", 1, 0.5));
        report.ToText().ShouldContain("and 20 more misses");
        Should.Throw<ArgumentException>(() => list.Near("logits", "t", new float[2], new float[3], 1, 1));
    }

    [Fact]
    public void Sequences_differ_where_they_differ_and_in_length()
    {
        var list = new CheckList();
        list.Same("tokens", "s", [1, 2, 3, 4], [1, 9, 3]);

        var report = list.Report("x");

        (report.Comparisons, report.Misses).ShouldBe((4, 2));
        report.FirstMisses.ShouldBe([new CheckMiss("tokens", "s[1]", "9", "2", null, null), new CheckMiss("tokens", "s[3]", "nothing", "4", null, null)]);
    }

    [Fact]
    public void Exit_codes_tell_a_miss_from_what_could_not_be_checked()
    {
        var good = With(1, 1).Report("good");
        var missed = With(1, 2).Report("missed");
        var faulty = With(1, 1).Report("faulty", "no such file");
        var empty = new CheckList().Report("empty");

        CheckReport.ExitCode([good, good]).ShouldBe(0);
        CheckReport.ExitCode([good, missed]).ShouldBe(1);
        CheckReport.ExitCode([good, faulty]).ShouldBe(2);
        CheckReport.ExitCode([missed, faulty]).ShouldBe(1);
        CheckReport.ExitCode([empty]).ShouldBe(2, "nothing compared is nothing proved");
        CheckReport.ExitCode([]).ShouldBe(2);
        faulty.Passed.ShouldBeFalse();

        static CheckList With(double actual, double expected)
        {
            var list = new CheckList();
            list.Near("a", "b", actual, expected, 0.1);
            return list;
        }
    }

    [Fact]
    public void The_text_is_for_people()
    {
        var list = new CheckList();
        list.Near("logits", "logits.0[3, 4]", 1.0001, 1, 2e-4);
        list.Same("greedy tokens", "greedy[0]", [5, 6], [5, 7]);
        list.Skip("greedy[1]: reason");

        list.Report("models/tiny").ToText().ReplaceLineEndings("\n").ShouldBe(
            """
            models/tiny: MISSED, 1 of 3 values
              logits                1  largest difference 1.0e-04 of 2.0e-04 allowed, at logits.0[3, 4]
              greedy tokens         2  1 MISSED
              not compared: greedy[1]: reason
              miss: greedy tokens at greedy[0][1]: 6, recorded 7
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_JSON_has_every_figure()
    {
        var list = new CheckList();
        list.Near("logits", "here", 2, 1, 0.5);
        var root = JsonDocument.Parse(CheckReport.ToJson([list.Report("models/tiny"), new CheckList().Report("other", "no such file")])).RootElement;

        root.GetProperty("exit_code").GetInt32().ShouldBe(1);
        var report = root.GetProperty("reports")[0];
        report.GetProperty("subject").GetString().ShouldBe("models/tiny");
        report.GetProperty("misses").GetInt64().ShouldBe(1);
        report.GetProperty("quantities")[0].GetProperty("worst_difference").GetDouble().ShouldBe(1);
        report.GetProperty("first_misses")[0].GetProperty("allowed").GetDouble().ShouldBe(0.5);
        root.GetProperty("reports")[1].GetProperty("fault").GetString().ShouldBe("no such file");
    }
}
