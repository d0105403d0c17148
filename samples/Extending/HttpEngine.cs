using TSpin.Generation;

namespace Extending;

/// <summary>Lets a server answer a run's prompts: <c>new SelfPlayRun(recipe, folder, engine: new HttpEngine(new Uri("http://127.0.0.1:8000/")))</c>.</summary>
/// <param name="server">Where it listens.</param>
public sealed class HttpEngine(Uri server) : IGeneratorEngine
{
    /// <inheritdoc/>
    public IGenerator Create(GeneratorPolicy policy, SamplingOptions options, IReadOnlyList<int> endIds) => new HttpGenerator(server, policy, options, endIds);
}
