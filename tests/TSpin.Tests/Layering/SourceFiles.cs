using System.Text.RegularExpressions;
using Shouldly;

namespace TSpin.Tests.Layering;

/// <summary>The C# sources of the repository, as they are written.</summary>
internal static partial class SourceFiles
{
    /// <summary>All below a folder, without what is built.</summary>
    public static IEnumerable<string> In(string folder)
    {
        Directory.Exists(folder).ShouldBeTrue(folder);
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>All of a project in src; of all projects for an empty name.</summary>
    public static IEnumerable<string> OfProject(string project) => In(Path.Combine(SharedFolder.RepositoryRoot, "src", project));

    public static string Relative(string file) => Path.GetRelativePath(SharedFolder.RepositoryRoot, file);

    public static string WithoutComments(string text) => Comment().Replace(text, "");

    [GeneratedRegex(@"(?m)(?<![:""])//.*$")]
    private static partial Regex Comment();
}
