using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.Evaluation.InstructionFollowing;
using TSpin.Files;

namespace TSpin.Worlds;

/// <summary>
/// IFEval's prompts in two halves, each the test of a model that is tuned on the other, and the judge of their answers.
/// Annotated answers are those of other models that the published verdicts, strict and on all instructions, call right.
/// </summary>
internal static class InstructionHalves
{
    /// <summary>Longest annotated answer in characters, about 400 tokens: longer ones do not fit beside two of the model's own.</summary>
    public const int MostCharacters = 1600;

    /// <summary>
    /// Writes, for each half H (prompts in turn), <c>half-H-train.jsonl</c> (prompts with an annotated answer),
    /// <c>half-H-open.jsonl</c> (the others, by which settings are chosen), <c>half-H.jsonl</c> (all) and the tasks that ask the last two.
    /// </summary>
    /// <param name="source">A folder with IFEval's input_data.jsonl and files *_eval_results_strict.jsonl of its own program.</param>
    /// <param name="folder">Where to; created if missing.</param>
    /// <exception cref="TSpinException">The folder lacks a file, or a line is of another form.</exception>
    public static void Write(string source, string folder)
    {
        var prompts = InstructionPrompt.Read(Path.Combine(source, "input_data.jsonl"));
        var answers = AnswersOf(source);
        for (var half = 0; half < 2; half++)
        {
            var own = prompts.Where((_, index) => index % 2 == half).ToList();
            var annotated = own.Where(prompt => answers.ContainsKey(prompt.Prompt)).ToList();
            JsonLinesFile.Write(Path.Combine(folder, $"half-{half}-train.jsonl"),
                annotated.Select(prompt => new WrittenExample(prompt.Prompt, answers[prompt.Prompt])), WorldFiles.Readable);
            Ask(folder, $"half-{half}-open", own.Except(annotated));
            Ask(folder, $"half-{half}", own);
        }
    }

    /// <summary>Judges until the input ends: 1 where all of a prompt's instructions are followed, strictly, else 0.</summary>
    /// <param name="input">A line <c>{"answer", "reference"}</c> each; the reference is the prompt's row of input_data.jsonl.</param>
    /// <param name="output">Takes the scores.</param>
    public static void Judge(TextReader input, TextWriter output)
    {
        var judge = new InstructionJudge(LinguisticTools.Default);
        while (input.ReadLine() is { } line)
        {
            var asked = JsonElement.Parse(line);
            var prompt = JsonSerializer.Deserialize<InstructionPrompt>(asked.GetProperty("reference").GetString()!)!;
            output.WriteLine(judge.Judge(prompt, asked.GetProperty("answer").GetString()!).AllStrict ? '1' : '0');
        }
    }

    // The first file in the order of names whose answer is right and short enough.
    private static Dictionary<string, string> AnswersOf(string source)
    {
        const string pattern = "*_eval_results_strict.jsonl";
        var files = Directory.GetFiles(source, pattern).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            throw new TSpinException($"{source}: no file {pattern}; the annotated answers come from these. Name the folder that holds them.");
        }

        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in files.SelectMany(file => JsonLinesReader.Read<ResultRow>(file)).Where(row => row.FollowedAll && row.Response.Length <= MostCharacters))
        {
            answers.TryAdd(row.Prompt, row.Response);
        }

        return answers;
    }

    private static void Ask(string folder, string name, IEnumerable<InstructionPrompt> prompts)
    {
        JsonLinesFile.Write(Path.Combine(folder, $"{name}.jsonl"),
            prompts.Select(prompt => new Question(prompt.Prompt, JsonSerializer.Serialize(prompt, WorldFiles.Readable))), WorldFiles.Readable);
        AtomicFile.WriteText(Path.Combine(folder, $"{name}.yaml"), $$"""
            task: ifeval_{{name.Replace('-', '_')}}
            data: {{name}}.jsonl
            doc_to_text: prompt
            doc_to_target: instructions
            generation_kwargs: {max_gen_toks: 512}
            metric:
              command: dotnet "{{Path.GetRelativePath(folder, typeof(InstructionHalves).Assembly.Location)}}" judge instructions
              name: prompt_strict

            """);
    }

    private sealed record Question(
        [property: JsonPropertyName("prompt")] string Prompt, [property: JsonPropertyName("instructions")] string Instructions);

    private sealed record ResultRow(
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("response")] string Response,
        [property: JsonPropertyName("follow_all_instructions")] bool FollowedAll);
}
