using TSpin.Files;

namespace TSpin.Reports;

/// <summary>One line of <c>triplets-metrics.jsonl</c>: where one triplet stood at one step.</summary>
/// <param name="Iteration">Iteration of self-play.</param>
/// <param name="RewardGap">Reward of the annotated minus reward of the synthetic response.</param>
/// <param name="LikelihoodGap">Log-probability of the annotated minus that of the synthetic response, nats.</param>
public sealed record RecordedTriplet(int Iteration, double RewardGap, double LikelihoodGap)
{
    /// <summary>
    /// Whether reward and log-likelihood disagree as the paper's misalignment study counts it: the annotated response has the
    /// higher reward and yet is the less likely one.
    /// </summary>
    public bool IsMisaligned => RewardGap > 0 && LikelihoodGap < 0;

    /// <summary>Reads the triplets of one iteration that have both gaps.</summary>
    internal static void Read(string path, int iteration, ICollection<string> notes, ICollection<RecordedTriplet> triplets) =>
        TolerantJson.ForEach(path, notes, line =>
        {
            var triplet = new RecordedTriplet(iteration, JsonField.Number(line, "reward_gap"), JsonField.Number(line, "likelihood_gap"));
            if (double.IsFinite(triplet.RewardGap) && double.IsFinite(triplet.LikelihoodGap))
            {
                triplets.Add(triplet);
            }
        });
}
