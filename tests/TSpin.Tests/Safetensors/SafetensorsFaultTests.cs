using System.Text;
using Shouldly;
using TSpin.Safetensors;
using Xunit;

namespace TSpin.Tests.Safetensors;

public sealed class SafetensorsFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["t.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_file_a_folder_and_an_unreadable_name()
    {
        Fault().ShouldContain("no such file");
        Directory.CreateDirectory(Path);
        Fault().ShouldContain("this is a folder");
        Should.Throw<TSpinException>(() => SafetensorsFile.Open(_folder["no", "where"])).Message.ShouldContain("no such file");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_shorter_than_its_header_length(int bytes)
    {
        File.WriteAllBytes(Path, new byte[bytes]);
        Fault().ShouldContain($"{bytes} bytes are too few");
    }

    [Fact]
    public void A_header_longer_than_the_file()
    {
        Write("{}", headerLength: 3);
        Fault().ShouldContain("said to have 3 bytes, but only 2 follow");
    }

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void A_header_beyond_the_limit(long length)
    {
        Write("{}", headerLength: length);
        Fault().ShouldContain("exceeds the limit of 100000000");
    }

    [Fact]
    public void A_git_lfs_pointer_is_recognised()
    {
        File.WriteAllText(Path, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
        Fault().ShouldContain("git lfs pull");
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("{}{}", "not valid JSON")]
    [InlineData("""{"t":{"dtype":"U8","shape":[],"data_offsets":[0,1]},}""", "not valid JSON")]
    [InlineData("""{"t":1}""", "\"t\": its entry is not a JSON object")]
    [InlineData("""{"t":{"shape":[],"data_offsets":[0,1]}}""", "\"t\": dtype is missing")]
    [InlineData("""{"t":{"dtype":"U8","data_offsets":[0,1]}}""", "shape is missing")]
    [InlineData("""{"t":{"dtype":"U8","shape":[]}}""", "data_offsets is missing")]
    [InlineData("""{"t":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}""", "dtype appears twice")]
    [InlineData("""{"t":{"dtype":8,"shape":[],"data_offsets":[0,1]}}""", "dtype is not a string")]
    [InlineData("""{"t":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", "shape is not an array")]
    [InlineData("""{"t":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", "not a non-negative 64-bit integer")]
    [InlineData("""{"t":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}""", "not a non-negative 64-bit integer")]
    [InlineData("""{"t":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}""", "not a non-negative 64-bit integer")]
    [InlineData("""{"t":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", "not a non-negative 64-bit integer")]
    [InlineData("""{"t":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "larger than any file")]
    [InlineData("""{"t":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", "larger than any file")]
    [InlineData("""{"t":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", "larger than any file")]
    [InlineData("""{"t":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", "[start, end]")]
    [InlineData("""{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", "[start, end]")]
    [InlineData("""{"t":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}}""", "[start, end]")]
    [InlineData("""{"t":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}""", "takes 2 bytes, but data_offsets [0, 1] holds 1")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}}""", "takes 4 bytes")]
    [InlineData("""{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "\"t\" appears twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", "overlaps \"a\" by 1 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", "hole of 1 bytes after \"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "hole of 1 bytes after the header")]
    [InlineData("""{"__metadata__":{"a":1}}""", "\"a\" is not a string")]
    [InlineData("""{"__metadata__":[]}""", "not a JSON object of strings")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", "appears twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "appears twice")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", "not a JSON object")]
    [InlineData("""{"t":{"x":[[[[[[[[[[[[1]]]]]]]]]]]]}}""", "not valid JSON")]
    public void A_header_that_does_not_hold_together(string header, string expected)
    {
        Write(header, dataBytes: 3);
        Fault().ShouldContain(expected);
    }

    [Fact]
    public void An_unknown_dtype_is_named_beside_the_known_ones()
    {
        Write("""{"t":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", dataBytes: 1);
        var message = Fault();
        message.ShouldContain("\"F8_E4M3\"");
        message.ShouldContain("BOOL, U8, I8, I16, F16, BF16, I32, F32, F64, I64");
    }

    [Fact]
    public void A_truncated_file_says_how_many_bytes_are_missing()
    {
        Write("""{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", dataBytes: 9);
        Fault().ShouldContain("truncated: 7 bytes are missing");
    }

    [Fact]
    public void Bytes_that_no_tensor_owns_are_refused()
    {
        Write("""{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", dataBytes: 18);
        Fault().ShouldContain("2 bytes follow the last tensor");
    }

    [Fact]
    public void A_header_that_is_not_UTF8()
    {
        byte[] header = [.. "{\""u8, 0xFF, 0xC0, .. "\":{}}"u8];
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes((long)header.Length), .. header]);
        Fault().ShouldContain("not valid");
    }

    [Fact]
    public void A_monstrous_name_does_not_become_a_monstrous_message()
    {
        Write("{\"" + new string('x', 1_000_000) + "\\u0007\":1}");
        Fault().Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public void Entries_out_of_order_and_fields_of_the_future_are_accepted()
    {
        Write("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3],"new":{"x":[1]}},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"e":{"dtype":"F64","shape":[9223372036854775807,0],"data_offsets":[2,2]}}""", dataBytes: 3);
        using var file = SafetensorsFile.Open(Path);
        file.Tensors.Keys.ShouldBe(["a", "e", "b"]);
        file.Tensors["e"].ElementCount.ShouldBe(0);
    }

    [Fact]
    public void Garbage_of_any_kind_is_a_clear_fault_and_costs_little_memory()
    {
        SafetensorsWriter.Write(Path,
        [
            WeightToWrite.FromValues("model.w", WeightType.Float32, [2, 3], new float[6]),
            WeightToWrite.FromValues("model.b", WeightType.BFloat16, [3], new ushort[3]),
            WeightToWrite.FromValues("n", WeightType.Int64, [], new long[1]),
        ]);
        var whole = File.ReadAllBytes(Path);
        var headerEnd = 8 + (int)BitConverter.ToInt64(whole);
        var random = new Random(20260108);
        var (refused, accepted) = (0, 0);
        for (var round = 0; round < 4000; round++)
        {
            var bytes = whole.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
            {
                // Mostly the header, where damage matters; bytes of JSON are the mutations that get furthest.
                var at = random.Next(10) == 0 ? random.Next(8) : random.Next(8, headerEnd);
                bytes[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(bytes[at] ^ (1 << random.Next(8))), _ => (byte)"0123456789[]{},:\" \\-eE."[random.Next(23)] };
            }

            if (random.Next(10) == 0)
            {
                Array.Resize(ref bytes, random.Next(bytes.Length + 20));
            }

            File.WriteAllBytes(Path, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = SafetensorsFile.Open(Path);
                accepted++;
                foreach (var entry in file.Tensors.Values)
                {
                    long sum = 0;
                    foreach (var value in file.Bytes(entry))
                    {
                        sum += value;
                    }

                    sum.ShouldBeGreaterThanOrEqualTo(0);
                }
            }
            catch (TSpinException fault)
            {
                refused++;
                fault.Message.ShouldStartWith(Path);
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200_000, Encoding.Latin1.GetString(bytes));
        }

        refused.ShouldBeGreaterThan(2500);
        accepted.ShouldBeGreaterThan(50);
    }

    private void Write(string header, int dataBytes = 0, long? headerLength = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(Path, [.. BitConverter.GetBytes(headerLength ?? json.Length), .. json, .. new byte[dataBytes]]);
    }

    private string Fault()
    {
        var fault = Should.Throw<TSpinException>(() => SafetensorsFile.Open(Path));
        fault.Message.ShouldStartWith(Path);
        fault.ExitCode.ShouldBe(2);
        return fault.Message;
    }
}
