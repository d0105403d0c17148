using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace TSpin.Tests;

/// <summary>The laws of the source tree that no compiler checks: who may know whom, and how large and how named a file may be.</summary>
public sealed partial class LayeringTests
{
    private const int MaxLines = 400;

    /// <summary>
    /// The folders of src/TSpin in the order data passes through them; each may use only those before it. SelfPlayRun.cs stands for all
    /// files beside the folders. Checks comes last because it proves all the others, and nothing may lean on it.
    /// </summary>
    private static readonly string[] Order =
    [
        "Randomness", "Recipes", "Data", "Prompts", "Models", "Adapters", "Generation",
        "Triplets", "Objectives", "Optimization", "Checkpoints", "Evaluation", "Reports", "Pretraining", "SelfPlay", "SelfPlayRun.cs", "Checks",
    ];

    [Fact]
    public void A_folder_uses_only_folders_before_it()
    {
        var faults = new List<string>();
        foreach (var file in Sources("TSpin"))
        {
            var layer = LayerOf(file);
            if (layer is null)
            {
                continue;
            }

            var rank = Array.IndexOf(Order, layer);
            rank.ShouldBeGreaterThanOrEqualTo(0, $"{file}: the folder {layer} has no place in the order; give it one here");
            faults.AddRange(Used(file).Where(used => Array.IndexOf(Order, used) > rank).Select(used => $"{Relative(file)} uses {used}, which comes after {layer}"));
        }

        faults.ShouldBeEmpty();
    }

    [Fact]
    public void Tensors_know_nothing_of_language()
    {
        var files = Sources("TSpin.Torch").ToArray();
        files.Length.ShouldBeGreaterThan(10);
        files.SelectMany(file => Used(file).Select(used => $"{Relative(file)} uses {used}")).ShouldBeEmpty();
    }

    [Fact]
    public void The_library_knows_neither_demo_nor_command_line() =>
        Sources("TSpin").Where(file => OutsideLibrary().IsMatch(Code(file))).Select(Relative).ShouldBeEmpty();

    [Fact]
    public void The_scan_sees_usings_and_qualified_names()
    {
        Names("using TSpin.Reports;\nusing static TSpin.Prompts.Text.CodePoints;\n").ShouldBe(["Reports", "Prompts"]);
        Names("var x = TSpin.SelfPlay.RunStatus.Read(global::TSpin.Checks.A.B); // TSpin.Data.X").ShouldBe(["SelfPlay", "Checks"]);
        // Inside namespace TSpin.* a name may begin at the folder.
        Names("namespace TSpin.Data;\n/// <see cref=\"Reports.RunReport\"/>\nvar y = Reports.RunReport.Write();").ShouldBe(["Data", "Reports"]);
    }

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        Sources("").Where(file => File.ReadLines(file).Count() > MaxLines).Select(Relative).ShouldBeEmpty();

    [Fact]
    public void One_public_type_per_file()
    {
        foreach (var file in Sources(""))
        {
            // A closed family (an abstract record and the records that are its cases) reads better in one piece.
            var code = Code(file);
            var family = PublicAbstractRecord().Matches(code).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
            var types = PublicType().Matches(code)
                .Where(match => !family.Contains(Base().Match(code[match.Index..code.IndexOfAny(['{', ';'], match.Index)]).Groups[1].Value))
                .Select(match => match.Groups[1].Value).Distinct().ToArray();
            types.Length.ShouldBeLessThanOrEqualTo(1, $"{Relative(file)}: {string.Join(", ", types)}");
        }
    }

    [Fact]
    public void No_type_is_named_for_nothing() =>
        Sources("").SelectMany(file => AnyType().Matches(Code(file)).Select(match => match.Groups[1].Value)
            .Where(name => Vague().IsMatch(name)).Select(name => $"{Relative(file)}: {name}")).ShouldBeEmpty();

    private static IEnumerable<string> Sources(string project)
    {
        var root = Path.Combine(SharedFolder.RepositoryRoot, "src", project);
        Directory.Exists(root).ShouldBeTrue(root);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);
    }

    // The folder below src/TSpin; null for the files of the root namespace that every folder may use (TSpinException).
    private static string? LayerOf(string file)
    {
        var parts = Path.GetRelativePath(Path.Combine(SharedFolder.RepositoryRoot, "src", "TSpin"), file).Split(Path.DirectorySeparatorChar);
        return parts[0] == "TSpinException.cs" ? null : parts[0];
    }

    private static string[] Used(string file) => [.. Names(File.ReadAllText(file)), .. SelfPlayRun().IsMatch(Code(file)) && LayerOf(file) != "SelfPlayRun.cs" ? ["SelfPlayRun.cs"] : Array.Empty<string>()];

    private static string[] Names(string text)
    {
        var code = WithoutComments(text);
        return [.. QualifiedName().Matches(code).Select(match => match.Groups[1].Value).Concat(ShortName().Matches(code).Select(match => match.Groups[1].Value))
            .Where(name => Order.Contains(name)).Distinct()];
    }

    private static string Code(string file) => WithoutComments(File.ReadAllText(file));

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    private static string Relative(string file) => Path.GetRelativePath(SharedFolder.RepositoryRoot, file);

    [GeneratedRegex(@"(?m)(?<![:""])//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bTSpin\.([A-Z]\w*)")]
    private static partial Regex QualifiedName();

    // A folder's name followed by a dot and a type: "Recipes.Method". After a dot it is a member ("run.Checkpoints.Keep") or was seen already.
    [GeneratedRegex(@"(?<![\w.""])(Files|Randomness|Generation|Triplets|Objectives|Optimization|Evaluation|Reports|Pretraining|SelfPlay|Checks)\.(?=[A-Z]\w*\.)")]
    private static partial Regex ShortName();

    [GeneratedRegex(@"\bSelfPlayRun\b")]
    private static partial Regex SelfPlayRun();

    [GeneratedRegex(@"\bTSpin\.(Cli|Demo)\b")]
    private static partial Regex OutsideLibrary();

    [GeneratedRegex(@"(?m)^public abstract record (\w+)")]
    private static partial Regex PublicAbstractRecord();

    [GeneratedRegex(@"(?m)^public (?:(?:sealed|static|abstract|readonly|unsafe|partial|ref) )*(?:class|record struct|record class|record|struct|interface|enum|delegate \w+) (\w+)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\s:\s+(\w+)")]
    private static partial Regex Base();

    [GeneratedRegex(@"(?m)^\s*(?:(?:public|internal|private|protected|sealed|static|abstract|readonly|unsafe|partial|ref|file) )+(?:class|record struct|record class|record|struct|interface|enum) (\w+)")]
    private static partial Regex AnyType();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utilities|Common)$")]
    private static partial Regex Vague();
}
