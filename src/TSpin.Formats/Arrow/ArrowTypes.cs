using Apache.Arrow;
using Apache.Arrow.Types;

namespace TSpin.Arrow;

/// <summary>Arrow's types: their names in words, and which are read.</summary>
internal static class ArrowTypes
{
    private const int DeepestNesting = 32;

    /// <summary>The type in words, such as <c>list&lt;struct&lt;role: text&gt;&gt;</c>.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Its name.</returns>
    public static string Name(IArrowType type) => type switch
    {
        StringType or LargeStringType or StringViewType => "text",
        BooleanType => "boolean",
        MapType map => $"map<{Name(map.KeyField.DataType)}, {Name(map.ValueField.DataType)}>",
        StructType group => $"struct<{string.Join(", ", group.Fields.Select(field => $"{field.Name}: {Name(field.DataType)}"))}>",
        DictionaryType dictionary => Name(dictionary.ValueType),
        ExtensionType extension => Name(extension.StorageType),
        NestedType { Fields: [var item] } => $"list<{Name(item.DataType)}>",
        _ => type.Name,
    };

    /// <summary>Why values of a type cannot be read; null where they can.</summary>
    /// <param name="field">A column, or a part of one.</param>
    /// <param name="depth">How deep the part lies.</param>
    /// <returns>The reason, or null.</returns>
    public static string? Fault(Field field, int depth = 0)
    {
        if (depth > DeepestNesting)
        {
            return $"it is nested more than {DeepestNesting} deep";
        }

        return field.DataType switch
        {
            UnionType or IntervalType or DurationType or RunEndEncodedType => $"its type is {field.DataType.Name.ToLowerInvariant()}",
            DictionaryType dictionary => Fault(new Field(field.Name, dictionary.ValueType, nullable: true), depth + 1),
            ExtensionType extension => Fault(new Field(field.Name, extension.StorageType, nullable: true), depth + 1),
            StructType group when group.Fields.GroupBy(part => part.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice =>
                $"it has two parts named \"{twice.Key}\"",
            NestedType nested => nested.Fields.Select(part => Fault(part, depth + 1)).FirstOrDefault(fault => fault is not null),
            _ => null,
        };
    }
}
