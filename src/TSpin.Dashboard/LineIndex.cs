using TSpin.Files;

namespace TSpin.Dashboard;

/// <summary>Where in a JSON Lines file the record of an index stands: a place of eight bytes each, not the
/// records.</summary>
/// <param name="files">Says what may be read.</param>
/// <param name="path">The file; may be absent.</param>
internal sealed class LineIndex(RunFiles files, string path)
{
    private readonly FollowedFile _file = new(files, path);
    private readonly Dictionary<int, long> _places = [];

    /// <summary>Records of different indices.</summary>
    public int Count => _places.Count;

    /// <summary>The indices.</summary>
    public IEnumerable<int> Indices => _places.Keys;

    /// <summary>Bytes that were looked at: two answers at the same number are over the same records.</summary>
    public long Offset => _file.Offset;

    /// <summary>Takes in what is new; the last record of an index counts.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Refresh() => _file.Read(_places.Clear, (line, offset) =>
    {
        if (TolerantJson.LeadingIndex(line) is >= 0 and <= int.MaxValue and var index)
        {
            _places[(int)index] = offset;
        }
    });

    /// <summary>The bytes of some records.</summary>
    public Dictionary<int, byte[]> Read(IEnumerable<int> indices)
    {
        var found = new Dictionary<int, byte[]>();
        using var stream = files.TryOpen(path);
        if (stream is null)
        {
            return found;
        }

        using var buffered = new BufferedStream(stream, 1 << 16);
        foreach (var index in indices.Where(_places.ContainsKey))
        {
            buffered.Seek(_places[index], SeekOrigin.Begin);
            var line = new MemoryStream();
            for (var next = buffered.ReadByte(); next is not (-1 or '\n'); next = buffered.ReadByte())
            {
                line.WriteByte((byte)next);
            }

            found[index] = line.ToArray();
        }

        return found;
    }

    /// <summary>Goes over all records, as they are now.</summary>
    public void ForEach(FollowedFile.LineHandler use, CancellationToken cancellation) =>
        new FollowedFile(files, path).Read(() => { }, (line, offset) =>
    {
        cancellation.ThrowIfCancellationRequested();
        use(line, offset);
    });
}
