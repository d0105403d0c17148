namespace TSpin.Models;

/// <summary>A rotary position embedding (Su et al. 2021): pair i of a head's first R numbers is turned by position x theta^(-2i/R).</summary>
public sealed record RopeSettings
{
    /// <summary>Base of the frequencies.</summary>
    public required double Theta { get; init; }

    /// <summary>Numbers of each head that are turned, R; even, at most the head's width. The others pass unchanged.</summary>
    public required int Dimensions { get; init; }

    /// <summary>How the frequencies are stretched for sequences longer than those of pre-training. Default: not at all.</summary>
    public RopeScaling? Scaling { get; init; }

    /// <summary>The same settings for every block.</summary>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="dimensions">Numbers of each head that are turned.</param>
    /// <returns>One entry per block.</returns>
    public static RopeSettings?[] Everywhere(int layers, double theta, int dimensions)
    {
        var settings = new RopeSettings { Theta = theta, Dimensions = dimensions };
        return [.. Enumerable.Repeat(settings, layers)];
    }

    /// <summary>Angle per position of every pair, in float32 as transformers computes it.</summary>
    /// <param name="length">Tokens of the sequence; matters only where <see cref="RopeScaling.DependsOnLength"/>.</param>
    /// <returns>R / 2 frequencies.</returns>
    public float[] Frequencies(long length) => Scaling?.Frequencies(Theta, Dimensions, length) ?? RopeScaling.Plain(Theta, Dimensions);
}
