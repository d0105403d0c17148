using System.Diagnostics;
using Shouldly;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Cli;

/// <summary>TSPIN_KERNELS as a user sets it: taken, or refused before any work, never something else in its place.</summary>
public sealed class KernelSetTests
{
    [Theory]
    [InlineData("avx3", "names no set of kernels")]
    [InlineData("AVX2", "names no set of kernels")]
    [InlineData("avx2 ", "names no set of kernels")]
    public void A_name_that_is_none_is_refused(string name, string reason)
    {
        var (code, _, errors) = Doctor(name);
        code.ShouldBe(3, errors);
        errors.ShouldContain($"TSPIN_KERNELS={name} {reason}");
        errors.ShouldContain($"one of: {string.Join(' ', TorchLibrary.KnownKernelSets)} aten");
        errors.ShouldNotContain("   at ");
    }

    [Fact]
    public void A_set_that_the_processor_lacks_is_refused()
    {
        var lacking = new[] { "avx512bf16", "avx512", "avx2" }.Except(TorchLibrary.KnownKernelSets).FirstOrDefault();
        Assert.SkipWhen(lacking is null, "this processor has every set");
        var (code, _, errors) = Doctor(lacking);
        code.ShouldBe(3, errors);
        errors.ShouldContain($"TSPIN_KERNELS={lacking} names kernels that this processor cannot run");
    }

    [Theory]
    [InlineData("portable", "portable")]
    [InlineData("aten", "aten")]
    [InlineData("", null)]
    public void A_set_that_is_there_is_taken_and_shown(string name, string? shown)
    {
        var (code, output, errors) = Doctor(name);
        code.ShouldBe(0, errors);
        output.ShouldBe($"{shown ?? TorchLibrary.KnownKernelSets[0]} {string.Join(' ', TorchLibrary.KnownKernelSets)}\n");
    }

    [Fact]
    public void Intels_bfloat16_products_come_after_widened_ones()
    {
        Assert.SkipUnless(
            File.ReadLines("/proc/cpuinfo").Any(line => line.StartsWith("vendor_id", StringComparison.Ordinal) && line.EndsWith("GenuineIntel", StringComparison.Ordinal))
            && TorchLibrary.KnownKernelSets.Contains("avx512bf16"),
            "no processor of Intel's with AVX-512 BF16");
        TorchLibrary.KnownKernelSets.ShouldBe(["avx512", "avx2", "portable", "avx512bf16"]);
    }

    private static (int Code, string Output, string Errors) Doctor(string kernels)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TSpin.Cli.dll"), "doctor", "--kernels"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TSPIN_KERNELS"] = kernels;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue("doctor does not end");
        return (process.ExitCode, output.Result, errors.Result);
    }
}
