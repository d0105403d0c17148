using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TSpin.Files;

/// <summary>Reads fields of a JSON object that may be missing, null, or of another type than expected.</summary>
internal static class JsonField
{
    /// <summary>A number; NaN where there is none. <c>"NaN"</c> and <c>"Infinity"</c> as strings are understood.</summary>
    public static double Number(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) ? Number(value) : double.NaN;

    /// <summary>The element as a number; NaN where it is none.</summary>
    public static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out var number) => number,
        JsonValueKind.String when double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => double.NaN,
    };

    /// <summary>A finite number; <see langword="null"/> where there is none.</summary>
    public static double? Finite(JsonElement owner, string name) => Number(owner, name) is var number && double.IsFinite(number) ? number : null;

    /// <summary>A whole number; <see langword="null"/> where there is none.</summary>
    public static int? Integer(JsonElement owner, string name)
    {
        var number = Number(owner, name);
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : null;
    }

    /// <summary>A text; <see langword="null"/> where there is none. Broken surrogates pass through unchanged.</summary>
    public static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? Text(value)
            : null;

    /// <summary>A truth value given as true/false or 1/0; <see langword="null"/> where there is none.</summary>
    public static bool? Flag(JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(value) >= 0.5,
            _ => null,
        };
    }

    /// <summary>Any scalar as a text for people; objects and arrays as their JSON.</summary>
    public static string Display(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Text(value),
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };

    /// <summary>An object below the owner; <see langword="null"/> where there is none.</summary>
    public static JsonElement? Child(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : null;

    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate written as \ud8xx: valid JSON, but the runtime refuses to make a string of it.
            return Unescape(value.GetRawText().AsSpan()[1..^1]);
        }
    }

    private static string Unescape(ReadOnlySpan<char> raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 >= raw.Length)
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            if (raw[i] == 'u' && i + 4 < raw.Length && ushort.TryParse(raw.Slice(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var unit))
            {
                text.Append((char)unit);
                i += 4;
                continue;
            }

            text.Append(raw[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var other => other });
        }

        return text.ToString();
    }
}
