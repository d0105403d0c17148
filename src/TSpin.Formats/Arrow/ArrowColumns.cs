using Apache.Arrow;

namespace TSpin.Arrow;

/// <summary>The columns of a table: those that are read, and why others are not.</summary>
/// <param name="Read">Fields by their place in the schema.</param>
/// <param name="NotRead">What to say of the others, in one line; empty where there are none.</param>
internal sealed record ArrowColumns(IReadOnlyList<(int Index, Field Field)> Read, string NotRead)
{
    /// <summary>Sorts the columns.</summary>
    /// <param name="schema">The table's schema.</param>
    /// <returns>The columns.</returns>
    /// <exception cref="InvalidDataException">No column can be read, or two have the same name.</exception>
    public static ArrowColumns Of(Schema schema)
    {
        var fields = schema.FieldsList;
        // In JSON the second would hide the first.
        if (fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"there are two columns named \"{twice.Key}\"; rename one");
        }

        var faults = fields.Select(field => ArrowTypes.Fault(field)).ToArray();
        var notRead = string.Join("; ", fields.Select((field, i) => (field, fault: faults[i])).Where(column => column.fault is not null).Select(column => $"column \"{column.field.Name}\" is not read, as {column.fault}"));
        var read = fields.Select((field, i) => (i, field)).Where(column => faults[column.i] is null).ToArray();
        return read.Length > 0 ? new ArrowColumns(read, notRead)
            : throw new InvalidDataException(notRead.Length > 0 ? $"{notRead}; write it as text" : "there are no columns");
    }
}
