namespace TSpin.Models;

/// <summary>Section <c>model</c>: the policy pi_0 and where it runs.</summary>
public sealed record ModelSettings
{
    /// <summary>A Hugging Face model folder. Must be stated.</summary>
    public string Path { get; init; } = "";

    /// <summary>The compute type. Default <see cref="ComputeType.Auto"/>.</summary>
    public ComputeType Dtype { get; init; } = ComputeType.Auto;

    /// <summary><c>cpu</c> or <c>cuda:N</c>. Default <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";
}
