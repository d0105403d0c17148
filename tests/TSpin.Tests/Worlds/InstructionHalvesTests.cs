using System.Text.Json;
using Shouldly;
using TSpin.Worlds;
using Xunit;

namespace TSpin.Tests.Worlds;

/// <summary>IFEval's halves: each prompt in one of them, annotated by the first right answer that is short enough, judged strictly.</summary>
public sealed class InstructionHalvesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InstructionHalvesTests()
    {
        File.WriteAllLines(_folder["input_data.jsonl"], Enumerable.Range(0, 5).Select(i => JsonSerializer.Serialize(new
        {
            key = 1000 + i,
            prompt = $"Question {i}, without a comma.",
            instruction_id_list = new[] { "punctuation:no_comma" },
            kwargs = new[] { new { } },
        })));
        Answers("b", (0, "later file", true), (1, "right", true), (4, new string('x', InstructionHalves.MostCharacters + 1), true));
        Answers("a", (0, "first file", true), (1, "wrong, here", false), (2, "wrong, too", false));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Halves_share_no_prompt_and_only_right_answers_annotate()
    {
        InstructionHalves.Write(_folder.Path, _folder["out"]);
        Prompts("half-0").ShouldBe([0, 2, 4]);
        Prompts("half-1").ShouldBe([1, 3]);
        Prompts("half-0-open").ShouldBe([2, 4]);
        Prompts("half-1-open").ShouldBe([3]);
        File.ReadAllText(_folder["out/half-0-train.jsonl"]).ShouldBe("""{"prompt":"Question 0, without a comma.","response":"first file"}""" + "\n");
        File.ReadAllText(_folder["out/half-1-train.jsonl"]).ShouldContain("\"right\"");
    }

    [Fact]
    public void A_judge_takes_the_prompts_row_from_the_reference()
    {
        InstructionHalves.Write(_folder.Path, _folder["out"]);
        var row = JsonElement.Parse(File.ReadLines(_folder["out/half-1.jsonl"]).First());
        var asked = new[] { "no comma", "one, at least" }.Select(answer => JsonSerializer.Serialize(new { prompt = "rendered", answer, reference = row.GetProperty("instructions").GetString() }));
        using var answers = new StringReader(string.Join('\n', asked));
        using var written = new StringWriter { NewLine = "\n" };
        InstructionHalves.Judge(answers, written);
        written.ToString().ShouldBe("1\n0\n");
    }

    [Fact]
    public void A_folder_without_answers_is_refused_by_name()
    {
        foreach (var file in Directory.GetFiles(_folder.Path, "*_strict.jsonl"))
        {
            File.Delete(file);
        }

        Should.Throw<TSpinException>(() => InstructionHalves.Write(_folder.Path, _folder["out"])).Message.ShouldContain(_folder.Path);
    }

    private int[] Prompts(string name) => [.. File.ReadLines(_folder[$"out/{name}.jsonl"])
        .Select(line => JsonElement.Parse(line).GetProperty("prompt").GetString()!).Select(prompt => prompt["Question ".Length] - '0')];

    private void Answers(string model, params (int Prompt, string Response, bool IsRight)[] answers) =>
        File.WriteAllLines(_folder[$"{model}_eval_results_strict.jsonl"], answers.Select(answer => JsonSerializer.Serialize(new
        {
            prompt = $"Question {answer.Prompt}, without a comma.",
            response = answer.Response,
            follow_all_instructions = answer.IsRight,
        })));
}
