using System.Text;
using Shouldly;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Safetensors;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<WeightType> Types() => [.. Enum.GetValues<WeightType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public unsafe void Every_type_comes_back_byte_for_byte(WeightType type)
    {
        var bytes = new byte[6 * type.ByteSize()];
        new Random(1).NextBytes(bytes);
        var path = _folder["t.safetensors"];
        var size = SafetensorsWriter.Write(path, [WeightToWrite.FromMemory("t", type, [2, 3], bytes)]);

        new FileInfo(path).Length.ShouldBe(size);
        using var file = SafetensorsFile.Open(path);
        var entry = file.Tensors["t"];
        entry.Type.ShouldBe(type);
        entry.Shape.ShouldBe([2L, 3L]);
        entry.ElementCount.ShouldBe(6);
        file.Bytes(entry).ToArray().ShouldBe(bytes);
        file.Pointer(entry)[0].ShouldBe(bytes[0]);
        file.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt" });
    }

    [Fact]
    public void The_file_is_laid_out_as_the_library_does()
    {
        // Worked by hand from the format's description: descending type, then name; header padded with spaces to 8 bytes.
        var path = _folder["t.safetensors"];
        SafetensorsWriter.Write(path,
        [
            WeightToWrite.FromValues("b", WeightType.Float32, [1], new float[] { 1f }),
            WeightToWrite.FromValues("h", WeightType.BFloat16, [2], new ushort[] { 0x3F80, 0x4000 }),
            WeightToWrite.FromValues("a", WeightType.Float32, [], new float[] { 2f }),
            WeightToWrite.FromValues("n", WeightType.Int64, [0, 3], Array.Empty<long>()),
        ]);
        const string Header = """{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[0,3],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"h":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}""";
        var padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        byte[] expected = [.. BitConverter.GetBytes((long)padded.Length), .. Encoding.UTF8.GetBytes(padded), 0, 0, 0, 0x40, 0, 0, 0x80, 0x3F, 0x80, 0x3F, 0, 0x40];
        File.ReadAllBytes(path).ShouldBe(expected);

        using var file = SafetensorsFile.Open(path);
        file.Tensors.Keys.ShouldBe(["n", "a", "b", "h"], ignoreOrder: false);
        file.Bytes(file.Tensors["n"]).Length.ShouldBe(0);
    }

    [Fact]
    public void Odd_names_and_metadata_survive()
    {
        var path = _folder["t.safetensors"];
        var name = "w\"\\\n\u0001é😀";
        SafetensorsWriter.Write(path, [WeightToWrite.FromMemory(name, WeightType.UInt8, [1], new byte[] { 7 })], new Dictionary<string, string> { ["k\t"] = "v\"" });
        using var file = SafetensorsFile.Open(path);
        file.Tensors.Keys.ShouldBe([name]);
        file.Metadata["k\t"].ShouldBe("v\"");
    }

    [Fact]
    public void Metadata_of_null_is_none_as_the_safetensors_library_has_it()
    {
        var header = """{"__metadata__":null,"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"""u8.ToArray();
        File.WriteAllBytes(_folder["null.safetensors"], [.. BitConverter.GetBytes((long)header.Length), .. header, 7]);
        using var file = SafetensorsFile.Open(_folder["null.safetensors"]);
        (file.Metadata.Count, file.Bytes(file.Tensors["a"])[0]).ShouldBe((0, (byte)7));
    }

    [Fact]
    public void No_tensors_and_no_metadata_is_a_valid_file()
    {
        var path = _folder["t.safetensors"];
        SafetensorsWriter.Write(path, [], new Dictionary<string, string>());
        File.ReadAllBytes(path).ShouldBe([.. BitConverter.GetBytes(8L), .. "{}      "u8]);
        using var file = SafetensorsFile.Open(path);
        file.Tensors.ShouldBeEmpty();
    }

    [Fact]
    public unsafe void A_native_source_of_several_chunks_is_written_whole()
    {
        var bytes = new byte[(1 << 24) + 5];
        new Random(3).NextBytes(bytes);
        var path = _folder["t.safetensors"];
        fixed (byte* start = bytes)
        {
            SafetensorsWriter.Write(path, [WeightToWrite.FromPointer("t", WeightType.Int8, [bytes.Length], start)]);
        }

        using var file = SafetensorsFile.Open(path);
        file.Bytes(file.Tensors["t"]).SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void A_source_that_writes_too_much_or_too_little_leaves_no_file()
    {
        var path = _folder["t.safetensors"];
        Should.Throw<InvalidOperationException>(() => SafetensorsWriter.Write(path, [WeightToWrite.FromMemory("t", WeightType.Int8, [4], new byte[3])]))
            .Message.ShouldContain("wrote 3 bytes");
        Should.Throw<InvalidOperationException>(() => SafetensorsWriter.Write(path, [WeightToWrite.FromMemory("t", WeightType.Int8, [4], new byte[5])]));
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(path, [Byte("t"), Byte("t")]));
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(path, [Byte("__metadata__")]));
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Closed_files_and_foreign_entries_are_refused()
    {
        SafetensorsWriter.Write(_folder["a.safetensors"], [Byte("t")]);
        SafetensorsWriter.Write(_folder["b.safetensors"], [Byte("t")]);
        using var a = SafetensorsFile.Open(_folder["a.safetensors"]);
        var b = SafetensorsFile.Open(_folder["b.safetensors"]);
        Should.Throw<ArgumentException>(() => a.Bytes(b.Tensors["t"]).Length);
        b.Dispose();
        b.Dispose();
        Should.Throw<ObjectDisposedException>(() => b.Bytes(b.Tensors["t"]).Length);
    }

    [Fact]
    public void Recorded_files_written_again_are_identical()
    {
        var root = SharedFolder.Require("reference");
        var files = Directory.EnumerateFiles(Path.Combine(root, "models"), "*.safetensors", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "formats", "weights"), "*.safetensors", SearchOption.AllDirectories))
            .ToArray();
        files.Length.ShouldBeGreaterThan(40);
        foreach (var path in files)
        {
            var copy = _folder["copy.safetensors"];
            using (var file = SafetensorsFile.Open(path))
            {
                // Reversed, so that the writer's own order is what is tested.
                SafetensorsWriter.Write(copy, file.Tensors.Values.Reverse().Select(entry => Copy(file, entry)), file.Metadata);
            }

            File.ReadAllBytes(copy).AsSpan().SequenceEqual(File.ReadAllBytes(path)).ShouldBeTrue(path);
        }
    }

    internal static WeightToWrite Byte(string name) => WeightToWrite.FromMemory(name, WeightType.UInt8, [1], new byte[] { 1 });

    internal static unsafe WeightToWrite Copy(SafetensorsFile file, TensorEntry entry) =>
        WeightToWrite.FromPointer(entry.Name, entry.Type, entry.Shape, file.Pointer(entry));
}
