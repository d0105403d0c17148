using System.Text.Json;

namespace TSpin.Files;

/// <summary>The parser decodes names and texts only when asked, and fails only then; asked here, nothing later can fail.</summary>
internal static class JsonTexts
{
    /// <summary>Requires that all names and texts of an element are valid Unicode.</summary>
    /// <param name="element">Any element.</param>
    /// <exception cref="JsonException">One is not: broken UTF-8, or half of a surrogate pair.</exception>
    public static void Require(JsonElement element)
    {
        try
        {
            Decode(element);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("Holds text that is not valid Unicode.", error);
        }
    }

    private static void Decode(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Decode(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    Decode(property.Value);
                }

                break;
        }
    }
}
