using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>The methods that there are: those of the program, one row each, and those that a host has registered.</summary>
public static class Methods
{
    private static readonly Lock Registering = new();
    private static IReadOnlyList<Method> _all;

    static Methods() => _all = OfTheProgram = [TSpin, TSpinNoHistory, TSpinRef, Spin, Sft];

    /// <summary>T-SPIN, equation 7 of arXiv 2601.08198: current plus historical advantage, no reference model.</summary>
    public static Method TSpin { get; } = new()
    {
        Name = "tspin",
        DisplayName = "T-SPIN",
        Responses = [ResponseRole.Synthetic, ResponseRole.ProtoSynthetic],
        Keys = ["alpha", "beta", "link", "log_prob"],
        HasRewardsOfItsOwn = true,
        Create = (settings, iteration) => new TSpinObjective(settings.Alpha, Beta(settings, iteration), settings.Link),
    };

    /// <summary>The ablation without the historical advantage: T-SPIN with beta = 0 throughout.</summary>
    public static Method TSpinNoHistory { get; } = new()
    {
        Name = "tspin-no-history",
        DisplayName = "T-SPIN without history",
        Responses = [ResponseRole.Synthetic],
        Keys = ["alpha", "link", "log_prob"],
        HasRewardsOfItsOwn = true,
        Create = (settings, _) => new TSpinObjective(settings.Alpha, 0, settings.Link),
    };

    /// <summary>The ablation with a reference policy: T-SPIN with confidences relative to the policy of the previous iteration.</summary>
    public static Method TSpinRef { get; } = new()
    {
        Name = "tspin-ref",
        DisplayName = "T-SPIN-ref",
        Responses = [ResponseRole.Synthetic, ResponseRole.ProtoSynthetic],
        Keys = ["alpha", "beta", "link", "log_prob"],
        Create = (settings, iteration) => new TSpinObjective(settings.Alpha, Beta(settings, iteration), settings.Link, reference: true),
    };

    /// <summary>SPIN (arXiv 2401.01335): annotated against synthetic responses, relative to the policy of the previous iteration.</summary>
    public static Method Spin { get; } = new()
    {
        Name = "spin",
        DisplayName = "SPIN",
        Responses = [ResponseRole.Synthetic],
        Keys = ["lambda", "link", "log_prob"],
        Scale = settings => settings.Lambda,
        Create = (settings, _) => new SpinObjective(settings.Lambda, settings.Link),
    };

    /// <summary>Supervised fine-tuning on the annotated responses alone.</summary>
    public static Method Sft { get; } = new()
    {
        Name = "sft",
        DisplayName = "SFT",
        Create = (_, _) => new SftObjective(),
    };

    /// <summary>The program's own.</summary>
    public static IReadOnlyList<Method> OfTheProgram { get; }

    /// <summary>All of them, in the order of help and docs.</summary>
    public static IReadOnlyList<Method> All => Volatile.Read(ref _all);

    /// <summary>Adds a method, so that recipes can name it: before the first of them is read or run.</summary>
    /// <param name="method">Its name must be new, and a setting that another method has must be the same here.</param>
    /// <exception cref="ArgumentException">The name is taken or no word, or a setting differs from another method's of the same key.</exception>
    public static void Register(Method method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (method.Name.Length == 0 || method.Name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw new ArgumentException($"\"{method.Name}\" is no name for a method; use a-z, 0-9 and -", nameof(method));
        }

        lock (Registering)
        {
            if (_all.Any(known => known.Name == method.Name))
            {
                throw new ArgumentException($"there is a method {method.Name} already", nameof(method));
            }

            foreach (var setting in method.Settings)
            {
                if (_all.SelectMany(known => known.Settings).FirstOrDefault(known => known.Key == setting.Key) is { } other && other != setting)
                {
                    throw new ArgumentException($"objective.{setting.Key} of {method.Name} differs from another method's; give it a name of its own", nameof(method));
                }
            }

            Volatile.Write(ref _all, [.. _all, method]);
        }
    }

    /// <summary>The method of a name.</summary>
    /// <param name="name">As recipes have it.</param>
    /// <returns>Null where there is none.</returns>
    public static Method? Find(string name) => All.FirstOrDefault(method => method.Name == name);

    /// <summary>The method of a name.</summary>
    /// <param name="name">As recipes have it.</param>
    /// <returns>The method.</returns>
    /// <exception cref="TSpinException">There is none.</exception>
    public static Method Named(string name) => Find(name)
        ?? throw new TSpinException($"there is no method \"{name}\"; it is one of {string.Join(", ", All.Select(method => method.Name))}.");

    // In iteration 0 y' is y0, so the historical term is the constant log 2.
    private static double Beta(ObjectiveSettings settings, int iteration) => iteration == 0 ? 0 : settings.Beta;
}
