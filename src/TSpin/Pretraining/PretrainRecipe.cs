using TSpin.Logging;

namespace TSpin.Pretraining;

/// <summary>Everything that decides a model made from nothing (<c>tspin pretrain</c>).</summary>
public sealed record PretrainRecipe
{
    /// <summary>What the model is called. Default: model.</summary>
    public string Name { get; init; } = "model";

    /// <summary>The one seed from which every draw derives its own. Default: 42.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>The shape of the model.</summary>
    public PretrainModelSettings Model { get; init; } = new();

    /// <summary>What it reads.</summary>
    public PretrainDataSettings Data { get; init; } = new();

    /// <summary>How it is trained.</summary>
    public PretrainTrainingSettings Training { get; init; } = new();

    /// <summary>What is written besides for other programs to watch.</summary>
    public LoggingSettings Logging { get; init; } = new();
}
