using Shouldly;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Files;

public sealed class DiskFaultTests
{
    private sealed record Line(string Text);

    [Fact]
    public void A_checkpoint_that_cannot_fit_is_refused_before_it_is_begun()
    {
        using var disk = new SmallDisk(64);
        var message = Should.Throw<TSpinException>(() => ShardedWriter.Write(disk["checkpoint"], [Zeros(1 << 20)])).Message;
        message.ShouldContain("the weights need 1 MiB, but only 64 KiB are free");
        Directory.Exists(disk["checkpoint"]).ShouldBeFalse();
    }

    [Fact]
    public void A_disk_that_fills_up_while_writing_leaves_the_old_file_whole()
    {
        using var disk = new SmallDisk(64);
        var path = disk["model.safetensors"];
        SafetensorsWriter.Write(path, [Zeros(8)]);
        var before = File.ReadAllBytes(path);

        // Something else takes the space after the check.
        var message = Should.Throw<TSpinException>(() => SafetensorsWriter.Write(path,
        [
            new WeightToWrite("t", WeightType.UInt8, [40_000], stream =>
            {
                File.WriteAllBytes(disk["other"], new byte[40_000]);
                stream.Write(new byte[40_000]);
            }),
        ])).Message;

        message.ShouldContain("No space left");
        message.ShouldContain("free space");
        File.ReadAllBytes(path).ShouldBe(before);
        Directory.GetFiles(disk.Path).Length.ShouldBe(2);
    }

    [Fact]
    public void A_full_disk_stops_a_log_at_a_whole_line_and_it_continues_with_space()
    {
        using var disk = new SmallDisk(64);
        File.WriteAllBytes(disk["ballast"], new byte[32 * 1024]);
        var path = disk["log.jsonl"];
        var appended = 0;
        using (var log = new JsonLinesWriter<Line>(path))
        {
            var fault = Should.Throw<TSpinException>(() =>
            {
                while (appended < 1000)
                {
                    log.Append(new Line(new string('x', 777)));
                    appended++;
                }
            });
            fault.Message.ShouldContain("No space left");
            File.Delete(disk["ballast"]);
            log.Append(new Line("after"));
        }

        var lines = JsonLinesReader.Read<Line>(path).ToArray();
        lines.Length.ShouldBe(appended + 1);
        lines[^1].Text.ShouldBe("after");
    }

    [Fact]
    public void A_full_disk_leaves_no_part_of_a_checkpoint_folder()
    {
        using var disk = new SmallDisk(64);
        using var source = new TemporaryFolder();
        File.WriteAllText(source["config.json"], "{}");
        File.WriteAllBytes(source["tokenizer.json"], new byte[100_000]);
        Should.Throw<TSpinException>(() => CheckpointFolder.Write(disk["checkpoint"], source.Path, _ => { })).Message.ShouldContain("No space left");
        Directory.EnumerateFileSystemEntries(disk.Path).ShouldBeEmpty();
    }

    [Fact]
    public void A_read_only_disk_is_a_clear_fault_for_every_writer()
    {
        using var disk = new SmallDisk(64);
        File.WriteAllText(disk["config.json"], "{}");
        disk.MakeReadOnly();
        Action[] writers =
        [
            () => WritableFolder.Require(disk.Path, "the run folder"),
            () => FolderLock.Acquire(disk.Path),
            () => new JsonLinesWriter<Line>(disk["log.jsonl"]).Dispose(),
            () => AtomicFile.WriteText(disk["a.txt"], "a"),
            () => SafetensorsWriter.Write(disk["w.safetensors"], [Zeros(8)]),
            () => ShardedWriter.Write(disk["model"], [Zeros(8)]),
            () => CheckpointFolder.Write(disk["checkpoint"], disk.Path, _ => { }),
            () => RunManifest.Open(disk.Path).Add("config.json"),
        ];
        foreach (var write in writers)
        {
            var message = Should.Throw<TSpinException>(write).Message;
            message.ShouldStartWith(disk.Path);
            message.ShouldContain("ermissions");
        }
    }

    [Fact]
    public void A_folder_that_is_a_file_is_a_clear_fault()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        Should.Throw<TSpinException>(() => WritableFolder.Require(folder["file"], "the run folder")).Message.ShouldContain("the run folder can't be written");
    }

    private static WeightToWrite Zeros(int bytes) => WeightToWrite.FromMemory("t", WeightType.UInt8, [bytes], new byte[bytes]);
}
