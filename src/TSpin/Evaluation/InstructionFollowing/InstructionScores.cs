namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>IFEval's four accuracies over many responses, by the names that lm-evaluation-harness gives them.</summary>
/// <param name="PromptLevelStrict">
/// prompt_level_strict_acc: the share of responses that follow all their instructions.
/// </param>
/// <param name="InstructionLevelStrict">
/// inst_level_strict_acc: the share of instructions that are followed, over all prompts.
/// </param>
/// <param name="PromptLevelLoose">prompt_level_loose_acc.</param>
/// <param name="InstructionLevelLoose">inst_level_loose_acc.</param>
/// <param name="PromptLevelStrictError">
/// Standard error of the mean; null for one response. The instruction level has none ("N/A").
/// </param>
/// <param name="PromptLevelLooseError">As above.</param>
public sealed record InstructionScores(
    double PromptLevelStrict, double InstructionLevelStrict, double PromptLevelLoose, double InstructionLevelLoose,
        double? PromptLevelStrictError, double? PromptLevelLooseError)
{
    /// <summary>Takes the means.</summary>
    /// <param name="verdicts">One for each response, at least one.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static InstructionScores Of(IReadOnlyCollection<InstructionVerdicts> verdicts)
    {
        if (verdicts.Count == 0)
        {
            throw new ArgumentException("no responses were judged", nameof(verdicts));
        }

        var (strict, loose) = (verdicts.Count(verdict => verdict.AllStrict),
            verdicts.Count(verdict => verdict.AllLoose));
        return new InstructionScores(
            (double)strict / verdicts.Count, Share(verdicts.SelectMany(verdict => verdict.Strict)),
                (double)loose / verdicts.Count, Share(verdicts.SelectMany(verdict => verdict.Loose)),
            Error(strict, verdicts.Count), Error(loose, verdicts.Count));
    }

    private static double Share(IEnumerable<bool> followed)
    {
        var (count, all) = (0L, 0L);
        foreach (var one in followed)
        {
            count += one ? 1 : 0;
            all++;
        }

        return (double)count / all;
    }

    // Of zeros and ones: the sample's deviation over the root of its size.
    private static double? Error(int ones, int count)
    {
        var mean = (double)ones / count;
        return count < 2 ? null
            : Math.Sqrt(((ones * (1 - mean) * (1 - mean)) + ((count - ones) * mean * mean)) / (count - 1)) / Math.Sqrt(
            count);
    }
}
