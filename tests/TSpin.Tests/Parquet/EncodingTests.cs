using Shouldly;
using TSpin.Parquet;
using Xunit;

namespace TSpin.Tests.Parquet;

/// <summary>Encodings and codecs by the examples of their specifications, and by bytes put together by hand.</summary>
public sealed class EncodingTests
{
    [Fact]
    public void Levels_of_the_specification_are_unpacked()
    {
        // Encodings.md: the numbers 0 to 7 in three bits each, lowest bit first; BIT_PACKED has the highest bit first.
        byte[] low = [0b10001000, 0b11000110, 0b11111010];
        Take(new HybridDecoder([3, .. low], 0, 4, 3), 8).ShouldBe([0u, 1, 2, 3, 4, 5, 6, 7]);
        byte[] high = [0b00000101, 0b00111001, 0b01110111];
        Take(new HighBitDecoder(high, 0, 3, 3), 8).ShouldBe([0u, 1, 2, 3, 4, 5, 6, 7]);
        Take(new HybridDecoder([10 << 1, 5, 4 << 1, 6], 0, 4, 3), 14).ShouldBe([.. Enumerable.Repeat(5u, 10), .. Enumerable.Repeat(6u, 4)]);
        Should.Throw<ShortDataException>(() => Take(new HybridDecoder([10 << 1, 5], 0, 2, 3), 11));
    }

    [Fact]
    public void Deltas_of_the_specification_are_added_up()
    {
        // Encodings.md, example 2: 7, 5, 3, 1, 2, 3, 4, 5 with block size 8 in one part: minimum -2, deltas 0, 0, 0, 3, 3, 3, 3 in two bits.
        byte[] bytes = [8, 1, 8, 14, 3, 2, 0b11000000, 0b00111111];
        var delta = new DeltaDecoder(bytes, 0, bytes.Length, is32Bit: true);
        Enumerable.Range(0, 8).Select(_ => delta.NextNumber()).ShouldBe([7L, 5, 3, 1, 2, 3, 4, 5]);
        Should.Throw<ShortDataException>(() => delta.NextNumber());
        new DeltaDecoder(bytes, 0, bytes.Length, is32Bit: true).SkipAll().ShouldBe(bytes.Length);
    }

    [Fact]
    public void Deltas_wrap_round()
    {
        // From the largest number of 32 bits one step on.
        byte[] bytes = [8, 1, 2, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 2, 0];
        var delta = new DeltaDecoder(bytes, 0, bytes.Length, is32Bit: true);
        (delta.NextNumber(), delta.NextNumber()).ShouldBe((int.MaxValue, int.MinValue));
    }

    [Fact]
    public void A_stated_count_without_end_ends_soon()
    {
        byte[] bytes = [8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0];
        Should.Throw<ShortDataException>(() => new DeltaDecoder(bytes, 0, bytes.Length, is32Bit: false).SkipAll());
    }

    [Fact]
    public void Split_bytes_are_put_together()
    {
        var numbers = new[] { 1.5f, -2f, float.MaxValue };
        var plain = numbers.Select(BitConverter.GetBytes).ToArray();
        var split = Enumerable.Range(0, 4).SelectMany(part => plain.Select(bytes => bytes[part])).ToArray();
        var decoder = new SplitDecoder(new LeafType(PhysicalType.Float, 4, ValueMeaning.Plain, 0, true), split, 0, split.Length);
        numbers.Select(_ => BitConverter.Int32BitsToSingle((int)decoder.Next().Bits)).ShouldBe(numbers);
    }

    [Fact]
    public void Snappy_copies_and_overlaps()
    {
        // 12 bytes: the literal "ab", a copy of 8 from 2 back (it overlaps itself), a copy of 2 from 10 back with a long offset.
        byte[] packed = [12, 1 << 2, (byte)'a', (byte)'b', ((8 - 4) << 2) | 1, 2, ((2 - 1) << 2) | 2, 10, 0];
        Unpack(1, packed, 12).ShouldBe("abababababab");
        Damaged(1, [12, 1 << 2, (byte)'a', (byte)'b', ((8 - 4) << 2) | 1, 3, ((2 - 1) << 2) | 2, 10, 0], 12);
        Damaged(1, packed[..^1], 12);
        Damaged(1, packed, 13);
        Damaged(1, [12, 61 << 2, 255], 12);
    }

    [Fact]
    public void Lz4_copies_and_overlaps()
    {
        // The literals "abc", a match of 20 from 3 back (4 + 15 + 1), then the last literals "xyzxy".
        byte[] packed = [0x3F, (byte)'a', (byte)'b', (byte)'c', 3, 0, 1, 0x50, .. "xyzxy"u8];
        Unpack(7, packed, 28).ShouldBe("abcabcabcabcabcabcabcabxyzxy");
        Damaged(7, packed[..^1], 28);
        Damaged(7, packed, 27);
        Damaged(7, [0x3F, (byte)'a', (byte)'b', (byte)'c', 4, 0, 1, 0x50, .. "xyzxy"u8], 28);
    }

    private static uint[] Take(NumberDecoder decoder, int count) => [.. Enumerable.Range(0, count).Select(_ => decoder.Next())];

    private static string Unpack(int codec, byte[] packed, int size)
    {
        var target = Array.Empty<byte>();
        PageCodec.Unpack(codec, packed, 0, packed.Length, size, ref target);
        return System.Text.Encoding.UTF8.GetString(target.AsSpan(0, size));
    }

    private static void Damaged(int codec, byte[] packed, int size) => Should.Throw<ParquetFaultException>(() => Unpack(codec, packed, size));
}
