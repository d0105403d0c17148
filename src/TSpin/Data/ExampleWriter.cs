using TSpin.ChatTemplates;
using TSpin.Files;

namespace TSpin.Data;

/// <summary>Writes annotated examples as JSON lines that every verb reads: prompt and response, or messages where one of them is a conversation.</summary>
internal static class ExampleWriter
{
    /// <summary>Whether they are written as conversations.</summary>
    /// <param name="examples">The examples.</param>
    public static bool WritesTurns(IReadOnlyList<AnnotatedExample> examples) => examples.Any(example => example.Turns is not null);

    /// <summary>Writes them; an existing file is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="asTurns">As conversations: what <see cref="WritesTurns"/> says of all of which these are a part.</param>
    /// <param name="withRejected">With the worse responses, which all of them have.</param>
    /// <exception cref="TSpinException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<AnnotatedExample> examples, bool asTurns, bool withRejected = false) =>
        JsonLinesFile.Write(path, examples.Select(example =>
        {
            object Answered(string response) => asTurns
                ? example.Asked.Append(new ChatTurn("assistant", response)).Select(turn => new { role = turn.Role, content = turn.Content }).ToArray() : response;
            var record = new Dictionary<string, object>();
            if (!asTurns)
            {
                record["prompt"] = example.Prompt;
            }

            record[withRejected ? "chosen" : asTurns ? "messages" : "response"] = Answered(example.Response);
            if (withRejected)
            {
                record["rejected"] = Answered(example.Rejected!);
            }

            return record;
        }));
}
