using TSpin.Objectives;
using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <content>Section <c>objective</c>, with the numbers of single methods.</content>
public static partial class RecipeTables
{
    private static ValueKind<ValueList<double>> ByIteration(string range) => Kinds.ListOf(Kinds.Number(range), 1, 1000);

    private static Section<ObjectiveSettings> Objective(IReadOnlyList<Method> methods)
    {
        var section = new Section<ObjectiveSettings>("The constants of the loss.")
            .Field("alpha", ByIteration("(0, 1000]"), r => r.AlphaSchedule.Count > 0 ? r.AlphaSchedule : [r.Alpha],
                (r, v) => r with { Alpha = v[0], AlphaSchedule = v.Count > 1 ? v : [] },
                "Factor of a log-probability in a confidence (equation 7). A list is by iteration, its last number "
                    + "repeated.")
            .Field("beta", ByIteration("[0, 1000]"), r => r.BetaSchedule.Count > 0 ? r.BetaSchedule : [r.Beta],
                (r, v) => r with { Beta = v[0], BetaSchedule = v.Count > 1 ? v : [] },
                "Weight of the historical advantage's term; iteration 0 uses 0 in any case. A list is by iteration.")
            .Field("link",
                Kinds.Word(("logistic", Link.Logistic), ("exponential", Link.Exponential)),
                r => r.Link, (r, v) => r with { Link = v },
                "The decreasing function of an advantage: -log sigmoid(x), or exp(-x).")
            .Field("lambda", ByIteration("(0, 1000]"), r => r.LambdaSchedule.Count > 0 ? r.LambdaSchedule : [r.Lambda],
                (r, v) => r with { Lambda = v[0], LambdaSchedule = v.Count > 1 ? v : [] },
                "SPIN's lambda; method spin alone uses it. A list is by iteration: SPIN's code has [0.1, 0.1, 0.1, 5].")
            .Field("sft_weight", Kinds.Number("[0, 1000]"), r => r.SftWeight, (r, v) => r with { SftWeight = v },
                "Weight of the annotated responses' negative log-likelihood (mean over the step's tokens) beside a "
                    + "contrastive loss; 0, as the papers have it, is none.")
            .Field("log_prob",
                Kinds.Word(("sum", LogProbReduction.Sum), ("mean", LogProbReduction.Mean)),
                r => r.LogProb, (r, v) => r with { LogProb = v },
                "Log-probability of a response: sum over its tokens, or mean.");
        foreach (var setting in methods.SelectMany(method => method.Settings).Distinct())
        {
            var users = string.Join(", ", methods.Where(method => method.Settings.Contains(setting)).Select(method => method.Name));
            var meaning = $"{setting.Meaning} Used by {users} alone.";
            section = setting.IsWhole
                ? section.Field(setting.Key, Kinds.Integer(setting.Range), r => (int)r.Of(setting),
                    (r, v) => r.With(setting, v), meaning)
                : section.Field(setting.Key, Kinds.Number(setting.Range), r => r.Of(setting),
                    (r, v) => r.With(setting, v), meaning);
        }

        return section;
    }
}
