using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace TSpin.Tests.Samples;

/// <summary>docs/how-it-works.md holds what samples/WalkThrough prints, word for word; numbers with a fraction may differ as processors do.</summary>
public sealed partial class WalkThroughTests
{
    // In units of a number's last printed place.
    private const double Tolerance = 20;

    [Fact]
    public void The_document_shows_what_the_program_prints()
    {
        var document = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "how-it-works.md"));
        var shown = Block().Matches(document).SelectMany(block => block.Groups[1].Value.TrimEnd().Split('\n')).ToArray();
        var printed = Run();
        printed.Length.ShouldBe(shown.Length);
        for (var i = 0; i < shown.Length; i++)
        {
            Difference(shown[i], printed[i]).ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("u 3.5710 ids 21 22", "u 3.5720 ids 21 22", true)]
    [InlineData("u 3.5710", "u 3.5731", false)]
    [InlineData("ids 21 22", "ids 21 23", false)]
    [InlineData("gradient -1.448E-002", "gradient -1.460E-002", true)]
    [InlineData("gradient -1.448E-002", "gradient 1.448E-002", false)]
    [InlineData("gradient -1.448E-002", "gradient -1.448E-003", false)]
    [InlineData("loss 0.6", "gain 0.6", false)]
    public void Words_and_whole_numbers_must_agree_and_fractions_nearly(string shown, string printed, bool agree) =>
        (Difference(shown, printed) is null).ShouldBe(agree);

    private static string? Difference(string shown, string printed)
    {
        var (before, now) = (Fraction().Matches(shown), Fraction().Matches(printed));
        var same = Fraction().Replace(shown, "#") == Fraction().Replace(printed, "#")
            && before.Zip(now, (a, b) => Math.Abs(Value(a) - Value(b)) <= (Tolerance + 0.5) * Math.Max(Unit(a), Unit(b))).All(near => near);
        return same ? null : $"docs/how-it-works.md: {shown}\nthe program:          {printed}";
    }

    private static double Value(Match number) => double.Parse(number.Value, CultureInfo.InvariantCulture);

    private static double Unit(Match number) =>
        Math.Pow(10, (number.Groups["exponent"].Success ? int.Parse(number.Groups["exponent"].Value, CultureInfo.InvariantCulture) : 0) - number.Groups["places"].Length);

    private static string[] Run()
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        using var process = Process.Start(new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "WalkThrough.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.GetAwaiter().GetResult());
        return output.TrimEnd().Split('\n');
    }

    [GeneratedRegex(@"^```text\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"-?\d+\.(?<places>\d+)(?:[eE](?<exponent>[+-]?\d+))?")]
    private static partial Regex Fraction();
}
