using System.CommandLine;
using TSpin.Hub;
using TSpin.SelfPlay;

namespace TSpin.Cli;

/// <summary>Models and data that a verb is given as paths or as names on a hub, which are fetched first.</summary>
internal static class HubNames
{
    /// <summary>The argument of files of annotated examples.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <returns>The argument; what it is given goes through Files.</returns>
    public static Argument<string> DataArgument(string name) => new(name)
    {
        Description = "A JSONL, JSON, CSV, TSV (also .gz, .zst), Parquet or Arrow file, a folder of them, a pattern in quotes, "
            + "or hub:org/name[@revision][:file] (docs/hub.md).",
    };

    /// <summary>Local paths of examples or prompts.</summary>
    /// <param name="name">What names them, for messages: <c>--prompts</c>.</param>
    /// <param name="value">What is given.</param>
    /// <param name="split">Which split is meant where no file is named.</param>
    /// <returns>The path as it is given, or the files that were fetched.</returns>
    /// <exception cref="TSpinException">The hub cannot be reached or has no such files.</exception>
    public static IReadOnlyList<string> Files(string name, string value, HubSplit split = HubSplit.Training)
    {
        using var interruption = new Interruption();
        return Files(name, value, split, interruption.Token);
    }

    /// <summary>As the other, for verbs that handle an interruption already.</summary>
    public static IReadOnlyList<string> Files(string name, string value, HubSplit split, CancellationToken cancellation) =>
        HubInputs.Files(name, value, split, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), cancellation);

    /// <summary>The local folder of a model.</summary>
    /// <param name="value">A folder or GGUF file, or <c>org/name</c>; what exists is a path.</param>
    /// <returns>The path as it is given, or the folder that was fetched.</returns>
    /// <exception cref="TSpinException">The hub cannot be reached or has no such model.</exception>
    public static string Model(string value)
    {
        using var interruption = new Interruption();
        return Model(value, interruption.Token);
    }

    /// <summary>As the other, for verbs that handle an interruption already.</summary>
    public static string Model(string value, CancellationToken cancellation) =>
        HubInputs.Model(value, () => HubSettings.FromEnvironment(), RunDisplay.OnConsole(), cancellation);
}
