using System.Diagnostics;
using System.Text.Json;

namespace TSpin.Bench;

/// <summary>The protocol of all workers: "ready", then one line {"seconds", "cpu_seconds"} per line read, and {"peak_bytes"} after "end".</summary>
internal static class Worker
{
    public static int Obey(Action once)
    {
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line && line != "end")
        {
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            once();
            var seconds = clock.Elapsed.TotalSeconds;
            Console.WriteLine(JsonSerializer.Serialize(new { seconds, cpu_seconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds }));
        }

        var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        var kilobytes = long.Parse(string.Concat(peak.Where(char.IsAsciiDigit)), System.Globalization.CultureInfo.InvariantCulture);
        Console.WriteLine(JsonSerializer.Serialize(new { peak_bytes = kilobytes * 1024 }));
        return 0;
    }
}
