using System.ComponentModel;
using System.Diagnostics;
using Shouldly;
using TSpin.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>What is saved here, read by Python's torch without the safetensors library: scripts/compare_weights.py.</summary>
public sealed class SavedWeightsInPythonTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public void Python_reads_the_values_that_were_saved()
    {
        using var folder = new TemporaryFolder();
        var config = SmallModels.All["gpt_neox, parallel"];
        using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
        DecoderSaver.SaveWeights(decoder, folder["whole"]);
        DecoderSaver.SaveWeights(decoder, folder["shards"], maxShardBytes: 3000);
        DecoderSaver.SaveWeights(decoder, folder["narrow"], DType.BFloat16, maxShardBytes: 2000);

        Compare(folder["whole"], folder["shards"]).ShouldBe((0, "all the same"));
        Compare(folder["narrow"], folder["whole"], "--cast").ShouldBe((0, "all the same"));
        Compare(folder["narrow"], folder["whole"]).ShouldBe((1, $"{decoder.Weights.Names.Count} differences"));

        using (var scope = new TensorScope())
        {
            decoder.Parameters["gpt_neox.final_layer_norm.bias"].Select(0, 3).Fill(7);
        }

        DecoderSaver.SaveWeights(decoder, folder["changed"]);
        Compare(folder["changed"], folder["whole"]).ShouldBe((1, "1 differences"));
    }

    private static (int Code, string Verdict) Compare(params string[] arguments)
    {
        var script = Path.Combine(Root(), "scripts", "compare_weights.py");
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.SkipWhen(errors.Result.Contains("needs torch", StringComparison.Ordinal), $"{Python} has no torch");
            return (process.ExitCode, output.Trim().Split(", ")[^1]);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{Python} is not on this machine");
            throw;
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "TSpin.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the tests run outside the repository");
        }

        return folder.FullName;
    }
}
