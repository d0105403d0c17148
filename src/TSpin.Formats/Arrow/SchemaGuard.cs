using System.Buffers.Binary;

namespace TSpin.Arrow;

/// <summary>
/// Walks through the fields of a schema before the library does: in a damaged file a field may be its own child, and the library would follow it until the
/// stack is full, which ends the process. Reads FlatBuffers (https://flatbuffers.dev/internals) as Arrow's Message.fbs, File.fbs and Schema.fbs lay them out.
/// </summary>
internal readonly ref struct SchemaGuard
{
    private const int DeepestNesting = 64;
    private const int MostFields = 1 << 16;
    private const int HeaderOfMessage = 2;
    private const int SchemaOfFooter = 1;
    private const int FieldsOfSchema = 1;
    private const int ChildrenOfField = 5;

    private readonly ReadOnlySpan<byte> _bytes;

    private SchemaGuard(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Refuses a schema that is nested too deeply, or reaches beyond its bytes.</summary>
    /// <param name="bytes">A message that holds a schema, or a footer that does.</param>
    /// <param name="isFooter">Whether it is a footer.</param>
    /// <exception cref="InvalidDataException">It is so.</exception>
    public static void Require(ReadOnlySpan<byte> bytes, bool isFooter)
    {
        var guard = new SchemaGuard(bytes);
        var fields = 0;
        if (guard.Table(guard.Indirect(0), isFooter ? SchemaOfFooter : HeaderOfMessage) is not { } schema)
        {
            throw new InvalidDataException("there is no schema");
        }

        guard.Walk(guard.Indirect(schema), FieldsOfSchema, 0, ref fields);
    }

    private void Walk(int table, int member, int depth, ref int fields)
    {
        if (Table(table, member) is not { } at)
        {
            return;
        }

        var vector = Indirect(at);
        var count = Number(vector);
        if (depth > DeepestNesting || count < 0 || (fields += count) > MostFields || count > (_bytes.Length - vector - 4) / 4)
        {
            throw new InvalidDataException("its schema has fields within fields without end");
        }

        for (var i = 0; i < count; i++)
        {
            Walk(Indirect(vector + 4 + (4 * i)), ChildrenOfField, depth + 1, ref fields);
        }
    }

    // Where a member of a table lies; null where the table does not have it.
    private int? Table(int table, int member)
    {
        var names = table - Number(table);
        var at = 4 + (2 * member);
        return at + 2 > Short(names) ? null : Short(names + at) is var offset and > 0 ? table + offset : null;
    }

    private int Indirect(int at) => at + Number(at);

    private int Number(int at) => at >= 0 && at <= _bytes.Length - 4 ? BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]) : throw Beyond();

    private int Short(int at) => at >= 0 && at <= _bytes.Length - 2 ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes[at..]) : throw Beyond();

    private static InvalidDataException Beyond() => new("its schema reaches beyond its end");
}
