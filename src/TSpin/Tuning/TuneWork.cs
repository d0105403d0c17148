namespace TSpin.Tuning;

/// <summary>What a part of a trial has to do, in tokens.</summary>
/// <param name="Trained">Tokens that go forward and backward.</param>
/// <param name="Generated">Tokens that are generated.</param>
public sealed record TuneWork(double Trained, double Generated)
{
    /// <summary>Both together.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">Another.</param>
    /// <returns>The sum.</returns>
    public static TuneWork operator +(TuneWork a, TuneWork b) => new(a.Trained + b.Trained, a.Generated + b.Generated);
}
