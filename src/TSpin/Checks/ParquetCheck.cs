using System.Text.Json;
using TSpin.Files;
using TSpin.Parquet;

namespace TSpin.Checks;

/// <summary>Compares the rows of a Parquet file with a JSON Lines file that another stack wrote of the same table.</summary>
public static class ParquetCheck
{
    /// <summary>Instead of a file: the Parquet file has no rows.</summary>
    public const string None = "none";

    /// <summary>Instead of a file: reading the Parquet file must end in a clear error.</summary>
    public const string Error = "error";

    /// <summary>Compares row by row; neither file is held in memory.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <param name="rows">A JSON Lines file with one object for each row, or <see cref="None"/>, or <see cref="Error"/>.</param>
    /// <returns>The report: values are identical when they are equal as JSON (keys in any order; numbers by value).</returns>
    public static CheckReport Run(string path, string rows)
    {
        var list = new CheckList();
        try
        {
            if (rows == Error)
            {
                MustFail(list, path);
            }
            else
            {
                Compare(list, path, rows == None ? [] : JsonLinesReader.Read<JsonElement>(rows));
            }

            return list.Report(path);
        }
        catch (TSpinException error)
        {
            return list.Report(path, error.Message);
        }
    }

    private static void MustFail(CheckList list, string path)
    {
        var read = 0L;
        try
        {
            using var file = ParquetFile.Open(path);
            foreach (var row in file.Read())
            {
                read = row.Number;
                if (row.Fault is { } fault)
                {
                    throw new TSpinException($"{path}: row {row.Number}: {fault}");
                }
            }

            list.Same("errors", "the whole file", $"read to the end, {read} rows", "an error");
        }
        catch (TSpinException error) when (error.ExitCode == 2 && File.Exists(path))
        {
            list.Same("errors", error.Message, "an error", "an error");
            list.Skip($"the error: {error.Message}");
        }
    }

    private static void Compare(CheckList list, string path, IEnumerable<JsonElement> recorded)
    {
        using var file = ParquetFile.Open(path);
        var (expected, actual) = (0L, 0L);
        using var expectedRows = recorded.GetEnumerator();
        foreach (var row in file.Read())
        {
            actual = row.Number;
            if (!expectedRows.MoveNext())
            {
                continue;
            }

            expected++;
            using var document = JsonDocument.Parse(row.Json);
            var where = $"row {row.Number}";
            if (row.Fault is { } fault)
            {
                list.Same("rows", where, fault, "a row");
            }
            else if (Difference(document.RootElement, expectedRows.Current, where) is { } difference)
            {
                list.Verdict("rows", difference.Where, holds: false, difference.Actual, difference.Expected);
            }
            else
            {
                list.Same("rows", where, "", "");
            }
        }

        while (expectedRows.MoveNext())
        {
            expected++;
        }

        list.Same("number of rows", "the whole file", $"{Math.Max(actual, file.Rows)}", $"{expected}");
    }

    // The first difference between two values, or null.
    private static (string Where, string Actual, string Expected)? Difference(JsonElement actual, JsonElement expected, string where)
    {
        switch (actual.ValueKind, expected.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                foreach (var property in expected.EnumerateObject())
                {
                    if (!actual.TryGetProperty(property.Name, out var own))
                    {
                        return ($"{where}.{property.Name}", "absent", Show(property.Value));
                    }

                    if (Difference(own, property.Value, $"{where}.{property.Name}") is { } difference)
                    {
                        return difference;
                    }
                }

                var more = actual.EnumerateObject().Where(own => !expected.TryGetProperty(own.Name, out _)).Select(own => own.Name).FirstOrDefault();
                return more is null ? null : ($"{where}.{more}", Show(actual.GetProperty(more)), "absent");
            case (JsonValueKind.Array, JsonValueKind.Array):
                if (actual.GetArrayLength() != expected.GetArrayLength())
                {
                    return (where, $"a list of {actual.GetArrayLength()}", $"a list of {expected.GetArrayLength()}");
                }

                return actual.EnumerateArray().Zip(expected.EnumerateArray()).Select((pair, i) => Difference(pair.First, pair.Second, $"{where}[{i}]")).FirstOrDefault(found => found is not null);
            case (JsonValueKind.Number, JsonValueKind.Number):
                return SameNumber(actual, expected) ? null : (where, Show(actual), Show(expected));
            case (JsonValueKind.String, JsonValueKind.String):
                return actual.GetString() == expected.GetString() ? null : (where, Show(actual), Show(expected));
            default:
                return actual.ValueKind == expected.ValueKind ? null : (where, Show(actual), Show(expected));
        }
    }

    // Whole numbers beyond 2^53 are compared digit by digit; 1 and 1.0 are the same number.
    private static bool SameNumber(JsonElement actual, JsonElement expected) =>
        actual.TryGetDecimal(out var exact) && expected.TryGetDecimal(out var recorded) && IsWhole(actual) && IsWhole(expected)
            ? exact == recorded
            : actual.GetDouble() == expected.GetDouble();

    private static bool IsWhole(JsonElement number) => number.GetRawText().AsSpan().IndexOfAny(".eE") < 0;

    private static string Show(JsonElement value) => Excerpt.Of(value.GetRawText());
}
