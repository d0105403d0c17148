using System.Globalization;

namespace TSpin.Optimization;

/// <summary>Memory of this process, from the operating system.</summary>
public static class ProcessMemory
{
    /// <summary>Largest resident memory so far, in bytes; 0 where the system does not say.</summary>
    /// <returns>Bytes (VmHWM of /proc/self/status on Linux, else the current working set).</returns>
    public static long PeakBytes()
    {
        const string status = "/proc/self/status";
        if (!File.Exists(status))
        {
            return Environment.WorkingSet;
        }

        foreach (var line in File.ReadLines(status))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
            {
                var digits = line.AsSpan("VmHWM:".Length).Trim();
                return 1024 * long.Parse(digits[..digits.IndexOf(' ')], NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }
}
