using TSpin.Objectives;

namespace TSpin.Checks;

/// <summary>From the names in training records to objectives.</summary>
internal static class RecordedObjective
{
    public static Objective Of(string path, string name, string? link, double? alpha, double? beta, double? lambda)
    {
        var function = link switch
        {
            null or "logistic" => Link.Logistic,
            "exponential" => Link.Exponential,
            _ => throw new TSpinException($"{path}: link '{link}' is unknown; known are logistic and exponential."),
        };
        return name switch
        {
            "t-spin" => new TSpinObjective(Need(alpha, "alpha"), Need(beta, "beta"), function),
            "t-spin-ref" => new TSpinObjective(Need(alpha, "alpha"), Need(beta, "beta"), function, reference: true),
            "spin" => new SpinObjective(Need(lambda, "lambda"), function),
            "sft" => new SftObjective(),
            _ => throw new TSpinException($"{path}: objective '{name}' is unknown; known are t-spin, t-spin-ref, spin and sft."),
        };

        double Need(double? value, string key) => value ?? throw new TSpinException($"{path}: {name} without {key}. Record it again.");
    }
}
