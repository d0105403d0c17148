using Shouldly;
using TSpin.Data;
using Xunit;

namespace TSpin.Tests.Data;

/// <summary>Reads real files beside the checkout; skipped where they are absent.</summary>
public sealed class RealDataTests
{
    [Theory]
    [InlineData("gsm8k/train.jsonl", DataFormat.Gsm8k, 7473)]
    [InlineData("gsm8k/test.jsonl", DataFormat.Gsm8k, 1319)]
    [InlineData("sft/rasbt-instruction/instruction-data.json", DataFormat.Alpaca, 1100)]
    [InlineData("sft/rasbt-instruction/instruction-data-with-preference.json", DataFormat.Alpaca, 1100)]
    [InlineData("sft/rasbt-instruction/instruction-data-with-response.json", DataFormat.Alpaca, 110)]
    [InlineData("sft/messages/dolly_hhrlhf_1000.messages.jsonl", DataFormat.Messages, 1000)]
    [InlineData("sft/messages/gsm8k_train_first1000.messages.jsonl", DataFormat.Messages, 1000)]
    [InlineData("sft/messages/lmsys_dummy_multiturn.messages.jsonl", DataFormat.Messages, 500)]
    [InlineData("sft/messages/rasbt_1100.messages.jsonl", DataFormat.Messages, 1100)]
    [InlineData("sft/messages/rasbt_1100.spin_format.jsonl", DataFormat.Spin, 1100)]
    [InlineData("sft/messages/self_instruct_seed.messages.jsonl", DataFormat.Messages, 175)]
    [InlineData("sft/messages/self_instruct_user252.messages.jsonl", DataFormat.Messages, 252)]
    [InlineData("sft/formats/alpaca_en_demo.json", DataFormat.Alpaca, 999)]
    [InlineData("sft/formats/identity.json", DataFormat.Alpaca, 91)]
    [InlineData("sft/formats/v1_sft_demo.jsonl", DataFormat.Messages, 500)]
    public void Files_are_recognised_and_read_whole(string path, DataFormat format, int count)
    {
        var set = ExampleReader.Read([Shared(path)], DataFormat.Auto, skipBad: true);
        (set.Format, set.Examples.Count, set.Skipped.Count).ShouldBe((format, count, 0));
    }

    [Fact]
    public void Of_preferences_only_first_rounds_are_used()
    {
        // Counted apart from this code: 194 of the 300 conversations have no answer before the chosen one.
        var set = ExampleReader.Read([Shared("sft/formats/dpo_en_demo.json")], DataFormat.Auto, skipBad: true);
        (set.Format, set.Examples.Count, set.Skipped.Count).ShouldBe((DataFormat.Preference, 194, 106));
    }

    [Fact]
    public void The_same_examples_as_messages_and_as_alpaca_read_alike() =>
        Texts("sft/messages/rasbt_1100.messages.jsonl").ShouldBe(Texts("sft/rasbt-instruction/instruction-data.json"));

    [Fact]
    public void The_spin_form_has_the_same_prompts() =>
        // Its responses are others: the preferred ones of the preference file.
        Texts("sft/messages/rasbt_1100.spin_format.jsonl").Select(text => text.Prompt).ShouldBe(
            Texts("sft/messages/rasbt_1100.messages.jsonl").Select(text => text.Prompt), ignoreOrder: true);

    [Fact]
    public void Gsm8k_as_messages_reads_like_gsm8k() =>
        Texts("sft/messages/gsm8k_train_first1000.messages.jsonl").ShouldBe(Texts("gsm8k/train.jsonl").Take(1000));

    [Fact]
    public void Gsm8k_trains_on_no_test_problem() =>
        ExampleOverlap.Count(Read("gsm8k/train.jsonl"), Read("gsm8k/test.jsonl")).ShouldBe(0);

    [Theory]
    [InlineData("sft/formats/v1_dpo_demo.jsonl")]
    [InlineData("sft/self-instruct/seed_tasks.jsonl")]
    [InlineData("sft/formats/dataset_info.json")]
    public void Files_of_other_layouts_are_refused(string path)
    {
        var file = Shared(path); // skips, where a throw is not yet expected
        Should.Throw<TSpinException>(() => Read(path)).Message.ShouldContain(file);
    }

    private static IReadOnlyList<AnnotatedExample> Read(string path) => ExampleReader.Read([Shared(path)], DataFormat.Auto, skipBad: false).Examples;

    private static IEnumerable<(string Prompt, string Response)> Texts(string path) => Read(path).Select(example => (example.Prompt, example.Response));

    private static string Shared(string path) => SharedFolder.Require(["data", .. path.Split('/')]);
}
