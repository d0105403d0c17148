using System.Buffers;
using System.Text.Json;

namespace TSpin.Parquet;

/// <summary>Puts the columns of a row group together again, row by row, as JSON (Dremel's record assembly, in recursive form).</summary>
internal sealed class RowAssembler
{
    /// <summary>Longest row, in bytes of JSON.</summary>
    public const int LongestRow = 1 << 26;

    private readonly SchemaNode _root;
    private readonly Dictionary<SchemaNode, ColumnCursor[]> _below = new(ReferenceEqualityComparer.Instance);
    private readonly ColumnCursor[] _cursors;
    private readonly ArrayBufferWriter<byte> _json;
    private readonly Utf8JsonWriter _writer;
    private readonly ValueText _text;

    /// <summary>Stands before the first row of a row group.</summary>
    /// <param name="file">The file.</param>
    /// <param name="root">The rows' type.</param>
    /// <param name="group">The row group.</param>
    /// <param name="json">Receives rows; kept between row groups.</param>
    /// <param name="writer">Writes into <paramref name="json"/>.</param>
    public RowAssembler(PageFile file, SchemaNode root, RowGroup group, ArrayBufferWriter<byte> json, Utf8JsonWriter writer)
    {
        (_root, _json, _writer) = (root, json, writer);
        _cursors = [.. root.Leaves.Select((leaf, i) => new ColumnCursor(file, leaf, group.Chunks[i]))];
        Index(root, _cursors);
        _text = new ValueText(writer);
    }

    /// <summary>Assembles the next row.</summary>
    /// <returns>What is wrong with its texts, or null.</returns>
    /// <exception cref="ParquetFaultException">The columns do not make a row.</exception>
    public string? Next()
    {
        _json.ResetWrittenCount();
        _writer.Reset(_json);
        _text.Fault = null;
        foreach (var cursor in _cursors)
        {
            if (cursor.Repetition != 0)
            {
                throw new ParquetFaultException($"column \"{cursor.Leaf.Path}\": a row begins in the middle of a list");
            }
        }

        Write(_root);
        _writer.Flush();
        return _text.Fault;
    }

    /// <summary>Checks after the last row that no column has anything left.</summary>
    /// <exception cref="ParquetFaultException">One has.</exception>
    public void Finish()
    {
        foreach (var cursor in _cursors)
        {
            if (!cursor.IsAtEnd)
            {
                throw new ParquetFaultException($"column \"{cursor.Leaf.Path}\": it holds more values than its row group has rows");
            }
        }
    }

    private void Index(SchemaNode node, ReadOnlySpan<ColumnCursor> cursors)
    {
        _below[node] = cursors.ToArray();
        var next = 0;
        foreach (var child in node.Children)
        {
            Index(child, cursors.Slice(next, child.Leaves.Count));
            next += child.Leaves.Count;
        }
    }

    private void Write(SchemaNode node)
    {
        var below = _below[node];
        if (node.IsOptional && below[0].Definition < node.Definition)
        {
            TakeAbsent(below, node.Definition);
            _writer.WriteNullValue();
            return;
        }

        switch (node.Kind)
        {
            case NodeKind.Leaf:
                if (below[0].Definition != node.Definition)
                {
                    throw new ParquetFaultException($"column \"{node.Path}\": a value is null that must be there");
                }

                Bound(below[0].Value.Bytes.Length);
                _text.Write(node, below[0].Value);
                below[0].Take();
                break;
            case NodeKind.Struct:
                _writer.WriteStartObject();
                foreach (var child in node.Children)
                {
                    _writer.WritePropertyName(child.Name);
                    Write(child);
                }

                _writer.WriteEndObject();
                break;
            default:
                WriteList(node, below);
                break;
        }
    }

    // A map is a list of pairs, as pyarrow gives it: keys need be neither texts nor distinct.
    private void WriteList(SchemaNode node, ColumnCursor[] below)
    {
        _writer.WriteStartArray();
        if (below[0].Definition <= node.Definition)
        {
            TakeAbsent(below, node.Definition + 1);
        }
        else
        {
            do
            {
                Bound(0);
                if (node.Kind == NodeKind.List)
                {
                    Write(node.Children[0]);
                    continue;
                }

                _writer.WriteStartArray();
                Write(node.Children[0]);
                Write(node.Children[1]);
                _writer.WriteEndArray();
            }
            while (Continues(node, below));
        }

        _writer.WriteEndArray();
    }

    // All columns below a list must agree on whether it goes on: otherwise the file is damaged, and values would shift between rows.
    private static bool Continues(SchemaNode list, ColumnCursor[] below)
    {
        var count = 0;
        foreach (var cursor in below)
        {
            if (!cursor.IsAtEnd && cursor.Repetition >= list.Repetition)
            {
                count++;
            }
        }

        return count == 0 ? false : count == below.Length ? true
            : throw new ParquetFaultException($"the columns of \"{list.Path}\" hold lists of different lengths");
    }

    private static void TakeAbsent(ColumnCursor[] below, int definition)
    {
        foreach (var cursor in below)
        {
            if (cursor.Definition >= definition)
            {
                throw new ParquetFaultException($"column \"{cursor.Leaf.Path}\": it has a value where the group around it is null");
            }

            cursor.Take();
        }
    }

    private void Bound(int more)
    {
        if (_writer.BytesCommitted + _writer.BytesPending + more > LongestRow)
        {
            throw new ParquetFaultException($"a row is longer than {LongestRow} bytes; it is no single record");
        }
    }
}
