using TSpin.Checkpoints;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Recipes;

namespace TSpin.SelfPlay;

/// <summary>How the weights of an iteration answer: by the run's engine, and where that is this process, by all processes.</summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="inputs">For the tokenizer.</param>
/// <param name="engine">Who answers prompts.</param>
/// <param name="ranks">The processes that share the run; null where there are no others.</param>
internal sealed class PolicyAnswers(Recipe recipe, RunFolder folder, RunInputs inputs, IGeneratorEngine engine, RankLeader? ranks)
{
    /// <summary>The weights of an iteration as an engine takes them.</summary>
    public GeneratorPolicy StateOf(PolicySource policy, Decoder inference, int iteration) =>
        new(inference, policy.FolderOf(iteration), recipe.Model.Path, inputs.Tokenizer, iteration);

    /// <summary>A generator of these weights.</summary>
    public IGenerator GeneratorOf(GeneratorPolicy state, SamplingOptions options, IReadOnlyList<int> ends)
    {
        var generator = engine.Create(state, options, ends);
        return ranks is not null && generator is Generator own ? ranks.Divide(own, state.Decoder) : generator;
    }

    /// <summary>Does something with answers; a model that cannot give any is named with the iteration that trained it.</summary>
    public T Guard<T>(int trained, Func<T> work) => DivergedModel.Guard(recipe.Model.Path, folder, trained, work);
}
