using TSpin.Studies.Statistics;

namespace TSpin.Studies;

/// <summary>Section <c>bootstrap</c>: how intervals are drawn.</summary>
public sealed record StudyBootstrap
{
    /// <summary>How often. Default <see cref="CrossedBootstrap.UsualResamples"/>.</summary>
    public int Resamples { get; init; } = CrossedBootstrap.UsualResamples;

    /// <summary>The seed of the draws. Default 1.</summary>
    public ulong Seed { get; init; } = 1;
}
