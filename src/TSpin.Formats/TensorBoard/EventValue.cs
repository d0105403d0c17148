namespace TSpin.TensorBoard;

/// <summary>One value of an event.</summary>
/// <param name="Tag">The series, such as <c>train/loss</c>.</param>
public sealed record EventValue(string Tag)
{
    /// <summary>The number, where it is a scalar.</summary>
    public float? Scalar { get; init; }

    /// <summary>The texts, where it is a tensor of them; else empty.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>The plugin that shows it: <c>text</c>, <c>hparams</c>; empty for scalars.</summary>
    public string Plugin { get; init; } = "";

    /// <summary>What that plugin is told: for <c>hparams</c> the encoded settings.</summary>
    public ReadOnlyMemory<byte> PluginContent { get; init; }
}
