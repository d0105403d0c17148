namespace TSpin.Models;

/// <summary>
/// A way to stretch rotary frequencies to longer sequences. Formulas are those of transformers' <c>modeling_rope_utils</c>, evaluated in
/// float32 where it does so.
/// </summary>
public abstract record RopeScaling
{
    /// <summary><c>rope_type</c> in config.json.</summary>
    public abstract string Name { get; }

    /// <summary>Cosines and sines are multiplied by this.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>True when the frequencies of all tokens change with the length of the sequence they are in.</summary>
    public virtual bool DependsOnLength => false;

    /// <summary>Are the frequencies of two lengths the same?</summary>
    /// <param name="length">Tokens of one sequence.</param>
    /// <param name="other">Tokens of another.</param>
    /// <returns>True where a cache made at one length serves at the other.</returns>
    public virtual bool SameFrequencies(long length, long other) => true;

    /// <summary>The stretched frequencies.</summary>
    /// <param name="theta">Base.</param>
    /// <param name="dimensions">Numbers per head that are turned, R.</param>
    /// <param name="length">Tokens of the sequence.</param>
    /// <returns>R / 2 angles per position.</returns>
    public abstract float[] Frequencies(double theta, int dimensions, long length);

    /// <summary>Frequencies without any scaling: theta^(-2i/R).</summary>
    /// <param name="theta">Base.</param>
    /// <param name="dimensions">Numbers per head that are turned, R.</param>
    /// <returns>R / 2 angles per position.</returns>
    public static float[] Plain(double theta, int dimensions)
    {
        var frequencies = new float[dimensions / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / (float)Math.Pow(theta, 2f * i / dimensions);
        }

        return frequencies;
    }
}

/// <summary>Positions are divided by a factor.</summary>
/// <param name="Factor">At least 1 in practice.</param>
public sealed record LinearRope(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override float[] Frequencies(double theta, int dimensions, long length) => [.. Plain(theta, dimensions).Select(frequency => frequency / (float)Factor)];
}

/// <summary>Beyond the trained length the base grows with the length (dynamic NTK).</summary>
/// <param name="Factor">How fast.</param>
/// <param name="Positions">The trained length in tokens.</param>
public sealed record DynamicRope(double Factor, int Positions) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => "dynamic";

    /// <inheritdoc/>
    public override bool DependsOnLength => true;

    /// <inheritdoc/>
    public override bool SameFrequencies(long length, long other) => Math.Max(length, Positions) == Math.Max(other, Positions);

    /// <inheritdoc/>
    public override float[] Frequencies(double theta, int dimensions, long length)
    {
        var stretch = (Factor * Math.Max(length, Positions) / Positions) - (Factor - 1);
        return Plain(theta * Math.Pow(stretch, dimensions / (dimensions - 2.0)), dimensions);
    }
}

/// <summary>Llama 3.1: long waves are divided by a factor, short ones kept, those between are interpolated.</summary>
/// <param name="Factor">Divisor of the low frequencies.</param>
/// <param name="LowFrequencyFactor">Waves longer than Positions / this are long.</param>
/// <param name="HighFrequencyFactor">Waves shorter than Positions / this are short.</param>
/// <param name="Positions">The length of pre-training in tokens.</param>
public sealed record Llama3Rope(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int Positions) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => "llama3";

    /// <inheritdoc/>
    public override float[] Frequencies(double theta, int dimensions, long length) => [.. Plain(theta, dimensions).Select(Scaled)];

    private float Scaled(float frequency)
    {
        var wave = 2 * Math.PI / frequency;
        if (wave < Positions / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wave > Positions / LowFrequencyFactor)
        {
            return (float)(frequency / Factor);
        }

        var smooth = ((Positions / wave) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (float)(((1 - smooth) * frequency / Factor) + (smooth * frequency));
    }
}

/// <summary>YaRN (Peng et al. 2023): between two numbers of rotations over the trained length, from unchanged to divided by a factor.</summary>
/// <param name="Factor">Divisor of the slow frequencies.</param>
/// <param name="Positions">The length of pre-training in tokens.</param>
/// <param name="Attention">See <see cref="RopeScaling.AttentionFactor"/>.</param>
/// <param name="BetaFast">From this many rotations on nothing changes.</param>
/// <param name="BetaSlow">Up to this many rotations all is divided.</param>
/// <param name="Truncate">Round the ends of the ramp outwards to whole pairs.</param>
public sealed record YarnRope(double Factor, int Positions, double Attention, double BetaFast, double BetaSlow, bool Truncate) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => "yarn";

    /// <inheritdoc/>
    public override double AttentionFactor => Attention;

    /// <inheritdoc/>
    public override float[] Frequencies(double theta, int dimensions, long length)
    {
        var (low, high) = (PairOf(BetaFast), PairOf(BetaSlow));
        if (Truncate)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, dimensions - 1));
        // Where both ends fall together transformers parts them by this much, so that nothing is divided by zero.
        high += low == high ? 0.001 : 0;
        return [.. Plain(theta, dimensions).Select((frequency, i) =>
        {
            var divided = (float)Math.Clamp((i - low) / (high - low), 0, 1);
            return ((float)(frequency / Factor) * divided) + (frequency * (1 - divided));
        })];

        // The pair that turns this many times over the trained length.
        double PairOf(double rotations) => dimensions * Math.Log(Positions / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}

/// <summary>LongRoPE (Ding et al. 2024): a divisor per pair, one list for sequences within the trained length and one for longer ones.</summary>
/// <param name="ShortFactors">R / 2 divisors.</param>
/// <param name="LongFactors">R / 2 divisors.</param>
/// <param name="Positions">The length of pre-training in tokens.</param>
/// <param name="Attention">See <see cref="RopeScaling.AttentionFactor"/>.</param>
public sealed record LongRope(double[] ShortFactors, double[] LongFactors, int Positions, double Attention) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => "longrope";

    /// <inheritdoc/>
    public override double AttentionFactor => Attention;

    /// <inheritdoc/>
    public override bool DependsOnLength => true;

    /// <inheritdoc/>
    public override bool SameFrequencies(long length, long other) => length > Positions == other > Positions;

    /// <inheritdoc/>
    public override float[] Frequencies(double theta, int dimensions, long length)
    {
        var factors = length > Positions ? LongFactors : ShortFactors;
        return [.. Plain(theta, dimensions).Select((frequency, i) => frequency / (float)factors[i])];
    }

    /// <summary>Compares the lists by their numbers.</summary>
    /// <param name="other">Another scaling.</param>
    /// <returns>True when all values are equal.</returns>
    public bool Equals(LongRope? other) =>
        other is not null && Positions == other.Positions && Attention.Equals(other.Attention)
        && ShortFactors.AsSpan().SequenceEqual(other.ShortFactors) && LongFactors.AsSpan().SequenceEqual(other.LongFactors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Positions, Attention, ShortFactors.Length);
}
