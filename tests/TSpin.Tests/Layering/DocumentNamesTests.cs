using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace TSpin.Tests.Layering;

/// <summary>Names and paths that the documents give as code must be there: what was renamed or removed is found here.</summary>
public sealed partial class DocumentNamesTests
{
    private static readonly string[] Sources = ["src", "native", "tests", "bench", "samples", "scripts"];

    // Where a path in a document may begin.
    private static readonly string[] Roots = ["", "src", "src/TSpin", "native/tspin_torch", "tests/TSpin.Tests", "docs"];

    private static readonly Lazy<HashSet<string>> Known = new(() => [.. SourceTexts().SelectMany(text => Word().Matches(text).Select(match => match.Value))]);

    [Fact]
    public void Types_and_members_that_documents_name_are_in_the_code() =>
        Documents().SelectMany(path => UnknownNames(File.ReadAllText(path)).Select(name => $"{Path.GetRelativePath(SharedFolder.RepositoryRoot, path)}: {name}")).ShouldBeEmpty();

    [Fact]
    public void Files_that_documents_name_are_there() =>
        Documents().SelectMany(path => MissingFiles(File.ReadAllText(path)).Select(name => $"{Path.GetRelativePath(SharedFolder.RepositoryRoot, path)}: {name}")).ShouldBeEmpty();

    [Fact]
    public void A_stale_name_and_a_stale_path_are_seen()
    {
        // Made of parts, so that this file does not hold them.
        var type = "Stale" + "Forward";
        UnknownNames($"`{type}` computes what `PackedForward` does; `SelfPlayRun.{type}()` too; `--stop` and `eos_token` are no names of types.").ShouldBe([type, $"SelfPlayRun.{type}()"]);
        MissingFiles($"`Objectives/Methods.cs`, `kernels/product_walk.h` and `Objectives/{type}.cs`").ShouldBe([$"Objectives/{type}.cs"]);
    }

    private static IEnumerable<string> UnknownNames(string document) => Code().Matches(Fenced().Replace(document, "")).Select(match => match.Groups[1].Value)
        .Where(text => TypeOrMember().IsMatch(text) && (text.Contains('.', StringComparison.Ordinal) || Hump().IsMatch(text)))
        .Where(text => text.TrimEnd('(', ')').Split('.').Any(part => !Known.Value.Contains(part)));

    private static IEnumerable<string> MissingFiles(string document) => Code().Matches(Fenced().Replace(document, "")).Select(match => match.Groups[1].Value)
        .Where(text => SourcePath().IsMatch(text) && !Roots.Any(root => File.Exists(Path.Combine(SharedFolder.RepositoryRoot, root, text))));

    private static IEnumerable<string> Documents()
    {
        var root = SharedFolder.RepositoryRoot;
        return Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(root, "README.md")).Append(Path.Combine(root, "CONTRIBUTING.md"));
    }

    private static IEnumerable<string> SourceTexts() => Sources
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, folder), "*", SearchOption.AllDirectories))
        .Where(path => Path.GetExtension(path) is ".cs" or ".h" or ".cpp" or ".sh" or ".py" or ".csproj" or ".txt" && !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
        .Select(File.ReadAllText);

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"\A[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*(\(\))?\z")]
    private static partial Regex TypeOrMember();

    [GeneratedRegex("[a-z][A-Z]")]
    private static partial Regex Hump();

    [GeneratedRegex(@"\A[A-Za-z_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)+\.(cs|h|cpp|sh|md)\z")]
    private static partial Regex SourcePath();
}
