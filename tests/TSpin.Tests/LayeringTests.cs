using System.Reflection;
using Shouldly;
using TSpin.Tests.Layering;
using Xunit;

namespace TSpin.Tests;

/// <summary>The walls: which project may refer to which, and which folder of a project may use which. Planted faults (Layering/Planted) prove that each is seen.</summary>
public sealed class LayeringTests
{
    private const string Planted = "TSpin.Tests.Layering.Planted";

    // The one type of src/TSpin beside the folders that sees all but Studies and Checks.
    private const string Heart = "SelfPlayRun";

    /// <summary>
    /// The folders of src/TSpin in the order data passes through them; each may use only those before it. Checks comes last because it
    /// proves all the others, and nothing may lean on it.
    /// </summary>
    private static readonly string[] Order =
    [
        "Randomness", "Distribution", "Data", "Models", "Adapters", "Prompts", "Scoring", "Generation", "Objectives", "Optimization",
            "Checkpoints", "Training", "Evaluation", "Logging", "Recipes", "Reports",
        "Pretraining", "SelfPlay", Heart, "Studies", "Tuning", "Checks",
    ];

    private static readonly string[] OrderOfFormats =
        ["Files", "Hub", "Arrow", "Parquet", "Gguf", "Safetensors", "TensorBoard"];

    // What each project of src refers to. Files, tokenizers and chat templates are wanted without torch; torch knows nothing of language.
    private static readonly Dictionary<string, string[]> References = new()
    {
        ["TSpin.Torch"] = [],
        ["TSpin.Formats"] = [],
        ["TSpin.Tokenizers"] = ["TSpin.Formats"],
        ["TSpin.ChatTemplates"] = ["TSpin.Formats"],
        ["TSpin"] = ["TSpin.ChatTemplates", "TSpin.Formats", "TSpin.Tokenizers", "TSpin.Torch"],
        ["TSpin.Demo"] = ["TSpin"],
        ["TSpin.Dashboard"] = ["TSpin"],
        ["TSpin.Cli"] = ["TSpin", "TSpin.Dashboard", "TSpin.Demo"],
    };

    [Fact]
    public void A_project_refers_only_to_those_below_it()
    {
        Projects.All.ShouldBe(References.Keys, ignoreOrder: true, "every project of src has a row in References");
        Projects.All.SelectMany(project => FaultsOfReferences(project, Projects.Of(project), References[project])).ShouldBeEmpty();
    }

    [Fact]
    public void Tokenizers_and_chat_templates_bring_no_package_of_their_own()
    {
        Projects.PackagesOf("TSpin.Tokenizers").ShouldBeEmpty();
        Projects.PackagesOf("TSpin.ChatTemplates").ShouldBeEmpty();
        Projects.PackagesOf("TSpin.Formats").ShouldContain("ParquetSharp", "the reader of project files reads none");
    }

    // A project file may be right and an assembly bound by other means, or named otherwise.
    [Fact]
    public void A_compiled_assembly_refers_only_to_those_below_it()
    {
        foreach (var assembly in new[]
        {
            typeof(Torch.Tensor).Assembly, typeof(TSpinException).Assembly, typeof(TSpin.Tokenizers.Tokenizer).Assembly, typeof(TSpin.ChatTemplates.ChatTemplate).Assembly, typeof(SelfPlayRun).Assembly,
            typeof(TSpin.Demo.DemoData).Assembly, typeof(TSpin.Dashboard.DashboardServer).Assembly,
        })
        {
            FaultsOfReferences(assembly.GetName().Name!, NamesIn(assembly), Reachable(assembly.GetName().Name!)).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_planted_reference_is_seen()
    {
        FaultsOfReferences("TSpin.Tokenizers", ["TSpin.Formats", "TSpin.Torch"], References["TSpin.Tokenizers"]).ShouldBe(["TSpin.Tokenizers refers to TSpin.Torch; it may to TSpin.Formats"]);
        FaultsOfReferences("TSpin.Torch", ["TSpin"], References["TSpin.Torch"]).ShouldBe(["TSpin.Torch refers to TSpin; it may to none"]);
        NamesIn(typeof(LayeringTests).Assembly).ShouldContain("TSpin.Torch");
    }

    [Fact]
    public void A_folder_uses_only_folders_before_it()
    {
        var uses = FolderUses.Of(typeof(SelfPlayRun).Assembly, "TSpin", Heart, SourcesOf("TSpin"));
        uses.Folders.Except([FolderUses.Root]).ShouldBe(Order, ignoreOrder: true, "every folder has a place in Order, and every place a folder");
        uses.Against(Order).ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_of_the_formats_uses_only_folders_before_it()
    {
        var uses = FolderUses.Of(typeof(TSpinException).Assembly, "TSpin", top: null, SourcesOf("TSpin.Formats"));
        uses.Folders.Except([FolderUses.Root]).ShouldBe(OrderOfFormats, ignoreOrder: true);
        uses.Against(OrderOfFormats).ShouldBeEmpty();
    }

    // The file, its vocabulary and its model have three different neighbours; a fourth room would have no reason.
    [Fact]
    public void What_is_named_for_GGUF_stands_in_the_file_format_with_tokenizers_or_with_models() =>
        Projects.All
            .SelectMany(name => Directory.EnumerateFiles(SourcesOf(name), "Gguf*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(SourcesOf(""), Path.GetDirectoryName(file)!))
            .Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(
                ["TSpin.Formats/Gguf", "TSpin.Tokenizers/Gguf", "TSpin/Checks", "TSpin/Models/Gguf"],
                ignoreOrder: false, "Checks proves them");

    [Theory]
    [InlineData("Early.InBody")]
    [InlineData("Early.InLambda")]
    [InlineData("Early.InAsynchronousMethod")]
    [InlineData("Early.InIterator")]
    [InlineData("Early.AsGenericArgument")]
    [InlineData("Early.AsTypeTest")]
    [InlineData("Early.AsAttribute")]
    [InlineData("Early.AsBase")]
    [InlineData("Early.AsConstant")]
    [InlineData("Early.UsesTop")]
    [InlineData("Beside")]
    public void A_planted_use_is_seen(string user) => PlantedFaults.Value.ShouldContain(fault => fault.Contains($"{Planted}.{user} ", StringComparison.Ordinal)
        || fault.Contains($"{user.Replace('.', Path.DirectorySeparatorChar)}.cs ", StringComparison.Ordinal), string.Join('\n', PlantedFaults.Value));

    [Theory]
    [InlineData("Late.UsesEarly")]
    [InlineData("Early.UsesBeside")]
    [InlineData("Top")]
    public void An_allowed_use_is_no_fault(string user) => PlantedFaults.Value.ShouldNotContain(fault => fault.Contains($"{Planted}.{user} ", StringComparison.Ordinal));

    private static readonly Lazy<IReadOnlyList<string>> PlantedFaults = new(() => FolderUses
        .Of(typeof(LayeringTests).Assembly, Planted, "Top", Path.Combine(SharedFolder.RepositoryRoot, "tests", "TSpin.Tests", "Layering", "Planted")).Against(["Early", "Late", "Top"]));

    private static string SourcesOf(string project) => Path.Combine(SharedFolder.RepositoryRoot, "src", project);

    private static IEnumerable<string> NamesIn(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name == "TSpin" || name.StartsWith("TSpin.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    // The compiler writes down what is used, through however many projects.
    private static string[] Reachable(string project) => [.. References[project].Concat(References[project].SelectMany(Reachable)).Distinct()];

    private static IEnumerable<string> FaultsOfReferences(string project, IEnumerable<string> found, string[] allowed) =>
        found.Except(allowed).Select(name => $"{project} refers to {name}; it may to {(allowed.Length == 0 ? "none" : string.Join(", ", allowed))}");
}
