namespace TSpin.Demo;

/// <summary>The kinds of word problem of the demo world, read once from the embedded <c>WordProblems.txt</c>.</summary>
public static class ProblemTemplates
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<ProblemTemplate> All { get; } = Load();

    /// <summary>The kinds that annotated examples are drawn from.</summary>
    public static IReadOnlyList<ProblemTemplate> Annotated { get; } = [.. All.Where(template => !template.HeldOut)];

    /// <summary>The kinds that no annotated example shows.</summary>
    public static IReadOnlyList<ProblemTemplate> HeldOut { get; } = [.. All.Where(template => template.HeldOut)];

    private static IReadOnlyList<ProblemTemplate> Load()
    {
        const string resource = "TSpin.Demo.WordProblems.txt";
        using var stream = typeof(ProblemTemplates).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {resource}.");
        using var reader = new StreamReader(stream);
        return ProblemTemplateFile.Read(reader.ReadToEnd(), "WordProblems.txt");
    }
}
