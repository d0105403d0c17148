using System.Text;
using Shouldly;
using TSpin.Gguf;
using Xunit;

namespace TSpin.Tests.Gguf;

public class GgufFileTests
{
    [Fact]
    public void Q8BlockIsScaleTimesSignedBytes()
    {
        // 0x3800 is the half 0.5.
        var block = new byte[34];
        (block[1], block[2], block[33]) = (0x38, 254, 3);
        var values = Decode(8, block, 32);
        values[0].ShouldBe(-1f);
        values[31].ShouldBe(1.5f);
    }

    [Fact]
    public void Q4BlockHasValueIAndIPlus16InOneByte()
    {
        var block = new byte[18];
        (block[1], block[2]) = (0x38, 0xF1);
        var values = Decode(2, block, 32);
        values[0].ShouldBe(-3.5f);
        values[16].ShouldBe(3.5f);
        values[1].ShouldBe(-4f);
    }

    [Fact]
    public void UnevenBlockLooksItsValuesUp()
    {
        var block = new byte[18];
        (block[1], block[2]) = (0x38, 0xF0);
        var values = Decode(20, block, 32);
        values[0].ShouldBe(-63.5f);
        values[16].ShouldBe(56.5f);
    }

    [Theory]
    [InlineData(1, "version 1")]
    [InlineData(0x03000000, "big endian")]
    public void OtherVersionsAreRefusedByName(int version, string named)
    {
        using var folder = new TemporaryFolder();
        var bytes = OneTensor(8, new byte[34], 32);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), version);
        File.WriteAllBytes(folder["a.gguf"], bytes);
        Should.Throw<TSpinException>(() => GgufFile.Open(folder["a.gguf"])).Message.ShouldContain(named);
    }

    [Fact]
    public void DamagedFilesAreFaultsNotCrashes()
    {
        using var folder = new TemporaryFolder();
        var sound = OneTensor(8, new byte[34], 32);
        var random = new Random(1);
        for (var round = 0; round < 1000; round++)
        {
            var bytes = sound[..random.Next(1, sound.Length + 1)];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["a.gguf"], bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = GgufFile.Open(folder["a.gguf"]);
            }
            catch (TSpinException)
            {
                // The expected end of most rounds.
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
        }
    }

    private static float[] Decode(uint type, byte[] blocks, long elements)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.gguf"], OneTensor(type, blocks, elements));
        using var file = GgufFile.Open(folder["a.gguf"]);
        var values = new float[elements];
        file.Read(file.Tensors["t"], 0, values);
        return values;
    }

    private static byte[] OneTensor(uint type, byte[] blocks, long elements)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1L);
        writer.Write(0L);
        writer.Write(1L);
        writer.Write("t"u8);
        writer.Write(1u);
        writer.Write(elements);
        writer.Write(type);
        writer.Write(0L);
        writer.Write(new byte[(32 - (int)(stream.Length % 32)) % 32]);
        writer.Write(blocks);
        return stream.ToArray();
    }
}
