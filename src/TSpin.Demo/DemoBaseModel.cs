namespace TSpin.Demo;

/// <summary>
/// The base model that comes with the demo: a Llama of 1.9 million parameters made by <c>tspin pretrain recipes/pretrain-demo.yaml</c>; the recipe
/// and the log that made it lie beside its weights.
/// </summary>
public static class DemoBaseModel
{
    /// <summary>The Hugging Face folder, beside the assembly.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "demo-base");
}
