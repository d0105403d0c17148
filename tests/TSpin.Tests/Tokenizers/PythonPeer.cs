using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>Debian's Python, with whose libraries results are compared; tests that need a library it lacks are skipped, visibly.</summary>
internal static class PythonPeer
{
    private const string Python = "/usr/bin/python3";

    /// <summary>How many random texts: TSPIN_PEER_TEXTS, or a few.</summary>
    public static int TextCount { get; } = int.Parse(Environment.GetEnvironmentVariable("TSPIN_PEER_TEXTS") ?? "60", CultureInfo.InvariantCulture);

    /// <summary>Which random texts: TSPIN_PEER_SEED, or 1.</summary>
    public static ulong Seed { get; } = ulong.Parse(Environment.GetEnvironmentVariable("TSPIN_PEER_SEED") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>Skips the running test when a module is not there.</summary>
    public static void Require(string module, string package) =>
        Assert.SkipUnless(Runs("-c", $"import {module}"), $"{Python} lacks {module} (apt-get install {package})");

    /// <summary>Runs a script; what it prints is the test's output.</summary>
    /// <returns>Whether it ended well.</returns>
    public static bool Runs(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{output.Result}{errors.Result}");
            }

            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
