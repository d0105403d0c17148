using System.Text.Json;
using System.Text.RegularExpressions;

namespace TSpin.Evaluation.Harness;

/// <summary>A line of the harness' samples.</summary>
/// <param name="Json">The line.</param>
/// <param name="Hashes">Its three hashes in a row, of which the task's is made.</param>
internal sealed partial record HarnessSample(JsonElement Json, string Hashes)
{
    /// <summary>Writes what came of a question.</summary>
    public static HarnessSample Of(HarnessTask task, QuestionOutcome outcome)
    {
        var question = outcome.Question;
        var target = TargetText(task.Target(question.Row).ToJson());
        string[] hashes =
        [
            HarnessFiles.Hash(PythonJsonText.Of(question.Row.Json, indented: true)), HarnessFiles.Hash(question.Answer?.Context ?? question.Continuations[0].Context), HarnessFiles.Hash(target),
        ];
        var fields = new OrderedDictionary<string, object>
        {
            ["doc_id"] = question.Number,
            ["doc"] = question.Row.Json,
            ["target"] = target,
            ["arguments"] = Arguments(task, question),
            ["resps"] = outcome.Answer is { } answer ? new[] { new[] { answer } } : outcome.Choices.Select(choice => new[] { Words(choice) }).ToArray(),
            ["filtered_resps"] = outcome.Filtered is { } filtered ? new[] { filtered } : outcome.Choices.Select(Words).ToArray(),
            ["filter"] = outcome.Filter,
            ["metrics"] = outcome.Scores.Keys.ToArray(),
            ["doc_hash"] = hashes[0],
            ["prompt_hash"] = hashes[1],
            ["target_hash"] = hashes[2],
        };
        foreach (var (name, score) in outcome.Scores)
        {
            fields[name] = score.Json;
        }

        if (outcome.Figures is { } figures)
        {
            fields[AnswerFigures.TokensMetric] = figures.Tokens;
            fields[AnswerFigures.CutMetric] = figures.IsCut;
            fields[AnswerFigures.RepeatedMetric] = PythonJsonText.Float(figures.RepeatedShare);
            if (figures.AnnotatedLogProb is { } logProb)
            {
                fields[AnswerFigures.AnnotatedField] = PythonJsonText.Float(logProb);
                fields[AnswerFigures.AnnotatedTokensField] = figures.AnnotatedTokens;
            }
        }

        return new HarnessSample(JsonSerializer.SerializeToElement(fields), string.Concat(hashes));
    }

    private static OrderedDictionary<string, object> Arguments(HarnessTask task, TaskQuestion question)
    {
        var arguments = new OrderedDictionary<string, object>();
        foreach (var (request, i) in question.Continuations.Select((request, i) => (request, i)))
        {
            arguments[$"gen_args_{i}"] = new OrderedDictionary<string, object> { ["arg_0"] = request.Context, ["arg_1"] = request.Continuation };
        }

        if (question.Answer is { } answer)
        {
            arguments["gen_args_0"] = new OrderedDictionary<string, object> { ["arg_0"] = answer.Context, ["arg_1"] = TaskConfigJson.Generation(answer.Until, answer.MaxTokens, answer.Temperature) };
        }

        return arguments;
    }

    private static string[] Words(ContinuationScore score) => [PythonJsonText.Number(score.LogProb), score.IsGreedy ? "True" : "False"];

    // As str(target): a list is written as Python writes one.
    private static string TargetText(JsonElement target) => target.ValueKind switch
    {
        JsonValueKind.String => target.GetString()!,
        JsonValueKind.Array => $"[{string.Join(", ", target.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? $"'{Quotes().Replace(item.GetString()!, "\\$0")}'" : item.GetRawText()))}]",
        _ => target.GetRawText(),
    };

    [GeneratedRegex(@"['\\]", RegexOptions.CultureInvariant)]
    private static partial Regex Quotes();
}
