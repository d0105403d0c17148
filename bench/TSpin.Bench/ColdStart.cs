using System.Globalization;

namespace TSpin.Bench;

/// <summary>Seconds from the start of a process, on tiny in bfloat16; medians but for the extremes.</summary>
/// <param name="Side">TSpin or peer.</param>
/// <param name="Ready">Until the model is made.</param>
/// <param name="FirstStep">Until the first optimizer step is done.</param>
/// <param name="Least">The shortest of these.</param>
/// <param name="Most">The longest.</param>
/// <param name="CpuSeconds">CPU time until then, all threads.</param>
internal sealed record ColdStart(string Side, double Ready, double FirstStep, double Least, double Most, double CpuSeconds)
{
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture, $"cold start, {Side,-6} ready after {Ready:F2} s, first step of tiny done after {FirstStep:F2} s ({Least:F2} to {Most:F2}), {CpuSeconds:F2} s of CPU time");
}
