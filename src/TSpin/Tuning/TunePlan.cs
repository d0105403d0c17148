using System.Globalization;
using System.Text;

namespace TSpin.Tuning;

/// <summary>What would be tried, and how long it would take.</summary>
/// <param name="Sentences">What was found in the data and decided.</param>
/// <param name="Candidates">In the order they are tried, with the predicted seconds of each; those of T-SPIN after SFT
/// go on from the best of SFT, which is not known yet.</param>
/// <param name="FinalSeconds">The last training on all examples, where there are folds; else 0.</param>
/// <param name="Minutes">The time that is given.</param>
public sealed record TunePlan(
    IReadOnlyList<string> Sentences, IReadOnlyList<(TuneCandidate Candidate, double Seconds)> Candidates,
    double FinalSeconds, double Minutes)
{
    /// <summary>The plan for people.</summary>
    /// <returns>Lines that end with a line feed.</returns>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var sentence in Sentences)
        {
            text.Append(sentence).Append('\n');
        }

        text.Append('\n');
        var (sum, budget) = (FinalSeconds, 60 * Minutes);
        foreach (var (candidate, seconds) in Candidates)
        {
            var fits = sum + seconds <= budget;
            sum += fits ? seconds : 0;
            text.Append(CultureInfo.InvariantCulture,
                $"{candidate.Title,-44} about {Shown(seconds)}{(fits ? "" : "  (would not be tried: no time left)")}\n");
        }

        if (FinalSeconds > 0)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{"the chosen one once more on all examples",-44} about {Shown(FinalSeconds)}\n");
        }

        return text.Append(CultureInfo.InvariantCulture,
            $"\nin all about {Shown(sum)} of {Shown(budget)} (--minutes); predicted from a few seconds of this model on this machine\n").ToString();
    }

    /// <summary>A time for people.</summary>
    /// <param name="seconds">The time.</param>
    /// <returns>As <c>1:05</c> or <c>2:00:00</c>.</returns>
    public static string Shown(double seconds) => !double.IsFinite(seconds) ? "?"
        : TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, seconds))) is var time && time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");
}
