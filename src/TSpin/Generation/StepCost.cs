namespace TSpin.Generation;

/// <summary>
/// What a step costs, learned from the steps so far: a + b n seconds for one token in each of n rows, and so many per token of a prompt that is read. How a and b
/// relate is learned over many steps, for n varies little; how slow the machine is now, against that, from the last ones, for it may get busy. While all steps
/// have the same n, half of their time is taken for b n.
/// </summary>
internal sealed class StepCost
{
    private const double LongMemory = 0.998;    // of the steps before, per step
    private const double ShortMemory = 0.97;
    private const double PromptMemory = 0.985;
    private const double Stiffness = 0.0005;    // of the assumption about b, against one step

    private double _weight;
    private double _rows;
    private double _rowsSquared;
    private double _seconds;
    private double _rowsSeconds;
    private double _slowness = 1;
    private double _promptTokens;
    private double _promptSeconds;

    /// <summary>Whether any step of decoding was seen.</summary>
    public bool IsKnown => _weight > 0;

    /// <summary>Seconds to read a token of a prompt.</summary>
    public double PromptToken => _promptTokens > 0 ? _promptSeconds / _promptTokens : 0;

    /// <summary>A step that gave each of some rows a token.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="seconds">What it took.</param>
    public void Decoded(int rows, double seconds)
    {
        if (IsKnown)
        {
            var (step, row) = Learned();
            _slowness = (_slowness * ShortMemory) + ((1 - ShortMemory) * seconds / Math.Max(1e-12, step + (row * rows)));
        }

        var usual = seconds / Math.Max(1e-6, _slowness);
        _weight = (_weight * LongMemory) + 1;
        _rows = (_rows * LongMemory) + rows;
        _rowsSquared = (_rowsSquared * LongMemory) + ((double)rows * rows);
        _seconds = (_seconds * LongMemory) + usual;
        _rowsSeconds = (_rowsSeconds * LongMemory) + (rows * usual);
    }

    /// <summary>A step that read prompts.</summary>
    /// <param name="tokens">Their tokens.</param>
    /// <param name="seconds">What it took.</param>
    public void Read(long tokens, double seconds)
    {
        _promptTokens = (_promptTokens * PromptMemory) + tokens;
        _promptSeconds = (_promptSeconds * PromptMemory) + seconds;
    }

    /// <summary>The law of decoding, as the machine is now.</summary>
    /// <returns>Seconds of a step, and of a row in it; neither is negative.</returns>
    public (double Step, double Row) Law()
    {
        var (step, row) = Learned();
        return (step * _slowness, row * _slowness);
    }

    private (double Step, double Row) Learned()
    {
        var (rows, seconds) = (_rows / _weight, _seconds / _weight);
        var spread = Math.Max(0, (_rowsSquared / _weight) - (rows * rows));
        var most = seconds / Math.Max(1, rows);
        var stiff = Stiffness * rows * rows;
        var row = ((_rowsSeconds / _weight) - (rows * seconds) + (stiff * 0.5 * most)) / Math.Max(1e-12, spread + stiff);
        row = Math.Clamp(row, 0, most);
        return (seconds - (row * rows), row);
    }
}
