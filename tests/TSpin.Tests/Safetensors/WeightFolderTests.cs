using Shouldly;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Safetensors;

public sealed class WeightFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_single_file_and_shards_give_the_same_tensors()
    {
        var weights = Enumerable.Range(0, 12).Select(i => WeightToWrite.FromValues($"layers.{i}.w", WeightType.Float32, [2], new float[] { i, -i })).ToArray();
        ShardedWriter.Write(_folder["one"], weights).ShouldBe(["model.safetensors"]);
        var files = ShardedWriter.Write(_folder["many"], weights, maxShardBytes: 30);
        files.ShouldBe(["model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", "model.safetensors.index.json"]);

        using var one = WeightFolder.Open(_folder["one"]);
        using var many = WeightFolder.Open(_folder["many"]);
        one.Files.Count.ShouldBe(1);
        many.Files.Count.ShouldBe(4);
        many.Tensors.Keys.ShouldBe(one.Tensors.Keys, ignoreOrder: true);
        foreach (var (name, entry) in one.Tensors)
        {
            many.Bytes(many.Tensors[name]).SequenceEqual(one.Bytes(entry)).ShouldBeTrue(name);
        }

        // Layer 2 precedes layer 10: the first shard holds 0, 1, 2.
        many.Files[0].Tensors.Keys.ShouldBe(["layers.0.w", "layers.1.w", "layers.2.w"]);
    }

    [Fact]
    public void A_tensor_above_the_limit_goes_alone_and_ahead_of_the_shard_being_filled()
    {
        var weights = new[] { Bytes("a", 4), Bytes("b", 100), Bytes("c", 4) };
        ShardedWriter.Write(_folder.Path, weights, maxShardBytes: 10).Count.ShouldBe(3);
        using var opened = WeightFolder.Open(_folder.Path);
        opened.Files.Select(file => string.Join(' ', file.Tensors.Keys)).ShouldBe(["b", "a c"]);
    }

    [Fact]
    public void Recorded_shards_and_index_written_again_are_identical()
    {
        var source = SharedFolder.Require("reference", "formats", "weights", "sharded");
        using (var opened = WeightFolder.Open(source))
        {
            ShardedWriter.Write(_folder.Path, opened.Tensors.Values.Select(entry => SafetensorsRoundTripTests.Copy(opened.FileOf(entry), entry)), maxShardBytes: 60_000);
        }

        var names = Directory.EnumerateFiles(source, "model*").Select(path => Path.GetFileName(path)).ToArray();
        Directory.EnumerateFiles(_folder.Path).Select(path => Path.GetFileName(path)).ShouldBe(names, ignoreOrder: true);
        foreach (var name in names)
        {
            File.ReadAllBytes(_folder[name]).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(source, name))).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Existing_weights_are_not_mixed_with_new_ones()
    {
        ShardedWriter.Write(_folder.Path, [Bytes("a", 4), Bytes("b", 4)], maxShardBytes: 4);
        Fault(() => ShardedWriter.Write(_folder.Path, [Bytes("a", 4)])).ShouldContain("holds weights already");
    }

    [Fact]
    public void Missing_folder_and_empty_folder()
    {
        Fault(() => WeightFolder.Open(_folder["nowhere"])).ShouldContain("no such folder");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("holds neither model.safetensors nor");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json")]
    [InlineData("pytorch_model-00001-of-00002.bin")]
    [InlineData("consolidated.00.pth")]
    public void Pickles_are_refused_with_the_reason_and_the_cure(string name)
    {
        File.WriteAllText(_folder[name], "cos\nsystem\n(S'touch /tmp/owned'\ntR.");
        var message = Fault(() => WeightFolder.Open(_folder.Path));
        message.ShouldContain(name);
        message.ShouldContain("executes code");
        message.ShouldContain("save_pretrained");
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        WriteTwoShards();
        File.Delete(_folder["model-00002-of-00002.safetensors"]);
        var message = Fault(() => WeightFolder.Open(_folder.Path));
        message.ShouldContain("model-00002-of-00002.safetensors");
        message.ShouldContain("missing");
    }

    [Fact]
    public void A_truncated_shard_is_named_with_the_bytes_it_lacks()
    {
        WriteTwoShards();
        using (var stream = File.OpenWrite(_folder["model-00002-of-00002.safetensors"]))
        {
            stream.SetLength(stream.Length - 3);
        }

        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("3 bytes are missing");
    }

    [Fact]
    public void A_tensor_that_the_index_forgot_is_read_and_one_that_it_places_elsewhere_is_named()
    {
        ShardedWriter.Write(_folder.Path, [Bytes("a", 8), Bytes("b", 8), Bytes("c", 8)], maxShardBytes: 16);
        Index("""{"weight_map":{"a":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}""");
        using (var weights = WeightFolder.Open(_folder.Path))
        {
            weights.Tensors.Keys.ShouldBe(["a", "b", "c"], ignoreOrder: true);
        }

        Index("""{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}""");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("places in \"model-00002-of-00002.safetensors\"");
    }

    [Fact]
    public void A_tensor_that_the_shard_lacks_is_named()
    {
        WriteTwoShards();
        Index("""{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","lost":"model-00002-of-00002.safetensors"}}""");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("\"lost\"");
        Index("""{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}""");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("does not hold it");
        Index("""{"weight_map":{"x":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("\"x\"");
    }

    [Theory]
    [InlineData("\"../model-00001-of-00002.safetensors\"")]
    [InlineData("\"/etc/passwd\"")]
    [InlineData("\"a\\\\b.safetensors\"")]
    [InlineData("\"..\"")]
    [InlineData("\"\"")]
    [InlineData("\"model.bin\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void Shards_outside_the_folder_are_refused(string shard)
    {
        Index("{\"weight_map\":{\"a\":" + shard + "}}");
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain("must lie beside the index");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"weight_map\":[]}")]
    [InlineData("{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"y.safetensors\"}}")]
    public void A_broken_index_is_a_clear_fault(string json)
    {
        Index(json);
        Fault(() => WeightFolder.Open(_folder.Path)).ShouldContain(WeightFolder.IndexFileName);
    }

    private void WriteTwoShards() => ShardedWriter.Write(_folder.Path, [Bytes("a", 8), Bytes("b", 8)], maxShardBytes: 8);

    private void Index(string json) => File.WriteAllText(_folder[WeightFolder.IndexFileName], json);

    private static WeightToWrite Bytes(string name, int count) => WeightToWrite.FromMemory(name, WeightType.UInt8, [count], new byte[count]);

    private static string Fault(Action action) => Should.Throw<TSpinException>(action).Message;
}
