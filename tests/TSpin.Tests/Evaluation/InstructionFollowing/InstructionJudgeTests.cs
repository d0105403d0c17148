using System.Text.Json;
using Shouldly;
using TSpin.Evaluation.InstructionFollowing;
using Xunit;

namespace TSpin.Tests.Evaluation.InstructionFollowing;

public sealed class InstructionJudgeTests
{
    private static readonly InstructionJudge Judge = new(LinguisticTools.Default);

    [Theory]
    // What an introduction, a closing line or asterisks spoil, loose checking forgives.
    [InlineData("startend:quotation", "{}", "Sure, here it is:\n\"a\"", false, true)]
    [InlineData("startend:quotation", "{}", "\"a\"\nI hope this helps!", false, true)]
    [InlineData("startend:quotation", "{}", "Sure:\n\"a\"\nBye.", false, true)]
    [InlineData("startend:quotation", "{}", "**\"a\"**", false, true)]
    [InlineData("startend:quotation", "{}", "One\nTwo\n\"a\"", false, false)]
    [InlineData("punctuation:no_comma", "{}", "a, b", false, false)]
    [InlineData("punctuation:no_comma", "{}", "a, b\nc", false, true)]
    // An empty answer follows nothing, and an empty variant does not either.
    [InlineData("punctuation:no_comma", "{}", "", false, false)]
    [InlineData("punctuation:no_comma", "{}", " \n\u001f", false, false)]
    public void Strict_and_loose(string id, string arguments, string response, bool strict, bool loose)
    {
        var verdicts = Judge.Judge(Prompt((id, arguments)), response);
        verdicts.Strict.ShouldBe([strict]);
        verdicts.Loose.ShouldBe([loose]);
    }

    [Fact]
    public void Each_instruction_is_loose_for_itself()
    {
        var verdicts = Judge.Judge(Prompt(("startend:quotation", "{}"), ("punctuation:no_comma", "{}"), ("keywords:existence", """{"keywords":["sure"]}""")), "Sure, here:\n\"a\"");
        verdicts.Strict.ShouldBe([false, false, true]);
        verdicts.Loose.ShouldBe([true, true, true]);
        (verdicts.AllStrict, verdicts.AllLoose).ShouldBe((false, true));
    }

    [Fact]
    public void A_letter_that_is_none_leaves_the_verdict_to_chance_unless_all_letters_agree()
    {
        var prompt = Prompt(("punctuation:no_comma", "{}"), ("keywords:letter_frequency", """{"letter":"!","let_frequency":2,"let_relation":"at least"}"""));
        Judge.DependOnChance(prompt, "aab").ShouldBe([false, true]);
        Judge.DependOnChance(prompt, "a!!").ShouldBe([false, false]);
    }

    [Fact]
    public void Nulls_in_the_data_count_as_absent()
    {
        var verdicts = Judge.Judge(Prompt(("punctuation:no_comma", """{"num_words":null,"relation":null}""")), "a");
        verdicts.AllStrict.ShouldBeTrue();
    }

    [Fact]
    public void A_fault_names_the_prompt_and_the_instruction() =>
        Should.Throw<TSpinException>(() => Judge.Judge(Prompt(("punctuation:no_comma", "{}"), ("keywords:frequency", "{}")), "a")).Message.ShouldStartWith("prompt 7: instruction 2 (keywords:frequency): argument 'keyword'");

    [Fact]
    public void A_pattern_that_does_not_end_is_named()
    {
        var prompt = Prompt(("keywords:existence", """{"keywords":["(a+)+(a+)+(a+)+b"]}"""));
        Should.Throw<TSpinException>(() => Judge.Judge(prompt, new string('a', 3000))).Message.ShouldStartWith("prompt 7: instruction 1 (keywords:existence): its pattern");
    }

    [Fact]
    public void A_line_of_data_without_arguments_for_each_instruction_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["input_data.jsonl"], """
            {"key": 1, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
            {"key": 2, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": []}
            """);
        Should.Throw<TSpinException>(() => InstructionPrompt.Read(folder["input_data.jsonl"])).Message.ShouldContain("input_data.jsonl:2: 1 in instruction_id_list and 0 in kwargs");
    }

    internal static InstructionPrompt Prompt(params (string Id, string Arguments)[] instructions) => new(
        7, "p", [.. instructions.Select(one => one.Id)], [.. instructions.Select(one => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(one.Arguments)!)]);
}
