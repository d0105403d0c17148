using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TSpin.Tests.Cli;

/// <summary>Ways in which people's files are wrong: cut off, empty, of another kind, with a value of another type or size, with a part left out or twice.</summary>
internal static class MutatedInput
{
    private static readonly string[] Values =
        ["null", "-1", "0", "1.5", "1e300", "2147483648", "99999999999999999999", "\"text\"", "\"\"", "[]", "{}", "true", "[null]", "[[-1]]", "{\"a\": 1}"];

    /// <summary>One mutated form of a file; the same seed gives the same form.</summary>
    /// <param name="path">Decides by its extension what can be changed.</param>
    /// <param name="bytes">The right content.</param>
    /// <param name="random">Chooses.</param>
    /// <returns>What was done, and the new content.</returns>
    public static (string What, byte[] Bytes) Of(string path, byte[] bytes, Random random)
    {
        var isJson = Path.GetExtension(path) is ".json" or ".jsonl";
        return random.Next(isJson ? 12 : 6) switch
        {
            0 => ("empty", []),
            1 => ("cut off", bytes[..random.Next(bytes.Length)]),
            2 => ("a byte changed", Changed(bytes, random)),
            3 => ("another kind of file", random.Next(2) == 0 ? "just some words\n"u8.ToArray() : [0, 1, 2, 3, 255, 254, 0, 0, 0, 0]),
            4 => ("bytes added", [.. bytes, .. "\n\0\xff{]"u8]),
            5 => Path.GetExtension(path) == ".yaml" ? Line(bytes, random) : ("the head changed", [(byte)random.Next(256), .. bytes[1..]]),
            _ => Json(path, bytes, random),
        };
    }

    private static byte[] Changed(byte[] bytes, Random random)
    {
        byte[] changed = [.. bytes];
        // The head decides more than the bulk of a weights file.
        var at = random.Next(2) == 0 ? random.Next(Math.Min(400, bytes.Length)) : random.Next(bytes.Length);
        changed[at] = (byte)random.Next(256);
        return changed;
    }

    private static (string What, byte[] Bytes) Line(byte[] bytes, Random random)
    {
        var lines = Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n').ToList();
        var at = random.Next(lines.Count);
        var was = lines[at];
        var colon = was.IndexOf(':', StringComparison.Ordinal);
        switch (random.Next(5))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(at, was);
                break;
            case 2:
                lines[at] = "\t" + was;
                break;
            default:
                lines[at] = (colon < 0 ? was : was[..(colon + 1)]) + " " + ((string[])["null", "-1", "text", "[]", "{}", "1e400", "'", "&a *a", "~", "[a, [b]]"])[random.Next(10)];
                break;
        }

        return ($"line {at + 1}: {was} became {(at < lines.Count ? lines[at] : "nothing")}", Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static (string What, byte[] Bytes) Json(string path, byte[] bytes, Random random)
    {
        var lines = path.EndsWith(".jsonl", StringComparison.Ordinal) ? Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n') : [Encoding.UTF8.GetString(bytes)];
        var number = random.Next(lines.Length);
        var root = JsonNode.Parse(lines[number]);
        var places = Places(root).ToArray();
        if (places.Length == 0)
        {
            return ("twice", [.. bytes, .. bytes]);
        }

        var (parent, key, index) = places[random.Next(places.Length)];
        var place = (key is null ? parent[index] : parent[key])?.GetPath() ?? $"{parent.GetPath()}.{key}[{index}]";
        var what = random.Next(5);
        if (what == 0)
        {
            if (key is null)
            {
                parent.AsArray().RemoveAt(index);
            }
            else
            {
                parent.AsObject().Remove(key);
            }

            return Result($"{place} left out");
        }

        if (what == 1 && key is null)
        {
            parent.AsArray().Add(parent[index]?.DeepClone());
            return Result($"{place} twice");
        }

        var value = Values[random.Next(Values.Length)];
        if (key is null)
        {
            parent[index] = JsonNode.Parse(value);
        }
        else
        {
            parent[key] = JsonNode.Parse(value);
        }

        return Result($"{place} is {value}");

        (string What, byte[] Bytes) Result(string done)
        {
            lines[number] = root!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            return (lines.Length > 1 ? $"line {number + 1}: {done}" : done, Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        }
    }

    private static IEnumerable<(JsonNode Parent, string? Key, int Index)> Places(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (key, value) in fields)
                {
                    yield return (fields, key, 0);
                    foreach (var place in Places(value).Take(60))
                    {
                        yield return place;
                    }
                }

                break;
            case JsonArray items:
                for (var i = 0; i < Math.Min(items.Count, 40); i++)
                {
                    yield return (items, null, i);
                    foreach (var place in Places(items[i]).Take(20))
                    {
                        yield return place;
                    }
                }

                break;
        }
    }
}
