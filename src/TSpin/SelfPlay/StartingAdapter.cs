using TSpin.Adapters;
using TSpin.Models;
using TSpin.Randomness;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>The adapter that a run's first iteration begins with: a new one of the recipe's shape, or one that was trained elsewhere.</summary>
internal static class StartingAdapter
{
    /// <summary>The adapter's shape.</summary>
    /// <param name="recipe">Any recipe.</param>
    /// <returns>Null where the whole model is trained.</returns>
    /// <exception cref="TSpinException">The given adapter cannot be read, or section <c>lora</c> says otherwise than it.</exception>
    public static LoraConfig? Shape(Recipe recipe)
    {
        var settings = recipe.Lora;
        if (!settings.IsOn)
        {
            return null;
        }

        if (settings.Adapter is not { } folder)
        {
            return new LoraConfig { Rank = settings.Rank, Alpha = settings.Alpha, UseRsLora = settings.RsLora, TargetModules = [.. settings.TargetModules], BaseModel = recipe.Model.Path };
        }

        var given = LoraAdapter.ReadConfig(folder);
        var usual = new LoraSettings();
        Require("rank", settings.Rank == 0 || settings.Rank == given.Rank, settings.Rank, given.Rank);
        Require("alpha", settings.Alpha.Equals(usual.Alpha) || settings.Alpha.Equals(given.Alpha), settings.Alpha, given.Alpha);
        Require("rslora", !settings.RsLora || given.UseRsLora, settings.RsLora, given.UseRsLora);
        Require(
            "target_modules", settings.TargetModules.Equals(usual.TargetModules) || settings.TargetModules.ToHashSet(StringComparer.Ordinal).SetEquals(given.TargetModules),
            string.Join(", ", settings.TargetModules), string.Join(", ", given.TargetModules));
        // The base's own name may be one on a hub; what is trained here is this folder.
        return given with { BaseModel = recipe.Model.Path };

        void Require(string key, bool agrees, object asked, object has)
        {
            if (!agrees)
            {
                throw new TSpinException(FormattableString.Invariant(
                    $"lora.{key}: {asked}, but the adapter in lora.adapter ({folder}) has {has}. Leave the key out: a given adapter keeps its shape."));
            }
        }
    }

    /// <summary>The adapter.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="shape">From <see cref="Shape"/>.</param>
    /// <param name="policy">The base model.</param>
    /// <returns>Set it as <see cref="Decoder.Adapter"/>.</returns>
    /// <exception cref="TSpinException">The given adapter is damaged or of another base model.</exception>
    public static LoraAdapter Make(Recipe recipe, LoraConfig shape, Decoder policy) => recipe.Lora.Adapter is { } folder
        ? LoraAdapter.Load(folder, policy, shape.BaseModel)
        : LoraAdapter.Create(shape, policy, NamedSeed.Derive(recipe.Seed, "lora"));
}
