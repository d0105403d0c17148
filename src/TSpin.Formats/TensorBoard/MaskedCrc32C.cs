using System.Buffers.Binary;
using System.Numerics;

namespace TSpin.TensorBoard;

/// <summary>The checksum of TFRecord files: CRC-32C, rotated and shifted so that a checksum of data that holds
/// checksums differs.</summary>
internal static class MaskedCrc32C
{
    /// <summary>The masked checksum.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = ~0u;
        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (var one in data)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
