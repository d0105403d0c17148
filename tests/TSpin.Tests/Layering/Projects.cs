using System.Xml.Linq;

namespace TSpin.Tests.Layering;

/// <summary>What a project refers to, by its project file: whatever is named there is what a package of it brings along.</summary>
internal static class Projects
{
    /// <summary>The projects that one refers to, by name, in ordinal order.</summary>
    public static IReadOnlyList<string> Of(string project) =>
        [.. Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).Order(StringComparer.Ordinal)];

    /// <summary>The packages that one refers to.</summary>
    public static IReadOnlyList<string> PackagesOf(string project) => [.. Included(project, "PackageReference").Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, "src"), "*.csproj", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Included(string project, string item) =>
        XDocument.Load(Path.Combine(SharedFolder.RepositoryRoot, "src", project, project + ".csproj")).Descendants(item).Select(reference => reference.Attribute("Include")!.Value);
}
