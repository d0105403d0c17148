using System.Diagnostics;
using Xunit;

namespace TSpin.Tests.Files;

/// <summary>A file system of a few kilobytes, to see what really happens on a full or read-only disk. Needs root on Linux; skips otherwise.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallDisk(int kibibytes)
    {
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tspin-test", _folder.Path) != 0)
        {
            _folder.Dispose();
            Assert.Skip("mounting a small tmpfs needs root on Linux");
        }
    }

    public string Path => _folder.Path;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void MakeReadOnly() => Assert.SkipUnless(Run("mount", "-o", "remount,ro", Path) == 0, "remounting read-only failed");

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
