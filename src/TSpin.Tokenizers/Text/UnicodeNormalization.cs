using System.Globalization;
using System.Text;

namespace TSpin.Tokenizers.Text;

/// <summary>
/// Unicode normalization forms (UAX 15). The framework's own needs ICU, which the invariant build does without, so the tables are an
/// embedded resource and the algorithm is here. They are those of Unicode 9.0, which tokenizers still uses: characters added later
/// stay as they are, as they do there. Linear in the text's length.
/// </summary>
internal static class UnicodeNormalization
{
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Lazy<Tables> Data = new(Load);

    /// <summary>Category M of the tables' Unicode version.</summary>
    public static CodePointSet Marks { get; } = new(c => Data.Value.Marks.Any(r => c >= r.First && c <= r.Last));

    /// <summary>Marks that have the property Alphabetic (Unicode 16).</summary>
    public static CodePointSet AlphabeticMarks { get; } = new(c => Data.Value.AlphabeticMarks.Any(r => c >= r.First && c <= r.Last));

    /// <summary>Normalizes text without lone surrogates.</summary>
    public static string Normalize(string text, UnicodeForm form)
    {
        // Below these code points every character is normalized already, and combines with nothing but what lies above them.
        var stableBelow = form switch
        {
            UnicodeForm.Nfc => '\u0300',
            UnicodeForm.Nfd => '\u00C0',
            _ => '\u00A0',
        };
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(stableBelow - 1)) < 0)
        {
            return text;
        }

        var tables = Data.Value;
        var compatible = form is UnicodeForm.Nfkc or UnicodeForm.Nfkd;
        var points = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(tables, rune.Value, compatible, points);
        }

        Reorder(tables, points);
        if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
        {
            Compose(tables, points);
        }

        var result = new StringBuilder(text.Length + 16);
        foreach (var point in points)
        {
            CodePoints.Append(result, point);
        }

        return result.ToString();
    }

    private static void Decompose(Tables tables, int point, bool compatible, List<int> output)
    {
        if (point < 0xA0)
        {
            output.Add(point);
        }
        else if ((uint)(point - HangulBase) < HangulCount)
        {
            var index = point - HangulBase;
            output.Add(LeadBase + (index / (VowelCount * TrailCount)));
            output.Add(VowelBase + (index % (VowelCount * TrailCount) / TrailCount));
            if (index % TrailCount != 0)
            {
                output.Add(TrailBase + (index % TrailCount));
            }
        }
        else if (tables.Decompositions.TryGetValue(point, out var parts) && (compatible || parts.Canonical))
        {
            foreach (var part in parts.Points)
            {
                Decompose(tables, part, compatible, output);
            }
        }
        else
        {
            output.Add(point);
        }
    }

    private static void Reorder(Tables tables, List<int> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (tables.ClassOf(points[i]) == 0)
            {
                continue;
            }

            var end = i + 1;
            var sorted = true;
            while (end < points.Count && tables.ClassOf(points[end]) is > 0 and var next)
            {
                sorted &= tables.ClassOf(points[end - 1]) <= next;
                end++;
            }

            if (!sorted)
            {
                var run = points.GetRange(i, end - i).OrderBy(tables.ClassOf).ToList();
                for (var k = 0; k < run.Count; k++)
                {
                    points[i + k] = run[k];
                }
            }

            i = end - 1;
        }
    }

    private static void Compose(Tables tables, List<int> points)
    {
        var starter = -1;
        var lastClass = 0;
        var kept = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            var combining = tables.ClassOf(point);

            // A character is blocked from its starter by one of the same or a higher class (or another starter) in between.
            var adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || (lastClass < combining && lastClass != 0)) && TryCompose(tables, points[starter], point, out var composed))
            {
                points[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                starter = kept;
            }

            lastClass = combining;
            points[kept++] = point;
        }

        points.RemoveRange(kept, points.Count - kept);
    }

    private static bool TryCompose(Tables tables, int first, int second, out int composed)
    {
        if ((uint)(first - LeadBase) < 19 && (uint)(second - VowelBase) < VowelCount)
        {
            composed = HangulBase + ((((first - LeadBase) * VowelCount) + second - VowelBase) * TrailCount);
            return true;
        }

        if ((uint)(first - HangulBase) < HangulCount && (first - HangulBase) % TrailCount == 0 && (uint)(second - TrailBase - 1) < TrailCount - 1)
        {
            composed = first + second - TrailBase;
            return true;
        }

        return tables.Compositions.TryGetValue(((long)first << 32) | (uint)second, out composed);
    }

    private static Tables Load()
    {
        var tables = new Tables();
        using var stream = typeof(UnicodeNormalization).Assembly.GetManifestResourceStream("TSpin.Tokenizers.Text.unicode-decompositions.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split(' ');
            if (fields[0] is "M" or "A")
            {
                (fields[0] == "M" ? tables.Marks : tables.AlphabeticMarks).Add((ParseHex(fields[1]), ParseHex(fields[2])));
                continue;
            }

            var point = ParseHex(fields[0]);
            if (fields[1] != "0")
            {
                tables.Classes[point] = byte.Parse(fields[1], CultureInfo.InvariantCulture);
            }

            if (fields.Length > 2)
            {
                var parts = fields[3..].Select(ParseHex).ToArray();
                tables.Decompositions[point] = (fields[2] != "K", parts);
                if (fields[2] == "C" && parts.Length == 2)
                {
                    tables.Compositions[((long)parts[0] << 32) | (uint)parts[1]] = point;
                }
            }
        }

        return tables;
    }

    private static int ParseHex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed class Tables
    {
        public List<(int First, int Last)> Marks { get; } = [];

        public List<(int First, int Last)> AlphabeticMarks { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        public Dictionary<int, (bool Canonical, int[] Points)> Decompositions { get; } = [];

        public Dictionary<long, int> Compositions { get; } = [];

        public int ClassOf(int point) => point < 0x300 ? 0 : Classes.GetValueOrDefault(point);
    }
}
