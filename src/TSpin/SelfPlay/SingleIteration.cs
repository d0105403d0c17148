using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>What one iteration by itself can and cannot do: it knows the policy that it starts from, and the responses that it is given, and not what came before.</summary>
internal static class SingleIteration
{
    /// <summary>Refuses what would be ignored, and methods that need what is not known.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="iteration">Which iteration it is, from 0.</param>
    /// <param name="synthetic">y', or null.</param>
    /// <param name="protoSynthetic">y0, or null.</param>
    /// <exception cref="TSpinException">A file would be ignored, or the method needs the model or the responses of before.</exception>
    public static void Require(Recipe recipe, int iteration, string? synthetic, string? protoSynthetic)
    {
        var method = recipe.Method;
        if (recipe.Sft.IsOn)
        {
            throw new TSpinException(
                "section sft is the first stage of a whole run, and this is one iteration by itself. Leave it out, or "
                    + "use tspin run.");
        }

        if (recipe.Rejection.IsOn)
        {
            throw new TSpinException(
                "section rejection is a stage of a whole run, and this is one iteration by itself. Leave it out, or use tspin run.");
        }

        RequireUsed(synthetic, method.PlaysAgainstItself, "synthetic");
        RequireUsed(protoSynthetic, method.Uses(ResponseRole.ProtoSynthetic), "proto-synthetic");
        if (iteration == 0)
        {
            return;
        }

        var objective = method.ObjectiveOf(recipe.Objective, iteration);
        if (method.Reference == ReferencePolicy.Initial && (objective.NeedsReference || objective.Term?.NeedsReference == true))
        {
            throw new TSpinException($"method {method.Name} compares with the model that a run began with, which iteration {iteration} by itself does not know. Use tspin run.");
        }

        if (method.Uses(ResponseRole.EarlierSynthetic))
        {
            throw new TSpinException($"method {method.Name} trains on the responses of the iteration before, which iteration {iteration} by itself does not have. Use tspin run.");
        }

        if (recipe.Generation.MixPrevious)
        {
            throw new TSpinException(
                $"generation.mix_previous trains on the responses of the iteration before, which iteration {iteration} "
                    + "by itself does not have. Leave it out, or use tspin run.");
        }

        if (recipe.Training.Taught.Below is not null)
        {
            throw new TSpinException(
                $"training.taught.below leaves prompts out by what the iteration before measured, which iteration {iteration} "
                    + "by itself does not have. Leave it out, or use tspin run.");
        }

        void RequireUsed(string? file, bool isUsed, string what)
        {
            if (file is not null && !isUsed)
            {
                throw new TSpinException($"{file}: method {method.Name} has no {what} responses, so the file would be ignored. Leave it out, or choose another method.");
            }
        }
    }
}
