using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Demo;
using TSpin.Files;
using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>Writes what the studies are made of. The same seed gives the same files on every machine.</summary>
internal static class WorldFiles
{
    /// <summary>Held-out questions of each skill.</summary>
    public const int TestQuestions = 200;

    /// <summary>Questions of each skill by which settings are chosen.</summary>
    public const int ValidationQuestions = 100;

    /// <summary>Text as it is, for people.</summary>
    public static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All skills.</summary>
    public static IReadOnlyList<ISkill> Skills { get; } = [new ListSkill(), new SumSkill(), new ProblemSkill()];

    /// <summary>
    /// Writes, for each skill, <c>SKILL-train.jsonl</c> (annotated answers), <c>SKILL-validation.jsonl</c> (by which settings are
    /// chosen), <c>SKILL-test.jsonl</c>, and the tasks that ask the last two, greedy and at temperature 1.
    /// </summary>
    /// <param name="folder">Where to; created if missing.</param>
    /// <param name="seed">Seed of every draw; more examples of the same seed begin with the fewer ones.</param>
    /// <param name="examples">Annotated examples of each skill.</param>
    public static void WriteData(string folder, ulong seed, int examples)
    {
        foreach (var skill in Skills)
        {
            var annotated = Draw(skill, seed, "annotated", ProblemSplit.Annotated, ValidationQuestions + examples);
            var test = Draw(skill, seed, "test", ProblemSplit.Test, TestQuestions);
            Write(folder, $"{skill.Name}-train.jsonl", annotated[ValidationQuestions..]);
            Write(folder, $"{skill.Name}-validation.jsonl", annotated[..ValidationQuestions]);
            Write(folder, $"{skill.Name}-test.jsonl", test);
            foreach (var (mode, temperature) in new[] { ("greedy", "0"), ("sampled", "1") })
            {
                AtomicFile.WriteText(Path.Combine(folder, $"{skill.Name}-{mode}.yaml"), Task(folder, skill, "test", mode, temperature));
                AtomicFile.WriteText(Path.Combine(folder, $"{skill.Name}-validation-{mode}.yaml"), Task(folder, skill, "validation", mode, temperature));
            }
        }
    }

    /// <summary>
    /// Writes what the worlds' base model reads after the demo's: <c>textbook.jsonl</c>, right answers to questions of all skills,
    /// then <c>crawl.jsonl</c>, careless ones.
    /// </summary>
    /// <param name="folder">Where to; created if missing.</param>
    /// <param name="textbook">Documents of the one.</param>
    /// <param name="crawl">Documents of the other.</param>
    public static void WriteDocuments(string folder, int textbook, int crawl)
    {
        Write(folder, "textbook.jsonl", Documents("textbook", textbook, question => question.Right));
        Write(folder, "crawl.jsonl", Documents("crawl", crawl, question => question.Careless));
    }

    private static IEnumerable<(string Prompt, string Response)> Documents(
        string kind, int count, Func<Question, Func<RandomStream, string>> answer) => Enumerable.Range(0, count).Select(i =>
        {
            var random = RandomStream.For(0, $"worlds/{kind}", i);
            var question = Skills[i % Skills.Count].Draw(ProblemSplit.Pretraining, random);
            return (question.Text, answer(question)(random));
        });

    // Another wording of a question is another question; the parts of the world are divided by what is asked.
    private static List<(string Prompt, string Response)> Draw(ISkill skill, ulong seed, string purpose, ProblemSplit split, int count)
    {
        const long mostRepeats = 1000;
        var drawn = new List<(string, string)>();
        var texts = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0L; drawn.Count < count; i++)
        {
            if (i > count * mostRepeats)
            {
                throw new TSpinException($"The world of {skill.Name} does not hold {count} different questions in its part {split}. Ask for at most {drawn.Count}.");
            }

            var random = RandomStream.For(seed, $"worlds/{skill.Name}/{purpose}", i);
            var question = skill.Draw(split, random);
            if (texts.Add(question.Text))
            {
                drawn.Add((question.Text, question.Right(random)));
            }
        }

        return drawn;
    }

    // The judge's path starts from the task's folder, so that the files of every clone are the same.
    private static string Task(string folder, ISkill skill, string part, string mode, string temperature)
    {
        var judge = skill is ProblemSkill ? "filter: {function: final_number}\n" : string.Create(CultureInfo.InvariantCulture, $$"""
            metric:
              command: dotnet "{{Path.GetRelativePath(folder, typeof(WorldFiles).Assembly.Location)}}" judge {{skill.Name}}
              name: right

            """);
        return $$"""
            task: {{skill.Name}}_{{(part == "validation" ? "validation_" : "")}}{{mode}}
            data: {{skill.Name}}-{{part}}.jsonl
            doc_to_text: "### Instruction: {{"{{prompt}}"}}\n\n### Response: "
            doc_to_target: response
            target_delimiter: ""
            generation_kwargs: {temperature: {{temperature}}, max_gen_toks: {{skill.AnswerTokens}}}
            {{judge}}
            """;
    }

    private static void Write(string folder, string name, IEnumerable<(string Prompt, string Response)> examples) =>
        JsonLinesFile.Write(Path.Combine(folder, name), examples.Select(example => new WrittenExample(example.Prompt, example.Response)), Readable);
}
