namespace TSpin.Parquet;

/// <summary>The one step that Snappy and LZ4 share: repeating bytes that have already come out.</summary>
internal static class BackReference
{
    /// <summary>Appends a copy of earlier output; where it overlaps itself it repeats.</summary>
    /// <param name="output">All of the output.</param>
    /// <param name="to">How much of it is there; moved on.</param>
    /// <param name="offset">How far back the copy begins.</param>
    /// <param name="count">Its length.</param>
    /// <returns>False when it would begin before the output or end beyond it.</returns>
    public static bool Copy(Span<byte> output, ref int to, long offset, int count)
    {
        if (offset < 1 || offset > to || count > output.Length - to)
        {
            return false;
        }

        var start = to - (int)offset;
        if (offset >= count)
        {
            output.Slice(start, count).CopyTo(output[to..]);
            to += count;
            return true;
        }

        for (var end = to + count; to < end; to++)
        {
            output[to] = output[start++];
        }

        return true;
    }
}
