using TSpin.Data;
using TSpin.Evaluation.UserTasks;

namespace TSpin.Evaluation;

/// <summary>Accepts or refuses answers by a recipe's section <c>rejection</c>.</summary>
/// <param name="settings">The section.</param>
public sealed class AnswerChecker(RejectionSettings settings)
{
    /// <summary>Refuses records whose answers nothing can be compared with, before anything is drawn.</summary>
    /// <param name="examples">Prompts with the answers of their records, or without.</param>
    /// <exception cref="TSpinException">One has no answer, or no number in it, and the check compares with it.</exception>
    public void Require(IEnumerable<AnnotatedExample> examples)
    {
        if (settings.Accept == AnswerCheck.Judge)
        {
            return;
        }

        foreach (var example in examples)
        {
            var fault = string.IsNullOrWhiteSpace(example.Response) ? "has no answer"
                : settings.Accept == AnswerCheck.FinalNumber && FinalNumber.Flexible(example.Response) == FinalNumber.Invalid ? "has no number in its answer"
                : null;
            if (fault is not null)
            {
                throw new TSpinException(
                    $"{example.SourceFile}:{example.SourceLine}: {fault}, which rejection.accept {(settings.Accept == AnswerCheck.Exact ? "exact" : "final_number")} "
                        + "compares with. Give the record one (column answer, response or completion), or use rejection.accept judge.");
            }
        }
    }

    /// <summary>Checks answers.</summary>
    /// <param name="answers">The prompt with its record's answer, and the answer that was drawn.</param>
    /// <param name="cancellation">Stops the judge.</param>
    /// <returns>Whether each is accepted, in their order.</returns>
    /// <exception cref="TSpinException">As <see cref="JudgeProcess.Ask"/>.</exception>
    public IReadOnlyList<bool> Accepts(IReadOnlyList<(AnnotatedExample Example, string Answer)> answers, CancellationToken cancellation = default)
    {
        if (answers.Count == 0)
        {
            return [];
        }

        return settings.Accept switch
        {
            AnswerCheck.FinalNumber =>
                [.. answers.Select(one => FinalNumber.Matches(FinalNumber.Flexible(one.Answer), FinalNumber.Flexible(one.Example.Response)))],
            AnswerCheck.Exact => [.. answers.Select(one => ExampleOverlap.Normalize(one.Answer) == ExampleOverlap.Normalize(one.Example.Response))],
            AnswerCheck.Judge => [.. Ask(answers, cancellation).Select(score => score >= settings.AtLeast)],
            _ => throw new ArgumentOutOfRangeException(nameof(answers), settings.Accept, "unknown check"),
        };
    }

    private IReadOnlyList<double> Ask(IReadOnlyList<(AnnotatedExample Example, string Answer)> answers, CancellationToken cancellation)
    {
        return new JudgeProcess(settings.Judge!, Environment.CurrentDirectory, TimeSpan.FromSeconds(settings.JudgeTimeoutSeconds), "rejection.judge")
            .Ask(
                [.. answers.Select(one => new JudgedAnswer(one.Example.Prompt, one.Answer, one.Example.Response.Length > 0 ? one.Example.Response : null).ToJson())],
                cancellation);
    }
}
