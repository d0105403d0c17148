using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace TSpin.Tests.Layering;

/// <summary>How large and how named files and types may be, and where they lie.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    // Assemblies whose root namespace is not their own name.
    private static readonly Dictionary<string, string> RootNamespaces = new() { ["TSpin.Formats"] = "TSpin" };

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        SourceFiles.OfProject("").Where(file => File.ReadLines(file).Count() > MaxLines).Select(SourceFiles.Relative).ShouldBeEmpty();

    [Fact]
    public void A_namespace_is_a_folder()
    {
        foreach (var project in Projects.All)
        {
            var files = SourceFiles.OfProject(project).ToArray();
            files.ShouldNotBeEmpty(project);
            files.Select(file => FaultOfNamespace(Path.Combine("src", project), SourceFiles.Relative(file), File.ReadAllText(file), RootNamespaces.GetValueOrDefault(project, project)))
                .OfType<string>().ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("src/TSpin/A/B.cs", "namespace TSpin.A;", true)]
    [InlineData("src/TSpin/A/B/C.cs", "namespace TSpin.A.B;", true)]
    [InlineData("src/TSpin/C.cs", "namespace TSpin;", true)]
    [InlineData("src/TSpin/Program.cs", "return 0;", true)]
    [InlineData("src/TSpin/A/B.cs", "namespace TSpin;", false)]
    [InlineData("src/TSpin/A/B/C.cs", "namespace TSpin.A;", false)]
    [InlineData("src/TSpin/A/B.cs", "namespace TSpin.Z;", false)]
    public void A_namespace_elsewhere_is_found(string path, string text, bool right) =>
        (FaultOfNamespace("src/TSpin", path, text, "TSpin") is null).ShouldBe(right);

    [Fact]
    public void One_public_type_per_file() =>
        SourceFiles.OfProject("").Select(file => (File: file, Types: PublicTypes(File.ReadAllText(file)))).Where(row => row.Types.Count > 1)
            .Select(row => $"{SourceFiles.Relative(row.File)}: {string.Join(", ", row.Types)}").ShouldBeEmpty();

    [Theory]
    [InlineData("public sealed class A\n{\n}\n\ninternal enum B\n{\n}\n", 1)]
    [InlineData("public abstract record A;\n\npublic sealed record B(int X) : A;\n\npublic sealed record C : A;\n", 1)]
    [InlineData("public sealed class A\n{\n}\n\npublic enum B\n{\n}\n", 2)]
    [InlineData("public sealed record A;\n\npublic delegate void B(int x);\n", 2)]
    [InlineData("public abstract record A;\n\npublic sealed record B : X;\n", 2)]
    public void Public_types_are_counted(string text, int count) => PublicTypes(text).Count.ShouldBe(count);

    [Fact]
    public void No_type_is_named_for_nothing() =>
        SourceFiles.OfProject("").SelectMany(file => VagueTypes(File.ReadAllText(file)).Select(name => $"{SourceFiles.Relative(file)}: {name}")).ShouldBeEmpty();

    [Fact]
    public void A_name_that_says_nothing_is_found() =>
        VagueTypes("internal sealed class RunManager;\n    private readonly record struct StringUtils;\npublic static class Commons;\n// class OldHelper\n").ShouldBe(["RunManager", "StringUtils"]);

    // Tensors, their gradients and devices: what texts they belong to is no business of theirs.
    [Fact]
    public void Tensors_know_no_words_of_language() =>
        SourceFiles.OfProject("TSpin.Torch").SelectMany(file => WordsOfLanguage(File.ReadAllText(file)).Select(word => $"{SourceFiles.Relative(file)}: {word}")).ShouldBeEmpty();

    [Fact]
    public void Words_of_language_are_found() =>
        WordsOfLanguage("// prompts\nlong Response; var tripletCount = 1; // promptly, irresponsible").ShouldBe(["prompts", "Response", "tripletCount"]);

    private static string? FaultOfNamespace(string project, string path, string text, string root)
    {
        var folders = Path.GetDirectoryName(Path.GetRelativePath(project, path))!.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var expected = string.Join('.', [root, .. folders]);
        var actual = Namespace().Match(text) is { Success: true } match ? match.Groups[1].Value : expected;
        return actual == expected ? null : $"{path}: namespace {actual}, not {expected}";
    }

    private static IReadOnlyList<string> PublicTypes(string text)
    {
        // A closed family (an abstract record and the records that are its cases) reads better in one piece.
        var code = SourceFiles.WithoutComments(text);
        var family = PublicAbstractRecord().Matches(code).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        return [.. PublicType().Matches(code)
            .Where(match => !family.Contains(Base().Match(code[match.Index..code.IndexOfAny(['{', ';'], match.Index)]).Groups[1].Value))
            .Select(match => match.Groups[1].Value).Distinct()];
    }

    private static IEnumerable<string> VagueTypes(string text) =>
        AnyType().Matches(SourceFiles.WithoutComments(text)).Select(match => match.Groups[1].Value).Where(name => Vague().IsMatch(name));

    private static IEnumerable<string> WordsOfLanguage(string text) => Word().Matches(text).Select(match => match.Value).Where(word => Language().IsMatch(word));

    [GeneratedRegex(@"(?m)^namespace ([\w.]+)")]
    private static partial Regex Namespace();

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

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    // A word, or a part of a name in camel case.
    [GeneratedRegex("(?:(?:^|_)(?:prompt|response|triplet)|Prompt|Response|Triplet)s?(?=$|_|[A-Z0-9])")]
    private static partial Regex Language();
}
