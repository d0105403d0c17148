using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using TSpin.Bench;
using Xunit;

namespace TSpin.Tests.Bench;

/// <summary>The command that measures, from its arguments to its file; what it measures is another matter.</summary>
public sealed class BenchCommandTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public void Training_and_generation_are_measured_and_written()
    {
        using var folder = new TemporaryFolder();
        var file = folder["bench.json"];
        var (code, text) = Run("--no-peer", "--rounds", "1", "--shape", "tiny", "--shape", "generate-1", "--type", "bfloat16", "--json", file);
        code.ShouldBe(0, text);
        text.ShouldContain("GB/s read and written");
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var measured = json.RootElement.GetProperty("Measurements").EnumerateArray().Select(entry => (entry.GetProperty("Shape").GetString(), entry.GetProperty("Side").GetString())).ToArray();
        measured.ShouldContain(("tiny", "TSpin"));
        measured.ShouldContain(("generate-1", "TSpin"));
    }

    [Theory]
    [InlineData("--type", "float16", "--type float16 is not known. Give one of: bfloat16, float32.")]
    [InlineData("--shape", "huge", "--shape huge is not known. Give one of: tiny, ")]
    public void What_it_does_not_know_is_refused(string option, string value, string message)
    {
        var (code, text) = Run(option, value);
        code.ShouldBe(1);
        text.ShouldContain(message);
    }

    private static (int Code, string Text) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(BenchShape).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GOMP_SPINCOUNT"] = "1000";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
