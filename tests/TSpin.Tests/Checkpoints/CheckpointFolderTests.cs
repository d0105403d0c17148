using Shouldly;
using TSpin.Checkpoints;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Checkpoints;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _tokenizer = [0, 0xFF, 13, 10, 9];

    public CheckpointFolderTests()
    {
        Directory.CreateDirectory(_folder["source"]);
        File.WriteAllText(_folder["source", "config.json"], "{ }\r\n");
        File.WriteAllBytes(_folder["source", "tokenizer.model"], _tokenizer);
        File.WriteAllText(_folder["source", "README.md"], "not copied");
        File.WriteAllText(_folder["source", "model.safetensors"], "not copied");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Holds_the_source_s_files_byte_for_byte_and_the_new_weights()
    {
        var weight = WeightToWrite.FromMemory("w", WeightType.UInt8, [1], new byte[] { 9 });
        CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], temporary => ShardedWriter.Write(temporary, [weight]));

        Names("run", "checkpoint").ShouldBe(["config.json", "model.safetensors", "tokenizer.model"]);
        File.ReadAllBytes(_folder["run", "checkpoint", "config.json"]).ShouldBe("{ }\r\n"u8.ToArray());
        File.ReadAllBytes(_folder["run", "checkpoint", "tokenizer.model"]).ShouldBe(_tokenizer);
        using var weights = WeightFolder.Open(_folder["run", "checkpoint"]);
        weights.Bytes(weights.Tensors["w"])[0].ShouldBe((byte)9);
        Names("run").ShouldBe(["checkpoint"]);
    }

    [Fact]
    public void A_failure_leaves_what_was_there()
    {
        CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], temporary => File.WriteAllText(Path.Combine(temporary, "model.safetensors"), "1"));
        Should.Throw<InvalidOperationException>(() => CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], _ => throw new InvalidOperationException()));
        Should.Throw<TSpinException>(() => CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], _ => throw new IOException("No space left on device.")))
            .Message.ShouldContain("No space left on device.");
        Names("run").ShouldBe(["checkpoint"]);
        File.ReadAllText(_folder["run", "checkpoint", "model.safetensors"]).ShouldBe("1");
    }

    [Fact]
    public void Replaces_an_older_checkpoint_whole_and_clears_what_killed_processes_left()
    {
        CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], temporary => File.WriteAllText(Path.Combine(temporary, "old-shard"), ""));
        Directory.CreateDirectory(_folder["run", "checkpoint.99999.tmp", "sub"]);
        Directory.CreateDirectory(_folder["run", "checkpoint-best"]);
        CheckpointFolder.Write(_folder["run", "checkpoint"], _folder["source"], temporary => File.WriteAllText(Path.Combine(temporary, "model.safetensors"), "2"));
        Names("run").ShouldBe(["checkpoint", "checkpoint-best"]);
        Names("run", "checkpoint").ShouldBe(["config.json", "model.safetensors", "tokenizer.model"]);
    }

    [Fact]
    public void A_source_without_a_configuration_is_refused()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Should.Throw<TSpinException>(() => CheckpointFolder.Write(_folder["run"], _folder["empty"], _ => { })).Message.ShouldContain("no config.json");
        Directory.Exists(_folder["run"]).ShouldBeFalse();
    }

    [Fact]
    public void Links_of_a_hub_cache_are_followed()
    {
        File.Delete(_folder["source", "tokenizer.model"]);
        File.WriteAllBytes(_folder["blob"], _tokenizer);
        File.CreateSymbolicLink(_folder["source", "tokenizer.model"], _folder["blob"]);
        CheckpointFolder.CopyFiles(_folder["source"], _folder["target"]).ShouldBe(["config.json", "tokenizer.model"]);
        new FileInfo(_folder["target", "tokenizer.model"]).LinkTarget.ShouldBeNull();
        File.ReadAllBytes(_folder["target", "tokenizer.model"]).ShouldBe(_tokenizer);
    }

    private string[] Names(params string[] parts) =>
        [.. Directory.EnumerateFileSystemEntries(_folder[parts]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
