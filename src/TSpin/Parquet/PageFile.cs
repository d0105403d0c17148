using Microsoft.Win32.SafeHandles;

namespace TSpin.Parquet;

/// <summary>An open file, read at any place by many columns in turn.</summary>
/// <param name="handle">The file; disposed with this.</param>
internal sealed class PageFile(SafeFileHandle handle) : IDisposable
{
    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>Whether the file was closed.</summary>
    public bool IsClosed => handle.IsClosed;

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">Where they start.</param>
    /// <param name="target">Filled.</param>
    /// <exception cref="ParquetFaultException">The file has become shorter.</exception>
    public void Read(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(handle, target, offset);
            if (read == 0)
            {
                throw new ParquetFaultException("the file became shorter while it was read");
            }

            target = target[read..];
            offset += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
