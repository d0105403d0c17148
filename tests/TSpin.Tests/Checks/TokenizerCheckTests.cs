using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using TSpin.Checks;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Checks;

/// <summary>The check of a tokenizer, on a byte-level one whose ids are known: <c>&lt;eos&gt;</c> is 0 and 'a' one of the next.</summary>
public sealed class TokenizerCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenizerCheckTests()
    {
        File.WriteAllText(_folder["tokenizer.json"], BpeTrainer.Train([], 257, ["<eos>"]));
        var a = Tokenizer.Load(_folder.Path).Encode("a", addSpecialTokens: false)[0];
        Write("texts.json", JsonNode.Parse("""["aa", "", "a<eos>"]""")!);
        Write("record.json", new JsonObject
        {
            ["ids"] = new JsonArray(new JsonArray(a, a), new JsonArray(), new JsonArray(a, 0)),
            ["ids_with_special"] = new JsonArray(null, null, new JsonArray(a, 0)),
            ["decoded_ids"] = new JsonArray("aa", "", "a<eos>"),
            ["decoded_skip_special_from_ids_with_special"] = new JsonArray("aa", "", "a"),
            ["note"] = "unknown keys are of no concern",
        });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_forms_of_a_right_record_hold()
    {
        var report = Check();
        report.Fault.ShouldBeNull();
        report.Passed.ShouldBeTrue();
        report.Quantities.Select(q => (q.Name, q.Comparisons)).ShouldBe(
            [("ids", 3L), ("ids_with_special", 3), ("decoded_ids", 3), ("decoded_skip_special_from_ids_with_special", 3)]);
    }

    [Fact]
    public void Forms_that_were_not_recorded_are_not_compared()
    {
        Change(record =>
        {
            record.Remove("ids_with_special");
            record.Remove("decoded_skip_special_from_ids_with_special");
        });
        Check().Quantities.Select(q => q.Name).ShouldBe(["ids", "decoded_ids"]);
    }

    [Theory]
    [InlineData("ids", "id 1")]
    [InlineData("ids_with_special", "id 1")]
    [InlineData("decoded_ids", "character 1")]
    [InlineData("decoded_skip_special_from_ids_with_special", "character 1")]
    public void Every_form_is_compared_and_a_miss_says_where(string form, string where)
    {
        Change(record =>
        {
            if (record[form]![2]!.GetValueKind() == JsonValueKind.String)
            {
                record[form]![2] = "ab";
            }
            else
            {
                record[form]![2]![1] = 200;
            }

            // The decoded forms start from the recorded ids and would differ too.
            if (form.StartsWith("ids", StringComparison.Ordinal))
            {
                record.Remove("decoded_ids");
                record.Remove("decoded_skip_special_from_ids_with_special");
            }
        });
        var report = Check();
        report.Misses.ShouldBe(1);
        report.FirstMisses[0].Quantity.ShouldBe(form);
        report.FirstMisses[0].Where.ShouldBe($"text 2 \"a<eos>\", {where}");
        CheckReport.ExitCode([report]).ShouldBe(1);
    }

    [Fact]
    public void An_id_that_no_tokenizer_has_is_a_miss_not_a_crash()
    {
        Change(record => record["ids"]![0] = new JsonArray(-5, int.MaxValue));
        Check().Misses.ShouldBe(4);
    }

    [Fact]
    public void Bad_records_are_named()
    {
        Change(record => record["decoded_ids"]!.AsArray().RemoveAt(0));
        Check().Fault!.ShouldContain("decoded_ids has 2 entries, but");
        Change(record => record.Remove("ids"));
        Check().Fault!.ShouldContain("record.json: is not the record expected here");
        File.WriteAllText(_folder["texts.json"], "[null]");
        Check().Fault!.ShouldContain("texts.json: [0] is null");
        File.Delete(_folder["tokenizer.json"]);
        CheckReport.ExitCode([Check()]).ShouldBe(2);
    }

    private CheckReport Check() => TokenizerCheck.Run(_folder["record.json"], _folder["texts.json"], _folder.Path);

    private void Change(Action<JsonObject> change)
    {
        var record = JsonNode.Parse(File.ReadAllText(_folder["record.json"]))!.AsObject();
        change(record);
        Write("record.json", record);
    }

    private void Write(string name, JsonNode content) => File.WriteAllText(_folder[name], content.ToJsonString());
}
