namespace TSpin.Parquet;

/// <summary>Builds the tree of a schema from its flattened elements, by the format's rules for lists and maps (LogicalTypes.md), old forms too.</summary>
internal sealed class SchemaTree
{
    private const int DeepestNesting = 32;
    private const int MostElements = 20_000;
    private const int LongestPath = 2_000;
    private readonly List<SchemaElement> _elements;
    private int _next;

    private SchemaTree(List<SchemaElement> elements) => _elements = elements;

    /// <summary>Builds the tree.</summary>
    /// <param name="elements">Depth first, the root before its columns.</param>
    /// <returns>The rows' type: a struct.</returns>
    /// <exception cref="ParquetFaultException">The elements are no tree, or hold a type that is not supported.</exception>
    public static SchemaNode Build(List<SchemaElement> elements)
    {
        if (elements.Count < 2)
        {
            throw new ParquetFaultException("the schema has no columns");
        }

        if (elements.Count > MostElements)
        {
            throw new ParquetFaultException($"the schema has {elements.Count} elements, more than the {MostElements} that are read");
        }

        var tree = new SchemaTree(elements) { _next = 1 };
        var root = new SchemaNode("", "", NodeKind.Struct, IsOptional: false, 0, 0, tree.Fields(elements[0], "", 0, 0, 1), null);
        return tree._next == elements.Count ? root : throw new ParquetFaultException($"the schema has {elements.Count} elements, of which {tree._next} belong to its tree");
    }

    private SchemaNode[] Fields(SchemaElement group, string path, int definition, int repetition, int depth)
    {
        if (group.Children < 1 || group.Children > _elements.Count - _next)
        {
            throw new ParquetFaultException($"the schema's group \"{group.Name}\" has {group.Children} fields, which cannot be");
        }

        var fields = new SchemaNode[group.Children];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = Field(path, definition, repetition, depth);
        }

        // In JSON the second would hide the first.
        var twice = fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? fields : throw new ParquetFaultException($"the schema has two columns named \"{twice.First().Path}\"; rename one");
    }

    private SchemaNode Field(string parent, int definition, int repetition, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new ParquetFaultException($"the schema is nested more than {DeepestNesting} deep");
        }

        if (_next >= _elements.Count)
        {
            throw new ParquetFaultException("the schema ends in the middle of a group");
        }

        var element = _elements[_next++];
        var path = parent.Length == 0 ? element.Name : $"{parent}.{element.Name}";
        if (path.Length > LongestPath)
        {
            throw new ParquetFaultException($"the schema has a column whose name has {path.Length} characters");
        }

        if (element.Repetition != 2)
        {
            var isOptional = element.Repetition == 1;
            return Content(element, path, isOptional, definition + (isOptional ? 1 : 0), repetition, depth);
        }

        // A repeated field that no annotated group is around: a list of what it is, which is never null.
        var item = Content(element, path, isOptional: false, definition + 1, repetition + 1, depth);
        return new SchemaNode(element.Name, path, NodeKind.List, IsOptional: false, definition, repetition + 1, [item], null);
    }

    private SchemaNode Content(SchemaElement element, string path, bool isOptional, int definition, int repetition, int depth)
    {
        if (element.Type is { } type)
        {
            return new SchemaNode(element.Name, path, NodeKind.Leaf, isOptional, definition, repetition, [], Leaf(element, type, path));
        }

        if (element.Meaning is ValueMeaning.List or ValueMeaning.Map && element.Children == 1 && Peek() is { Repetition: 2 } repeated)
        {
            return element.Meaning == ValueMeaning.List
                ? List(element, repeated, path, isOptional, definition, repetition, depth)
                : Map(element, path, isOptional, definition, repetition, depth);
        }

        return element.Meaning is ValueMeaning.Plain or ValueMeaning.List or ValueMeaning.Map
            ? new SchemaNode(element.Name, path, NodeKind.Struct, isOptional, definition, repetition, Fields(element, path, definition, repetition, depth + 1), null)
            : throw new ParquetFaultException($"column \"{path}\" is a group of a kind that is not supported");
    }

    private SchemaNode List(SchemaElement list, SchemaElement repeated, string path, bool isOptional, int definition, int repetition, int depth)
    {
        _next++;
        var isElement = repeated.Type is not null || repeated.Children != 1 || Peek() is { Repetition: 2 }
            || repeated.Name == "array" || repeated.Name == $"{list.Name}_tuple";
        var item = isElement
            ? Content(repeated, path, isOptional: false, definition + 1, repetition + 1, depth + 1)
            : Field(path, definition + 1, repetition + 1, depth + 1);
        return new SchemaNode(list.Name, path, NodeKind.List, isOptional, definition, repetition + 1, [item], null);
    }

    private SchemaNode Map(SchemaElement map, string path, bool isOptional, int definition, int repetition, int depth)
    {
        var pairs = _elements[_next++];
        var parts = Fields(pairs, path, definition + 1, repetition + 1, depth + 1);
        return parts.Length == 2
            ? new SchemaNode(map.Name, path, NodeKind.Map, isOptional, definition, repetition + 1, parts, null)
            : throw new ParquetFaultException($"the map \"{path}\" has {parts.Length} parts where a key and a value belong");
    }

    private SchemaElement? Peek() => _next < _elements.Count ? _elements[_next] : null;

    private static LeafType Leaf(SchemaElement element, PhysicalType type, string path)
    {
        var width = type switch
        {
            PhysicalType.Int32 or PhysicalType.Float => 4,
            PhysicalType.Int64 or PhysicalType.Double => 8,
            PhysicalType.Int96 => 12,
            PhysicalType.FixedLenByteArray => element.Width is >= 1 and <= 1 << 20 ? element.Width : throw new ParquetFaultException($"column \"{path}\" has values of {element.Width} bytes, which cannot be"),
            _ => 0,
        };
        var isBytes = type is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray;
        var fits = element.Meaning switch
        {
            ValueMeaning.Plain => true,
            ValueMeaning.Text => isBytes,
            ValueMeaning.Unsigned => type is PhysicalType.Int32 or PhysicalType.Int64,
            ValueMeaning.Decimal => (isBytes || type is PhysicalType.Int32 or PhysicalType.Int64) && element.Scale is >= 0 and <= 1000,
            ValueMeaning.Date or ValueMeaning.TimeMillis => type is PhysicalType.Int32,
            ValueMeaning.TimeMicros or ValueMeaning.TimeNanos => type is PhysicalType.Int64,
            ValueMeaning.TimestampMillis or ValueMeaning.TimestampMicros or ValueMeaning.TimestampNanos => type is PhysicalType.Int64,
            ValueMeaning.Uuid => width == 16,
            ValueMeaning.Float16 => type is PhysicalType.FixedLenByteArray && width == 2,
            _ => false,
        };
        return fits
            ? new LeafType(type, width, element.Meaning, element.Scale, element.IsUtc)
            : throw new ParquetFaultException($"column \"{path}\" is {element.Meaning} stored as {type}, which is not supported; leave the column out or write it as text");
    }
}
