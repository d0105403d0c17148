namespace TSpin.Tests;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class StandInClock : TimeProvider
{
    private long _now;

    public double Seconds => (double)_now / TimestampFrequency;

    public override long TimestampFrequency => 10_000_000;

    public override long GetTimestamp() => _now;

    public void Advance(double seconds) => _now += (long)(seconds * TimestampFrequency);
}
