namespace TSpin.Objectives;

/// <summary>Section <c>objective</c>: the constants of the loss (equation 7 of arXiv 2601.08198, and SPIN's).</summary>
public sealed record ObjectiveSettings
{
    /// <summary>The factor of a log-probability in a confidence, c = alpha log pi. Default 1.</summary>
    public double Alpha { get; init; } = 1.0;

    /// <summary>
    /// Alpha of iteration 0, 1 and so on, the last repeated. Default none: <see cref="Alpha"/> throughout.
    /// </summary>
    public ValueList<double> AlphaSchedule { get; init; } = [];

    /// <summary>The weight of the historical advantage's term; 0 is used in iteration 0 whatever stands here. Default 0.1.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>Beta by iteration, as <see cref="AlphaSchedule"/>.</summary>
    public ValueList<double> BetaSchedule { get; init; } = [];

    /// <summary>The decreasing function of an advantage. Default <see cref="Link.Logistic"/>.</summary>
    public Link Link { get; init; } = Link.Logistic;

    /// <summary>SPIN's lambda (its code calls it beta); used by method spin alone. Default 0.1.</summary>
    public double Lambda { get; init; } = 0.1;

    /// <summary>
    /// Lambda by iteration, as <see cref="AlphaSchedule"/>: SPIN's code has 0.1, and 5 in its last iteration.
    /// </summary>
    public ValueList<double> LambdaSchedule { get; init; } = [];

    /// <summary>
    /// Weight of y's likelihood (token mean) beside a contrastive loss; see <see cref="WithLikelihood"/>. Default 0:
    /// none, as the papers have it.
    /// </summary>
    public double SftWeight { get; init; }

    /// <summary>From token to response log-probabilities. Default <see cref="LogProbReduction.Sum"/>.</summary>
    public LogProbReduction LogProb { get; init; } = LogProbReduction.Sum;

    /// <summary>Values of numbers that belong to single methods, where they are not the default. Default none. See <see cref="Of"/> and <see cref="With"/>.</summary>
    public ValueList<SettingValue> OfMethods { get; init; } = [];

    /// <summary>The settings of one iteration.</summary>
    /// <param name="iteration">From 0.</param>
    /// <returns>The same with one alpha, beta and lambda.</returns>
    public ObjectiveSettings At(int iteration)
    {
        return this with
        {
            Alpha = Of(AlphaSchedule, Alpha),
            Beta = Of(BetaSchedule, Beta),
            Lambda = Of(LambdaSchedule, Lambda),
            AlphaSchedule = [],
            BetaSchedule = [],
            LambdaSchedule = [],
        };

        double Of(ValueList<double> schedule, double single) =>
            schedule.Count == 0 ? single : schedule[Math.Min(iteration, schedule.Count - 1)];
    }

    /// <summary>A number of a method's own.</summary>
    /// <param name="setting">Which, from <see cref="Method.Settings"/>.</param>
    /// <returns>What the recipe says, or the default.</returns>
    public double Of(MethodSetting setting) => OfMethods.FirstOrDefault(own => own.Key == setting.Key)?.Value ?? setting.Default;

    /// <summary>The same settings with a number of a method's own.</summary>
    /// <param name="setting">Which.</param>
    /// <param name="value">Its value.</param>
    /// <returns>New settings; equal ones whatever the order in which numbers were given.</returns>
    public ObjectiveSettings With(MethodSetting setting, double value)
    {
        var others = OfMethods.Where(own => own.Key != setting.Key);
        SettingValue[] stated = value.Equals(setting.Default) ? [] : [new SettingValue(setting.Key, value)];
        return this with { OfMethods = [.. others.Concat(stated).OrderBy(own => own.Key, StringComparer.Ordinal)] };
    }
}
