using System.Globalization;

namespace TSpin.Tuning;

/// <summary>
/// Which examples are held out. Under 200 five folds, so that every example is held out once: a fifth of fewer would be
/// so few that hardly any difference could be seen (with 20 of 100 a share of right answers has an error of 11 points,
/// with all 100 one of 5). From 200 on one part, a fifth and at least 80 (an error of at most 5.6 points), since five
/// times the training costs more than it tells. The same prompts stay together.
/// </summary>
/// <param name="Validations">As <c>data.validation</c> has it, one a run of each candidate; a null holds out none.</param>
/// <param name="HeldOut">Examples that are held out, over all runs; 0 where a task has its own.</param>
/// <param name="Sentence">The rule, for people.</param>
public sealed record TuneSplit(IReadOnlyList<string?> Validations, int HeldOut, string Sentence)
{
    /// <summary>From so many examples on one part is held out.</summary>
    public const int FewestOfOnePart = 200;

    /// <summary>How many folds fewer examples have.</summary>
    public const int Folds = 5;

    private const int FewestHeldOut = 80;
    private const int MostHeldOut = 1000;

    /// <summary>Whether every example is held out once.</summary>
    public bool IsFolded => Validations.Count > 1;

    /// <summary>Decides.</summary>
    /// <param name="examples">How many there are.</param>
    /// <param name="hasTask">Whether a task has examples of its own to choose by.</param>
    /// <returns>The split.</returns>
    public static TuneSplit Of(int examples, bool hasTask)
    {
        if (hasTask)
        {
            return new([null], 0, "no examples are held out: the task has its own");
        }

        if (examples < FewestOfOnePart)
        {
            return new([.. Enumerable.Range(1, Folds).Select(fold => $"{fold}/{Folds}")], examples,
                $"{Folds} folds, as there are fewer than {FewestOfOnePart} examples: every one is held out once");
        }

        var held = Math.Clamp(examples / 5, FewestHeldOut, MostHeldOut);
        return new([held.ToString(CultureInfo.InvariantCulture)], held, string.Create(CultureInfo.InvariantCulture,
            $"{held} of {examples} examples are held out, {examples - held} are trained on"));
    }
}
