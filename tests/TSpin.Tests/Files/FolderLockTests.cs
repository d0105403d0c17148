using System.Diagnostics;
using Shouldly;
using TSpin.Files;
using Xunit;

namespace TSpin.Tests.Files;

public sealed class FolderLockTests
{
    [Fact]
    public void A_held_folder_is_refused_and_the_holder_named()
    {
        using var folder = new TemporaryFolder();
        using (var held = FolderLock.Acquire(folder["run"]))
        {
            held.Folder.ShouldBe(folder["run"]);
            var message = Should.Throw<TSpinException>(() => FolderLock.Acquire(folder["run"])).Message;
            message.ShouldContain("in use by");
            message.ShouldContain($"process {Environment.ProcessId} on {Environment.MachineName} since 20");
            message.ShouldContain($"kill {Environment.ProcessId}");
        }

        FolderLock.Acquire(folder["run"]).Dispose();
    }

    [Fact]
    public void A_lock_file_left_by_a_dead_process_does_not_matter()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[FolderLock.FileName], "");
        File.WriteAllText(folder[FolderLock.HolderFileName], """{"pid":1,"host":"elsewhere","since":"2020-01-01T00:00:00Z"}""" + new string(' ', 500));
        using var held = FolderLock.Acquire(folder.Path);
        Should.Throw<TSpinException>(() => FolderLock.Acquire(folder.Path)).Message.ShouldNotContain("elsewhere");
    }

    [Fact]
    public void Another_process_holds_it_until_it_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/flock"), "needs flock(1) to hold the lock from another process");
        using var folder = new TemporaryFolder();
        var path = folder[FolderLock.FileName];
        File.WriteAllText(folder[FolderLock.HolderFileName], "garbage");
        using var holder = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["--no-fork", "-x", path, "sh", "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            holder.StandardOutput.ReadLine().ShouldBe("held");
            Should.Throw<TSpinException>(() => FolderLock.Acquire(folder.Path)).Message.ShouldContain("in use by another process");
            holder.Kill();
            holder.WaitForExit();
            FolderLock.Acquire(folder.Path).Dispose();
        }
        finally
        {
            if (!holder.HasExited)
            {
                holder.Kill();
            }
        }
    }
}
