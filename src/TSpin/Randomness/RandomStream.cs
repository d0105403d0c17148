namespace TSpin.Randomness;

/// <summary>
/// A small deterministic stream of random numbers: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", OOPSLA 2014). The same seed gives the same numbers on every machine and .NET version, unlike <see cref="Random"/>.
/// Not thread-safe; not for cryptography.
/// </summary>
public sealed class RandomStream
{
    private ulong _state;

    /// <summary>Starts a stream.</summary>
    /// <param name="seed">Any value; use <see cref="NamedSeed"/> to derive one.</param>
    public RandomStream(ulong seed) => _state = seed;

    /// <summary>The stream for one named purpose of a run; see <see cref="NamedSeed.Derive"/>.</summary>
    /// <param name="runSeed">The run's seed.</param>
    /// <param name="name">What is drawn.</param>
    /// <param name="indices">Which of them.</param>
    /// <returns>A fresh stream.</returns>
    public static RandomStream For(ulong runSeed, string name, params ReadOnlySpan<long> indices) =>
        new(NamedSeed.Derive(runSeed, name, indices));

    /// <summary>The next 64 random bits.</summary>
    /// <returns>A value uniform over all of <see cref="ulong"/>.</returns>
    public ulong NextBits()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>The next double in [0, 1), a multiple of 2^-53.</summary>
    /// <returns>A uniform value.</returns>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next integer in [0, <paramref name="exclusiveMaximum"/>), without modulo bias.</summary>
    /// <param name="exclusiveMaximum">At least 1.</param>
    /// <returns>A uniform value.</returns>
    public int NextInt(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMaximum, 1);
        var bound = (ulong)exclusiveMaximum;
        var threshold = unchecked(0UL - bound) % bound;
        ulong bits;
        do
        {
            bits = NextBits();
        }
        while (bits < threshold);
        return (int)(bits % bound);
    }

    /// <summary>The next integer in [<paramref name="minimum"/>, <paramref name="inclusiveMaximum"/>].</summary>
    /// <param name="minimum">Smallest value.</param>
    /// <param name="inclusiveMaximum">Largest value, at least <paramref name="minimum"/>.</param>
    /// <returns>A uniform value.</returns>
    public int NextInt(int minimum, int inclusiveMaximum) => minimum + NextInt(inclusiveMaximum - minimum + 1);

    /// <summary>A draw from the standard normal distribution (Box-Muller; one value per call).</summary>
    /// <returns>A normal value.</returns>
    public double NextNormal()
    {
        var u = 1.0 - NextDouble();
        var v = NextDouble();
        return Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * v);
    }

    /// <summary>Shuffles in place (Fisher-Yates, from the end).</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="values">The values to reorder.</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
