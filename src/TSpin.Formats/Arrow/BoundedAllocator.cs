using System.Buffers;
using Apache.Arrow.Memory;

namespace TSpin.Arrow;

/// <summary>Gives memory for a file's buffers, no more at once than the file's bytes can fill: what a damaged file claims is not believed.</summary>
/// <param name="fileBytes">The file's length.</param>
internal sealed class BoundedAllocator(long fileBytes) : MemoryAllocator(alignment: 64)
{
    // Compressed buffers grow; more than this from a small file is no data.
    private const long LargestRatio = 255;
    private const long LargestBuffer = 1L << 30;

    /// <inheritdoc/>
    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (length > Math.Min(LargestBuffer, fileBytes * LargestRatio))
        {
            throw new InvalidDataException($"a buffer is said to have {length} bytes in a file of {fileBytes}");
        }

        bytesAllocated = length;
        return new Owner(new byte[length]);
    }

    private sealed class Owner(byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
        }
    }
}
