using System.Globalization;
using System.Text.RegularExpressions;
using TSpin.Models;

namespace TSpin.Adapters;

/// <summary>Which modules of a decoder a configuration means, by PEFT's rules.</summary>
internal static class LoraTargets
{
    // Patterns come with downloaded files: none may run for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The linear modules of a decoder, the head last.</summary>
    public static IReadOnlyList<string> Linear(Decoder decoder) =>
        [.. decoder.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal) && decoder.Parameters[name].Shape.Length == 2)
            .Select(name => name[..^".weight".Length])
            .Where(module => module != decoder.Config.Modules.Embedding && module != decoder.Config.Modules.Positions && module != decoder.Config.Modules.Head)
            .Append(decoder.Config.Modules.Head)];

    /// <summary>The modules that are adapted, in the order of the decoder.</summary>
    public static IReadOnlyList<string> Of(LoraConfig config, Decoder decoder, string source)
    {
        var all = Linear(decoder);
        var chosen = all.Where(module => IsTarget(config, module, decoder.Config.Modules.Head)).ToArray();
        return chosen.Length > 0 ? chosen : throw new TSpinException(
            $"{source}: target_modules ({string.Join(", ", config.TargetModules)}) match no linear module of this {decoder.Config.Family} model. It has: "
            + $"{string.Join(", ", all.Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal))}.");
    }

    /// <summary>The value of the first pattern that a module's name ends with.</summary>
    public static T Pattern<T>(IReadOnlyDictionary<string, T> patterns, string module, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (Matches($"^(.*\\.)?({pattern})$", module))
            {
                return value;
            }
        }

        return otherwise;
    }

    private static bool IsTarget(LoraConfig config, string module, string head)
    {
        if (config.ExclusionIsPattern ? config.ExcludedModules.Any(pattern => MatchesWhole(pattern, module)) : config.ExcludedModules.Any(name => Names(name, module)))
        {
            return false;
        }

        if (config.TargetModules is [var only] && string.Equals(only, LoraConfig.AllLinear, StringComparison.OrdinalIgnoreCase))
        {
            return module != head && IsInLayers(config, module);
        }

        // As in PEFT a module named in full is meant in whatever block it is.
        return config.TargetsArePattern ? MatchesWhole(config.TargetModules[0], module)
            : config.TargetModules.Contains(module) || (config.TargetModules.Any(name => Names(name, module)) && IsInLayers(config, module));
    }

    private static bool Names(string name, string module) => module == name || module.EndsWith("." + name, StringComparison.Ordinal);

    private static bool IsInLayers(LoraConfig config, string module)
    {
        if (config.Layers is not { } layers)
        {
            return true;
        }

        string[] patterns = config.LayersPattern.Count == 0 ? [@"[^.]*"] : [.. config.LayersPattern];
        foreach (var pattern in patterns)
        {
            if (Find(@"^.*\." + pattern + @"\.(?<block>\d{1,9})\.", module) is { Success: true } match)
            {
                return layers.Contains(int.Parse(match.Groups["block"].Value, CultureInfo.InvariantCulture));
            }
        }

        return false;
    }

    private static bool MatchesWhole(string pattern, string module) => Matches($"^(?:{pattern})$", module);

    private static bool Matches(string pattern, string module) => Find(pattern, module).Success;

    private static Match Find(string pattern, string module)
    {
        try
        {
            return Regex.Match(module, pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (Exception error) when (error is ArgumentException or RegexMatchTimeoutException)
        {
            throw new TSpinException($"the pattern '{pattern}' for module names cannot be used: {error.Message}", error);
        }
    }
}
