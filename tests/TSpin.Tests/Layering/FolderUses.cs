using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace TSpin.Tests.Layering;

/// <summary>
/// Which folders of an assembly use which others. A folder is a namespace below the assembly's root namespace; types beside the folders are
/// in <see cref="Root"/>, except the one that stands above all.
/// </summary>
/// <remarks>
/// Read from the compiled code by ArchUnitNET: signatures, bodies, lambdas, generic arguments, attributes. Constants and nameof leave no
/// trace there, so the using lines of the sources are read too.
/// </remarks>
internal sealed partial class FolderUses
{
    public const string Root = "";

    private readonly string _root;
    private readonly string? _top;

    private FolderUses(string root, string? top) => (_root, _top) = (root, top);

    /// <summary>Every use once: the folder, what in it uses, the folder used, and by which name.</summary>
    public HashSet<(string Folder, string User, string UsedFolder, string Used)> Uses { get; } = [];

    public HashSet<string> Folders { get; } = new(StringComparer.Ordinal);

    /// <param name="assembly">The compiled assembly.</param>
    /// <param name="root">Its root namespace, for example <c>TSpin</c>.</param>
    /// <param name="top">Name of the type in the root namespace that may see all folders; null where there is none.</param>
    /// <param name="sources">The folder of its sources, whose using lines are read.</param>
    public static FolderUses Of(System.Reflection.Assembly assembly, string root, string? top, string sources)
    {
        var uses = new FolderUses(root, top);
        var name = assembly.GetName().Name!;
        foreach (var type in new ArchLoader().LoadAssemblies(assembly).Build().Types)
        {
            if (type.Assembly?.Name.Split(',')[0] == name && uses.FolderOf(type) is { } folder)
            {
                uses.Folders.Add(folder);
                // A type parameter is taken for one of the same name elsewhere; what stands for it is a dependency of its own.
                foreach (var target in type.Dependencies.Select(dependency => dependency.Target).Where(target => target is not GenericParameter))
                {
                    uses.Add(folder, type.FullName, target.Assembly?.Name.Split(',')[0] == name ? uses.FolderOf(target) : null, target.FullName);
                }
            }
        }

        foreach (var file in SourceFiles.In(sources))
        {
            var parts = Path.GetRelativePath(sources, file).Split(Path.DirectorySeparatorChar);
            var folder = parts.Length > 1 ? parts[0] : Path.GetFileNameWithoutExtension(file) == top ? top : Root;
            foreach (Match line in UsingLine().Matches(File.ReadAllText(file)))
            {
                var used = line.Groups[1].Value;
                uses.Add(folder, SourceFiles.Relative(file), used.StartsWith(root + ".", StringComparison.Ordinal) ? used[(root.Length + 1)..].Split('.')[0] : null, used);
            }
        }

        return uses;
    }

    /// <summary>The uses that go against an order: a folder may use those before it, and the types beside the folders; these use no folder.</summary>
    public IReadOnlyList<string> Against(IReadOnlyList<string> order)
    {
        int Rank(string folder) => folder == Root ? -1 : order.Contains(folder, StringComparer.Ordinal) ? order.ToList().IndexOf(folder) : order.Count;
        return [.. Uses.Where(use => Folders.Contains(use.UsedFolder) && Rank(use.UsedFolder) > Rank(use.Folder))
            .Select(use => $"{use.User} uses {use.Used}; {use.UsedFolder} comes after {(use.Folder == Root ? "the types beside the folders" : use.Folder)}").Order(StringComparer.Ordinal)];
    }

    private void Add(string folder, string user, string? usedFolder, string used)
    {
        if (usedFolder is not null && usedFolder != folder)
        {
            Uses.Add((folder, user, usedFolder, used));
        }
    }

    private string? FolderOf(IType type)
    {
        var full = type.FullName;
        return !full.StartsWith(_root + ".", StringComparison.Ordinal) ? null
            : type.Namespace is { FullName: var space } && space.StartsWith(_root + ".", StringComparison.Ordinal) ? space[(_root.Length + 1)..].Split('.')[0]
            : _top is not null && full[(_root.Length + 1)..].Split('+', '/')[0] == _top ? _top
            : Root;
    }

    [GeneratedRegex(@"(?m)^using (?:static )?(?:\w+ = )?([A-Za-z][\w.]*);")]
    private static partial Regex UsingLine();
}
