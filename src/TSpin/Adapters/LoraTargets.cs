using TSpin.Models;

namespace TSpin.Adapters;

/// <summary>Which modules of a decoder a configuration means, by PEFT's rules.</summary>
internal static class LoraTargets
{
    /// <summary>The linear modules of a decoder, the head last.</summary>
    public static IReadOnlyList<string> Linear(Decoder decoder) =>
        [.. decoder.Weights.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal) && decoder.Parameters[name].Shape.Length == 2)
            .Select(name => name[..^".weight".Length])
            .Where(module => module != decoder.Config.Modules.Embedding && module != decoder.Config.Modules.Positions && module != decoder.Config.Modules.Head)
            .Append(decoder.Config.Modules.Head)];

    /// <summary>The modules that are adapted, in the order of the decoder.</summary>
    public static IReadOnlyList<string> Of(LoraConfig config, Decoder decoder, string source, ModuleMatcher matcher)
    {
        var all = Linear(decoder);
        var chosen = all.Where(module => IsTarget(config, module, decoder.Config.Modules, matcher)).ToArray();
        return chosen.Length > 0 ? chosen : throw new TSpinException(
            $"{source}: target_modules ({string.Join(", ", config.TargetModules)}) match no linear module of this {decoder.Config.Family} model. It has: "
            + $"{string.Join(", ", all.Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal))}.");
    }

    /// <summary>The value of the first pattern that a module's name ends with.</summary>
    public static T Pattern<T>(IReadOnlyDictionary<string, T> patterns, string module, T otherwise, ModuleMatcher matcher)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (matcher.End(pattern, module))
            {
                return value;
            }
        }

        return otherwise;
    }

    private static bool IsTarget(LoraConfig config, string module, ModuleNames names, ModuleMatcher matcher)
    {
        if (Means(config.ExcludedModules, config.ExclusionIsPattern))
        {
            return false;
        }

        if (config.TargetModules is [var only] && string.Equals(only, LoraConfig.AllLinear, StringComparison.OrdinalIgnoreCase))
        {
            return module != names.Head && IsInLayers(config, module, matcher);
        }

        // As in PEFT a module named in full is meant in whatever block it is.
        return Means(config.TargetModules, config.TargetsArePattern)
            && (config.TargetsArePattern || config.TargetModules.Contains(module) || IsInLayers(config, module, matcher));

        bool Means(IReadOnlyList<string> words, bool arePattern) => NamesOf(module, names).Any(
            name => words.Any(word => arePattern ? matcher.Whole(word, name) : name == word || name.EndsWith("." + word, StringComparison.Ordinal)));
    }

    /// <summary>A module's name in transformers 5, and others it has had: GPT-NeoX's head as earlier versions call it, the names inside a larger model.</summary>
    public static IReadOnlyList<string> NamesOf(string module, ModuleNames names)
    {
        IEnumerable<string> head = module == names.Head && names.HeadInFiles is { } other ? [other] : [];
        var inLarger = names.AllInFiles(module).Where(name => names.PartOfLarger is { } part && name.Contains(part + ".", StringComparison.Ordinal));
        return [module, .. head, .. inLarger];
    }

    private static bool IsInLayers(LoraConfig config, string module, ModuleMatcher matcher)
    {
        if (config.Layers is not { } layers)
        {
            return true;
        }

        IReadOnlyList<string> patterns = config.LayersPattern.Count == 0 ? ["[^.]*"] : config.LayersPattern;
        return patterns.Select(pattern => matcher.Block(pattern, module)).FirstOrDefault(block => block is not null) is { } found && layers.Contains(found);
    }
}
