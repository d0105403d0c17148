namespace TSpin.ChatTemplates.Jinja;

/// <summary>How much work a template may do. Templates come with downloaded models, so none may run for ever or fill the memory.</summary>
public sealed record JinjaLimits
{
    /// <summary>Evaluated nodes. Default: 20 million.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>Characters (UTF-16 units) of output, and of any text or list built on the way, in all. Default: 64 million.</summary>
    public long MaxCharacters { get; init; } = 64_000_000;

    /// <summary>Nested calls and blocks. Default: 150.</summary>
    public int MaxDepth { get; init; } = 150;
}
