using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>How a generator's waves take decode steps as CUDA graphs, and what became of it.</summary>
/// <param name="use">How.</param>
internal sealed class GraphRecording(GraphUse use)
{
    /// <summary>How.</summary>
    public GraphUse Use => use;

    /// <summary>Why a recording failed, since when steps are taken kernel by kernel; null where none did.</summary>
    public string? Failure { get; set; }
}
