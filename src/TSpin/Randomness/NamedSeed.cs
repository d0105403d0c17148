using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TSpin.Randomness;

/// <summary>
/// Derives an independent 64-bit seed for every purpose of a run from its one seed, so that adding a draw in one place never
/// shifts the draws of another: <c>seed = first 8 bytes (little endian) of SHA-256(runSeed ‖ name ‖ 0 ‖ indices)</c>.
/// </summary>
public static class NamedSeed
{
    /// <summary>The seed for one purpose.</summary>
    /// <param name="runSeed">The run's seed, from the recipe.</param>
    /// <param name="name">What is drawn, for example <c>generation</c> or <c>shuffle</c>.</param>
    /// <param name="indices">Which of them, for example iteration and prompt index.</param>
    /// <returns>A seed that depends on every argument.</returns>
    public static ulong Derive(ulong runSeed, string name, params ReadOnlySpan<long> indices)
    {
        var nameBytes = Encoding.UTF8.GetBytes(name);
        Span<byte> input = new byte[8 + nameBytes.Length + 1 + (8 * indices.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(input, runSeed);
        nameBytes.CopyTo(input[8..]);
        var rest = input[(8 + nameBytes.Length + 1)..];
        for (var i = 0; i < indices.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest[(8 * i)..], indices[i]);
        }

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
