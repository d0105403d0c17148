using Xunit;

namespace TSpin.Tests;

/// <summary>
/// The folder of recorded reference outputs and real data that lies beside a developer's checkout (<c>../shared</c>, or
/// <c>TSPIN_SHARED</c>). It is not part of the project: tests that use it are skipped, visibly, when it is absent.
/// </summary>
internal static class SharedFolder
{
    /// <summary>The root of this checkout.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>The full path of something below the shared folder; skips the running test when it is not there.</summary>
    public static string Require(params string[] parts)
    {
        var root = Environment.GetEnvironmentVariable("TSPIN_SHARED") is { Length: > 0 } named
            ? named
            : Path.Combine(RepositoryRoot, "..", "shared");
        var path = Path.GetFullPath(Path.Combine([root, .. parts]));
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"{path} is absent (recorded references are not part of the repository)");
        return path;
    }

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TSpin.slnx")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
