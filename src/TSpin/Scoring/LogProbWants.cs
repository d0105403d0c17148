using TSpin.Models;

namespace TSpin.Scoring;

/// <summary>What an objective wants to see of a batch besides the log-probabilities of its responses.</summary>
public sealed record LogProbWants
{
    /// <summary>Of <see cref="TermNumbers"/>.</summary>
    internal const long DefaultTermNumbers = 1 << 23;

    /// <summary>Whether the prompts' own tokens are scored too. Default: false.</summary>
    public bool Prompts { get; init; }

    /// <summary>A number for every response token out of its whole distribution. Default: none.</summary>
    public ITokenTerm? Term { get; init; }

    /// <summary>The reference policy, where <see cref="Term"/> needs it: frozen, on the same device.</summary>
    public Decoder? Reference { get; init; }

    /// <summary>Numbers of a distribution that <see cref="Term"/> sees at a time: rows times vocabulary. Default: 32 MiB in float32.</summary>
    internal long TermNumbers { get; init; } = DefaultTermNumbers;
}
