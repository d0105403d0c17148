namespace TSpin.Tuning;

/// <summary>Names of what tuning leaves in its folder.</summary>
/// <param name="output">The folder.</param>
public sealed class TunePlaces(string output)
{
    /// <summary>The chosen one's weights: a Hugging Face folder or an adapter's.</summary>
    public string Model => In("model");

    /// <summary>The recipe that repeats it.</summary>
    public string Recipe => In("recipe.yaml");

    /// <summary>A plain prompt template with examples, where that was chosen.</summary>
    public string PromptText => In("prompt.txt");

    /// <summary>A chat template with examples, likewise.</summary>
    public string PromptTemplate => In("prompt.jinja");

    /// <summary>The report for a terminal or a README.</summary>
    public string Markdown => In("report.md");

    /// <summary>The report with figures.</summary>
    public string Html => In("report.html");

    /// <summary>All figures for programs.</summary>
    public string Json => In("tune.json");

    /// <summary>The cleaned examples.</summary>
    public string Examples => In(Path.Combine("data", "examples.jsonl"));

    /// <summary>All that the audit found.</summary>
    public string Audit => In(Path.Combine("data", "audit.jsonl"));

    /// <summary>The trials' folder, an ordinary run each, and what they share.</summary>
    public string Trials => In("trials");

    /// <summary>Where <see cref="Recipe"/> puts its runs.</summary>
    public string Again => In("again");

    private string In(string name) => Path.GetFullPath(Path.Combine(output, name));
}
