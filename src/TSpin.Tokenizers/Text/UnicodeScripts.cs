using System.Globalization;
using System.Text;

namespace TSpin.Tokenizers.Text;

/// <summary>The script of each code point as of Unicode 9.0, the version that tokenizers' UnicodeScripts splits by; an embedded table.</summary>
internal static class UnicodeScripts
{
    private static readonly Lazy<(int First, int Last, string Script)[]> Ranges = new(Load);

    /// <summary>The name of a code point's script as Scripts.txt writes it; null when Unicode 9.0 had none for it.</summary>
    public static string? Of(int codePoint)
    {
        var ranges = Ranges.Value;
        var (low, high) = (0, ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var (first, last, script) = ranges[middle];
            if (codePoint < first)
            {
                high = middle - 1;
            }
            else if (codePoint > last)
            {
                low = middle + 1;
            }
            else
            {
                return script;
            }
        }

        return null;
    }

    private static (int First, int Last, string Script)[] Load()
    {
        var ranges = new List<(int First, int Last, string Script)>();
        using var stream = typeof(UnicodeScripts).Assembly.GetManifestResourceStream("TSpin.Tokenizers.Text.unicode-scripts.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var fields = line.Split(' ');
            foreach (var range in fields.Skip(1).Select(field => field.Split('-')))
            {
                ranges.Add((ParseHex(range[0]), ParseHex(range[^1]), fields[0]));
            }
        }

        ranges.Sort((a, b) => a.First.CompareTo(b.First));
        return [.. ranges];
    }

    private static int ParseHex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
