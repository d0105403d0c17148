using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace TSpin.TokenizerBench;

/// <summary>
/// How it is measured: one pass over a set is one measurement, nine of them after ten that warm up. In this process:
/// BenchmarkDotNet's own way builds a project of its own for each run, for which there may be no package feed.
/// </summary>
internal static class BenchConfig
{
    /// <summary>The configuration.</summary>
    /// <param name="isShort">Two measurements after one.</param>
    /// <param name="log">Told all that BenchmarkDotNet says.</param>
    /// <param name="folder">Where it puts what it writes.</param>
    public static IConfig Of(bool isShort, ILogger log, string folder)
    {
        var job = Job.Default.WithId("pass").WithStrategy(RunStrategy.Monitoring)
            .WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: false))
            .WithInvocationCount(1).WithUnrollFactor(1)
            .WithWarmupCount(isShort ? 1 : 10).WithIterationCount(isShort ? 2 : 9);
        return ManualConfig.CreateEmpty().AddJob(job).AddLogger(log)
            .AddColumn(TargetMethodColumn.Method, StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max)
            .AddColumn(new RateColumn())
            .AddColumnProvider(DefaultColumnProviders.Params)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(folder);
    }
}
