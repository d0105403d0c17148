using TSpin.Recipes;

namespace TSpin.Objectives;

/// <summary>The objective that a recipe's method means in an iteration.</summary>
public static class ObjectiveChoice
{
    /// <summary>Makes the objective.</summary>
    /// <param name="method">The method.</param>
    /// <param name="settings">alpha, beta, lambda and the link.</param>
    /// <param name="iteration">Zero-based. In iteration 0 beta is 0: y' is y0, so the historical term is the constant log 2.</param>
    /// <returns>The loss.</returns>
    public static Objective For(Method method, ObjectiveSettings settings, int iteration)
    {
        var beta = iteration == 0 ? 0 : settings.Beta;
        return method switch
        {
            Method.TSpin => new TSpinObjective(settings.Alpha, beta, settings.Link),
            Method.TSpinNoHistory => new TSpinObjective(settings.Alpha, 0, settings.Link),
            Method.TSpinRef => new TSpinObjective(settings.Alpha, beta, settings.Link, reference: true),
            Method.Spin => new SpinObjective(settings.Lambda, settings.Link),
            Method.Sft => new SftObjective(),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "unknown method"),
        };
    }
}
