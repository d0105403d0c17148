using Shouldly;
using TSpin.Files;
using Xunit;

namespace TSpin.Tests.Files;

public sealed class SmallFilesTests
{
    [Fact]
    public void Sha256_is_the_published_one()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["abc"], "abc");

        // FIPS 180-2, appendix B.1.
        FileHash.Sha256(folder["abc"]).ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        Should.Throw<TSpinException>(() => FileHash.Sha256(folder["none"])).Message.ShouldContain("none");
    }

    [Fact]
    public void Disk_space_is_asked_of_the_nearest_folder_that_exists()
    {
        using var folder = new TemporaryFolder();
        var deep = folder["not", "yet", "file"];
        DiskSpace.FreeBytes(deep).ShouldNotBeNull();
        DiskSpace.Require(deep, 1, "a byte");
        var message = Should.Throw<TSpinException>(() => DiskSpace.Require(deep, 1L << 60, "the checkpoints")).Message;
        message.ShouldStartWith(deep);
        message.ShouldContain("the checkpoints need 1 EiB");
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(15_256_000_000, "14.2 GiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Sizes_for_people(long bytes, string shown) => DiskSpace.Shown(bytes).ShouldBe(shown);

    [Fact]
    public void A_writable_folder_is_made_and_left_empty()
    {
        using var folder = new TemporaryFolder();
        WritableFolder.Require(folder["a", "b"], "the run folder").ShouldBe(folder["a", "b"]);
        Directory.EnumerateFileSystemEntries(folder["a", "b"]).ShouldBeEmpty();
    }

    [Fact]
    public void Threads_that_write_the_same_file_leave_one_whole_file()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 5000)).ToArray();
        Parallel.ForEach(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => AtomicFile.WriteText(folder["same"], texts[i % texts.Length]));
        texts.ShouldContain(File.ReadAllText(folder["same"]));
        Directory.GetFiles(folder.Path).ShouldBe([folder["same"]]);
    }
}
