using System.Text.Json.Serialization;
using TSpin.Evaluation.Harness;

namespace TSpin.Evaluation;

/// <summary>What a set of generated answers looks like, whatever it is worth.</summary>
/// <param name="Mode">How they were made: <c>greedy</c>, <c>sampled</c>.</param>
/// <param name="Examples">How many there are.</param>
/// <param name="EndedShare">Share that stopped by themselves rather than at the length limit, in [0, 1].</param>
/// <param name="MeanResponseTokens">Mean length in tokens.</param>
/// <param name="FormatShare">Share in the form that the task asks for, right or wrong; null where it asks for none.</param>
public sealed record AnswerStatistics(
    string Mode, int Examples, double EndedShare, double MeanResponseTokens, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? FormatShare = null)
{
    /// <summary>
    /// Mean share of runs of four tokens that an answer had written before, in [0, 1]; null where it is not known.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RepeatedShare { get; init; }

    /// <summary>Looks at the answers of a task of lm-evaluation-harness.</summary>
    /// <param name="answers">What each is like, at least one.</param>
    /// <returns>The statistics; their mode is empty.</returns>
    public static AnswerStatistics Of(IReadOnlyCollection<AnswerFigures> answers) =>
        new("", answers.Count, answers.Average(answer => answer.IsCut ? 0.0 : 1.0),
        answers.Average(answer => (double)answer.Tokens))
        {
            RepeatedShare = answers.Average(answer => answer.RepeatedShare),
        };

    /// <summary>Looks at answers.</summary>
    /// <param name="mode">Those of this mode.</param>
    /// <param name="answers">All answers of the task.</param>
    /// <param name="isInFormat">Whether an answer has the asked-for form. Default: the task asks for none.</param>
    /// <returns>The statistics.</returns>
    public static AnswerStatistics Of(string mode, IEnumerable<EvaluatedAnswer> answers, Func<string, bool>? isInFormat = null)
    {
        EvaluatedAnswer[] own = [.. answers.Where(answer => answer.Mode == mode)];
        return new AnswerStatistics(
            mode, own.Length, own.Average(answer => answer.Ended ? 1.0 : 0.0), own.Average(answer => (double)answer.Tokens),
            isInFormat is null ? null : own.Average(answer => isInFormat(answer.Answer) ? 1.0 : 0.0));
    }
}
