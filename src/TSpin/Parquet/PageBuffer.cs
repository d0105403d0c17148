namespace TSpin.Parquet;

/// <summary>Buffers that live as long as a column and grow to its largest page.</summary>
internal static class PageBuffer
{
    /// <summary>Makes a buffer large enough; what was in it is lost.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="size">Bytes needed.</param>
    public static void Fit(ref byte[] buffer, int size)
    {
        if (buffer.Length < size)
        {
            buffer = new byte[(int)Math.Max(size, Math.Min(2L * buffer.Length, PageHeader.LargestPage))];
        }
    }
}
