using TSpin.Prompts;

namespace TSpin.Objectives;

/// <summary>The methods that there are: those of the program, one row each, and those that a host has registered.</summary>
public static class Methods
{
    private static readonly Lock Registering = new();
    private static IReadOnlyList<Method> _all;

    private static readonly MethodSetting SpaceMu =
        new("space_mu", 1, "(0, 1000]", "Synthetic responses for each annotated one, as the estimation of noise sees it.");

    private static readonly MethodSetting AsftLambda =
        new("asft_lambda", 0.05, "[0, 1000]", "Weight of the divergence from the initial model.");

    private static readonly MethodSetting UnlikelihoodShare =
        new("unlikelihood_share", 0.5, "(0, 1]",
            "Share of the steps that train on the model's own continuations; the others are SFT.");

    private static readonly MethodSetting UnlikelihoodNgram =
        new("unlikelihood_ngram", 4, "[1, 100]", "Length of what must not be repeated, in tokens.") { IsWhole = true };

    private static readonly MethodSetting UnlikelihoodTokens =
        new("unlikelihood_tokens", 100, "[1, 1000000]", "Longest continuation, in tokens.") { IsWhole = true };

    private static readonly MethodSetting PairBeta =
        new("preference_beta", 0.1, "(0, 1000]",
            "Scale of rewards in losses on pairs, and so how strongly the policy is held to the reference; "
                + "orpo: weight of the odds ratio.");

    private static readonly MethodSetting LabelSmoothing =
        new("label_smoothing", 0, "[0, 0.5)", "Share of pairs taken to be in the wrong order; robust must state it.");

    private static readonly MethodSetting CpoAlpha =
        new("cpo_alpha", 1, "[0, 1000]", "Weight of the chosen responses' likelihood.");

    private static readonly MethodSetting SimpoBeta =
        new("simpo_beta", 2.5, "(0, 1000]", "Scale of log-probabilities per token.");

    private static readonly MethodSetting SimpoGamma = new("simpo_gamma", 1.375, "[0, 1000]", "The margin.");

    static Methods() => _all = OfTheProgram =
    [
        TSpin, TSpinNoHistory, TSpinRef, Spin, Space, Sft, Dft, Asft, Unlikelihood,
        Dpo, Ipo, Hinge, Robust, Bco, Cpo, Simpo, Orpo,
    ];

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
        ScaleKey = "lambda",
        Create = (settings, _) => new SpinObjective(settings.Lambda, settings.Link),
    };

    /// <summary>Supervised fine-tuning on the annotated responses alone.</summary>
    public static Method Sft { get; } = new()
    {
        Name = "sft",
        DisplayName = "SFT",
        Create = (_, _) => new SftObjective(),
    };

    /// <summary>
    /// SPACE (arXiv 2512.07175): annotated against synthetic responses, each by itself, relative to the policy of the
    /// previous iteration.
    /// </summary>
    public static Method Space { get; } = new()
    {
        Name = "space",
        DisplayName = "SPACE",
        Responses = [ResponseRole.Synthetic],
        Keys = ["log_prob"],
        Settings = [SpaceMu],
        Scale = _ => 1,
        ScaleKey = null,
        Create = (settings, _) => new SpaceObjective(settings.Of(SpaceMu)),
    };

    /// <summary>
    /// Dynamic fine-tuning (arXiv 2508.05629): SFT whose tokens count as much as the model already finds them likely.
    /// </summary>
    public static Method Dft { get; } = new()
    {
        Name = "dft",
        DisplayName = "DFT",
        Create = (_, _) => new DftObjective(),
    };

    /// <summary>Anchored supervised fine-tuning (arXiv 2509.23753): DFT held to the initial model.</summary>
    public static Method Asft { get; } = new()
    {
        Name = "asft",
        DisplayName = "ASFT",
        Reference = ReferencePolicy.Initial,
        Settings = [AsftLambda],
        Create = (settings, _) => new AsftObjective(settings.Of(AsftLambda)),
    };

    /// <summary>
    /// Unlikelihood training (arXiv 1908.04319): SFT, and against repetition in the model's own continuations.
    /// </summary>
    public static Method Unlikelihood { get; } = new()
    {
        Name = "unlikelihood",
        DisplayName = "unlikelihood",
        Settings = [UnlikelihoodShare, UnlikelihoodNgram, UnlikelihoodTokens],
        Create = (settings, _) => new UnlikelihoodObjective(
            settings.Of(UnlikelihoodShare), (int)settings.Of(UnlikelihoodNgram), (int)settings.Of(UnlikelihoodTokens)),
    };

    /// <summary>DPO (arXiv 2305.18290) on the data's pairs.</summary>
    public static Method Dpo { get; } = OnPairs("dpo", "DPO", (beta, _) => new DpoObjective(beta));

    /// <summary>IPO (arXiv 2310.12036) on the data's pairs.</summary>
    public static Method Ipo { get; } = OnPairs("ipo", "IPO", (beta, _) => new IpoObjective(beta), readsSums: false);

    /// <summary>DPO with a hinge, as SLiC (arXiv 2305.10425), on the data's pairs.</summary>
    public static Method Hinge { get; } = OnPairs("hinge", "hinge", (beta, _) => new HingeObjective(beta));

    /// <summary>Robust DPO (arXiv 2403.00409) on the data's pairs.</summary>
    public static Method Robust { get; } = OnPairs(
        "robust", "robust DPO", (beta, settings) => new RobustObjective(beta, settings.Of(LabelSmoothing)), [LabelSmoothing],
        settings => settings.Of(LabelSmoothing) > 0 ? null : new MethodFault(
            LabelSmoothing.Key,
            "without it robust is dpo; state the share of pairs that may be in the wrong order, such as 0.1, "
                + "or use method dpo"));

    /// <summary>BCO (arXiv 2404.04656) on the data's pairs.</summary>
    public static Method Bco { get; } = OnPairs("bco", "BCO", (beta, _) => new BcoObjective(beta));

    /// <summary>CPO (arXiv 2401.08417) on the data's pairs, without a reference.</summary>
    public static Method Cpo { get; } = new()
    {
        Name = "cpo",
        DisplayName = "CPO",
        Responses = [ResponseRole.Rejected],
        Keys = ["log_prob"],
        Settings = [PairBeta, CpoAlpha, LabelSmoothing],
        HasRewardsOfItsOwn = true,
        Scale = settings => settings.Of(PairBeta),
        ScaleKey = PairBeta.Key,
        Create = (settings, _) => new CpoObjective(
            settings.Of(PairBeta), settings.Of(CpoAlpha), settings.Of(LabelSmoothing)),
    };

    /// <summary>SimPO (arXiv 2405.14734) on the data's pairs, without a reference.</summary>
    public static Method Simpo { get; } = new()
    {
        Name = "simpo",
        DisplayName = "SimPO",
        Responses = [ResponseRole.Rejected],
        Settings = [SimpoBeta, SimpoGamma, LabelSmoothing],
        Scale = settings => settings.Of(SimpoBeta),
        ScaleKey = SimpoBeta.Key,
        Create = (settings, _) => new SimpoObjective(
            settings.Of(SimpoBeta), settings.Of(SimpoGamma), settings.Of(LabelSmoothing)),
    };

    /// <summary>ORPO (arXiv 2403.07691) on the data's pairs, without a reference.</summary>
    public static Method Orpo { get; } = new()
    {
        Name = "orpo",
        DisplayName = "ORPO",
        Responses = [ResponseRole.Rejected],
        Settings = [PairBeta],
        Scale = settings => settings.Of(PairBeta),
        ScaleKey = PairBeta.Key,
        Create = (settings, _) => new OrpoObjective(settings.Of(PairBeta)),
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

    // DPO and its kin, with the model that the run began with as the reference.
    private static Method OnPairs(
        string name, string displayName, Func<double, ObjectiveSettings, Objective> create,
        MethodSetting[]? more = null, Func<ObjectiveSettings, MethodFault?>? check = null, bool readsSums = true)
    {
        return new()
        {
            Name = name,
            DisplayName = displayName,
            Responses = [ResponseRole.Rejected],
            Reference = ReferencePolicy.Initial,
            Keys = readsSums ? ["log_prob"] : [],
            Settings = [PairBeta, .. more ?? []],
            Scale = settings => settings.Of(PairBeta),
            ScaleKey = PairBeta.Key,
            Check = check ?? (_ => null),
            Create = (settings, _) => create(settings.Of(PairBeta), settings),
        };
    }
}
