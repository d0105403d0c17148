using TSpin.Models;

namespace TSpin.Tests.Models;

/// <summary>Rotary frequencies as the papers' formulas read, in float64, without the code of TSpin.Models.</summary>
internal static class SlowRope
{
    /// <summary>Angle per position of pair i.</summary>
    public static double Frequency(RopeSettings rope, int i, int length)
    {
        var plain = 1 / Math.Pow(rope.Theta, 2.0 * i / rope.Dimensions);
        switch (rope.Scaling)
        {
            case null:
                return plain;
            case LinearRope linear:
                return plain / linear.Factor;
            case DynamicRope { Positions: var trained } when length <= trained:
                return plain;
            case DynamicRope dynamic:
                // The base that makes the slowest pair turn as far over the stretched length as it did over the trained one.
                var stretch = 1 + (dynamic.Factor * (length - dynamic.Positions) / dynamic.Positions);
                var theta = rope.Theta * Math.Pow(stretch, rope.Dimensions / (rope.Dimensions - 2.0));
                return 1 / Math.Pow(theta, 2.0 * i / rope.Dimensions);
            case Llama3Rope llama:
                var rotations = llama.Positions * plain / (2 * Math.PI);
                var kept = Math.Clamp((rotations - llama.LowFrequencyFactor) / (llama.HighFrequencyFactor - llama.LowFrequencyFactor), 0, 1);
                return (kept * plain) + ((1 - kept) * plain / llama.Factor);
            case YarnRope yarn:
                return plain * (1 - (Ramp(yarn, rope, i) * (1 - (1 / yarn.Factor))));
            case LongRope lengths:
                return plain / (length > lengths.Positions ? lengths.LongFactors[i] : lengths.ShortFactors[i]);
            default:
                throw new NotSupportedException();
        }
    }

    /// <summary>What cosines and sines are multiplied by.</summary>
    public static double Magnitude(RopeSettings rope) => rope.Scaling switch
    {
        YarnRope yarn => yarn.Attention,
        LongRope lengths => lengths.Attention,
        _ => 1,
    };

    // 0 where pair i keeps its frequency, 1 where it is divided by the whole factor.
    private static double Ramp(YarnRope yarn, RopeSettings rope, int i)
    {
        var first = PairThatTurns(yarn.BetaFast);
        var last = PairThatTurns(yarn.BetaSlow);
        if (yarn.Truncate)
        {
            first = Math.Floor(first);
            last = Math.Ceiling(last);
        }

        first = Math.Max(first, 0);
        last = Math.Min(last, rope.Dimensions - 1);
        return Math.Clamp((i - first) / (last == first ? 0.001 : last - first), 0, 1);

        double PairThatTurns(double times) => rope.Dimensions / 2.0 * Math.Log(yarn.Positions / (2 * Math.PI * times)) / Math.Log(rope.Theta);
    }
}
