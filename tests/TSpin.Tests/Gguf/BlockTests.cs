using Shouldly;
using TSpin.Gguf;
using Xunit;

namespace TSpin.Tests.Gguf;

/// <summary>
/// One block of every quantized type, its bytes chosen so that single values can be worked out on paper. 0x3800 is the half 0.5, 0x3400 is
/// 0.25, 0x4000 is 2, 0xBC00 is -1.
/// </summary>
public sealed class BlockTests
{
    [Fact]
    public void Q4_1()
    {
        // d = 0.5, m = -1; byte 0 = 0x3A holds value 0 in its low nibble (10) and value 16 in its high one (3).
        var values = Decode(3, 20, 32, (1, 0x38), (3, 0xBC), (4, 0x3A));
        values[0].ShouldBe((10 * 0.5f) - 1);
        values[16].ShouldBe((3 * 0.5f) - 1);
        values[1].ShouldBe(-1f);
    }

    [Fact]
    public void Q5_0()
    {
        // d = 0.5; fifth bits of values 0 and 31; byte 0 = 0x21: value 0 is 1 + 16, value 16 is 2; byte 15 = 0xF0: value 31 is 15 + 16.
        var values = Decode(6, 22, 32, (1, 0x38), (2, 0x01), (5, 0x80), (6, 0x21), (21, 0xF0));
        values[0].ShouldBe((17 - 16) * 0.5f);
        values[16].ShouldBe((2 - 16) * 0.5f);
        values[31].ShouldBe((31 - 16) * 0.5f);
        values[1].ShouldBe(-8f);
    }

    [Fact]
    public void Q5_1()
    {
        // d = 2, m = 0.25; as Q5_0 but from 0 up.
        var values = Decode(7, 24, 32, (1, 0x40), (3, 0x34), (4, 0x01), (7, 0x80), (8, 0x21), (23, 0xF0));
        values[0].ShouldBe((17 * 2f) + 0.25f);
        values[16].ShouldBe((2 * 2f) + 0.25f);
        values[31].ShouldBe((31 * 2f) + 0.25f);
        values[1].ShouldBe(0.25f);
    }

    [Fact]
    public void Q2_K()
    {
        // Scales first: group 0 has scale 3, minimum 2 (0x23); group 9 scale 5, minimum 1 (0x15). d = 0.5, dmin = 0.25 at the end.
        // Group 0 is the lowest bit pairs of bytes 16 to 31. Group 9 is in the second half (bytes 48 to 79), its second 16 bytes, lowest pairs.
        var values = Decode(10, 84, 256, (0, 0x23), (9, 0x15), (16, 0b11), (64, 0b10), (81, 0x38), (83, 0x34));
        values[0].ShouldBe((0.5f * 3 * 3) - (0.25f * 2));
        values[1].ShouldBe(-0.5f);
        values[9 * 16].ShouldBe((0.5f * 5 * 2) - (0.25f * 1));
        values[16].ShouldBe(0f);
    }

    [Fact]
    public void Q3_K()
    {
        // 32 bytes of third bits, 64 of pairs, 12 of scales, d = 0.5. Group 0: low nibble of scale byte 96 (5) and upper bits of byte 104 (2): 5 + 32 = 37.
        // Value 0: pair 3 and third bit set: 7 - 4. Value 1: pair 1, third bit clear: 1 - 4.
        // Group 12 (low nibble in the high half of byte 100, upper bits 3 of byte 104 shifted by 6): second half, third pair, first 16 bytes, third bit 6.
        var values = Decode(11, 110, 256, (0, 0b0100_0001), (32, 3), (33, 1), (64, 0b0010_0000), (96, 0x05), (100, 0x70), (104, 0b0100_0010), (109, 0x38));
        values[0].ShouldBe(0.5f * (37 - 32) * (7 - 4));
        values[1].ShouldBe(0.5f * (37 - 32) * (1 - 4));
        values[12 * 16].ShouldBe(0.5f * (7 + 16 - 32) * (2 + 4 - 4));
        values[(12 * 16) + 1].ShouldBe(0.5f * (7 + 16 - 32) * (0 - 4));
    }

    [Fact]
    public void Q4_K()
    {
        // d = 0.5, dmin = 0.25, 12 bytes of scales and minima. Group 0: scale 3, minimum 2. Group 5: scale nibble 4 of byte 13 (9) with the upper bits of
        // byte 5 (1): 9 + 16 = 25; minimum: high nibble of byte 13 (6) with the upper bits of byte 9 (2): 6 + 32 = 38.
        var values = Decode(12, 144, 256, (1, 0x38), (3, 0x34), (4, 3), (5, 0b0100_0000), (8, 2), (9, 0b1000_0000), (13, 0x69), (16, 0x0B), (80, 0xC0));
        values[0].ShouldBe((0.5f * 3 * 11) - (0.25f * 2));
        values[1].ShouldBe(-0.5f);
        values[5 * 32].ShouldBe((0.5f * 25 * 12) - (0.25f * 38));
    }

    [Fact]
    public void Q5_K()
    {
        // As Q4_K with fifth bits: bit g of byte 16 + i belongs to value i of group g.
        var values = Decode(13, 176, 256, (1, 0x38), (3, 0x34), (4, 3), (5, 0b0100_0000), (8, 2), (9, 0b1000_0000), (13, 0x69), (16, 0b0010_0001), (48, 0x0B), (112, 0xC0));
        values[0].ShouldBe((0.5f * 3 * (11 + 16)) - (0.25f * 2));
        values[5 * 32].ShouldBe((0.5f * 25 * (12 + 16)) - (0.25f * 38));
        values[1].ShouldBe(-0.5f);
    }

    [Fact]
    public void Q6_K()
    {
        // 128 bytes of nibbles, 64 of bit pairs, 16 signed scales, d = 0.5. Group 0, scale -2: value 0 = nibble 9 and pair 2: 41 - 32.
        // Group 14, scale 3: second half, inner group 6: high nibbles of bytes 96 + ..., lowered pairs shifted by 6.
        var values = Decode(14, 210, 256, (0, 0x09), (96, 0x50), (128, 0b10), (160, 0b0100_0000), (192, 0xFE), (206, 3), (209, 0x38));
        values[0].ShouldBe(0.5f * -2 * (41 - 32));
        values[1].ShouldBe(0.5f * -2 * -32);
        values[14 * 16].ShouldBe(0.5f * 3 * (5 + 16 - 32));
    }

    [Fact]
    public void IQ4_XS()
    {
        // d = 0.5; upper bits of the scales in bytes 2 and 3, nibbles in 4 to 7. Group 0: 1 + 2 * 16 = 33; group 3: 4 + 3 * 16 = 52.
        // Indices: byte 8 = 0xF0: value 0 is -127, value 16 is 113; group 3 begins at byte 56: 0x08 is 1 and -127.
        var values = Decode(23, 136, 256, (1, 0x38), (2, 0b1100_0010), (4, 0x01), (5, 0x40), (8, 0xF0), (56, 0x08));
        values[0].ShouldBe(0.5f * (33 - 32) * -127);
        values[16].ShouldBe(0.5f * (33 - 32) * 113);
        values[96].ShouldBe(0.5f * (52 - 32) * 1);
        values[97].ShouldBe(0.5f * (52 - 32) * -127);
    }

    [Fact]
    public void HalvesOfBothKinds()
    {
        // 0x3E00 = 1.5 as binary16; 0x3FC0 = 1.5, 0xC000 = -2 as bfloat16.
        Decode(1, 2, 1, (1, 0x3E))[0].ShouldBe(1.5f);
        Decode(30, 4, 2, (0, 0xC0), (1, 0x3F), (3, 0xC0)).ShouldBe([1.5f, -2f]);
    }

    private static float[] Decode(uint type, int bytes, int elements, params (int Place, byte Value)[] set)
    {
        using var folder = new TemporaryFolder();
        var block = new byte[bytes];
        foreach (var (place, value) in set)
        {
            block[place] = value;
        }

        using var file = GgufFile.Open(new GgufTestFile().Tensor("t", type, [elements], block).Save(folder["a.gguf"]));
        var values = new float[elements];
        file.Read(file.Tensors["t"], 0, values);
        return values;
    }
}
