using System.Text.Encodings.Web;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Demo;

/// <summary>Writes the demo's data as JSON lines in GSM8K's form: <c>{"question": ..., "answer": ...}</c>.</summary>
public static class DemoData
{
    /// <summary>File of annotated examples.</summary>
    public const string TrainFile = "train.jsonl";

    /// <summary>File of held-out problems of the kinds that the annotated examples show.</summary>
    public const string TestFile = "test.jsonl";

    /// <summary>File of held-out problems of kinds that no annotated example shows.</summary>
    public const string TestTemplatesFile = "test-templates.jsonl";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Draws and writes the three files. No problem is in two of them, and the same seed gives the same files.</summary>
    /// <param name="folder">Where to; created if missing.</param>
    /// <param name="seed">The run's seed. More examples of the same seed begin with the fewer ones.</param>
    /// <param name="trainCount">Annotated examples.</param>
    /// <param name="testCount">Held-out problems.</param>
    /// <param name="testTemplatesCount">Problems of held-out kinds.</param>
    /// <exception cref="TSpinException">The folder cannot be written, or the world does not hold that many problems.</exception>
    public static void Write(string folder, ulong seed, int trainCount, int testCount, int testTemplatesCount)
    {
        WriteProblems(folder, TrainFile, Train(seed, trainCount));
        WriteProblems(folder, TestFile, Test(seed, testCount));
        WriteProblems(folder, TestTemplatesFile, TestTemplates(seed, testTemplatesCount));
    }

    /// <summary>The annotated problems.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="count">How many.</param>
    /// <returns>The problems, each with its worked solution.</returns>
    public static IReadOnlyList<WordProblem> Train(ulong seed, int count) =>
        WordProblemGenerator.Draw(seed, "demo/train", ProblemSplit.Annotated, ProblemTemplates.Annotated, count);

    /// <summary>Held-out problems of the kinds that the annotated ones show.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="count">How many.</param>
    /// <returns>The problems.</returns>
    public static IReadOnlyList<WordProblem> Test(ulong seed, int count) =>
        WordProblemGenerator.Draw(seed, "demo/test", ProblemSplit.Test, ProblemTemplates.Annotated, count);

    /// <summary>Problems of kinds that no annotated example shows.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="count">How many.</param>
    /// <returns>The problems.</returns>
    public static IReadOnlyList<WordProblem> TestTemplates(ulong seed, int count) =>
        WordProblemGenerator.Draw(seed, "demo/test-templates", ProblemSplit.Test, ProblemTemplates.HeldOut, count);

    private static void WriteProblems(string folder, string name, IReadOnlyList<WordProblem> problems) =>
        AtomicFile.Write(Path.Combine(folder, name), stream =>
        {
            foreach (var problem in problems)
            {
                using (var json = new Utf8JsonWriter(stream, Readable))
                {
                    json.WriteStartObject();
                    json.WriteString("question", problem.Question);
                    json.WriteString("answer", problem.Solution);
                    json.WriteEndObject();
                }

                stream.WriteByte((byte)'\n');
            }
        });
}
