using System.Text.RegularExpressions;
using Shouldly;
using TSpin.Safetensors;
using TSpin.Tokenizers;
using Xunit;

namespace TSpin.Tests.Samples;

/// <summary>The README of a package shows an example that compiles (<see cref="PackageExamples"/>) and does what it says.</summary>
public sealed partial class PackageReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TSpin.Formats")]
    [InlineData("TSpin.Tokenizers")]
    [InlineData("TSpin.ChatTemplates")]
    public void A_readme_shows_what_is_compiled(string package)
    {
        var compiled = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "tests", "TSpin.Tests", "Samples", "PackageExamples.cs"));
        var readme = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "src", package, "README.md"));
        Shown(readme).ShouldBe(Compiled(compiled, package));
    }

    [Fact]
    public void The_examples_do_what_they_say()
    {
        File.WriteAllText(_folder["tokenizer.json"], BpeTrainer.Train(["Hello, world. Hello, you."], 300, ["<|end|>"]));
        File.WriteAllText(_folder["chat_template.jinja"], "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}");
        SafetensorsWriter.Write(_folder[WeightFolder.SingleFileName], [WeightToWrite.FromValues("w", WeightType.Float32, [3], new float[3])]);

        PackageExamples.Formats(_folder.Path).ShouldBe(12);
        PackageExamples.Tokenizers(_folder.Path).Text.ShouldBe("Hello, world");
        PackageExamples.Tokenizers(_folder.Path).Ids.Length.ShouldBeInRange(1, 11);
        PackageExamples.ChatTemplates(_folder.Path).ShouldBe("[system] Be brief.\n[user] 2 + 2?\n[assistant]");
    }

    private static string[] Shown(string readme) =>
        [.. Block().Match(readme).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("using TSpin.", StringComparison.Ordinal))];

    private static string[] Compiled(string source, string package)
    {
        var begin = source.IndexOf($"// begin {package}\n", StringComparison.Ordinal);
        begin.ShouldBeGreaterThan(0, package);
        var lines = source[begin..source.IndexOf("// end", begin, StringComparison.Ordinal)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Skip(1).Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
