using System.Globalization;

namespace WalkThrough;

/// <summary>Prints names and numbers, one fact per line, in a form that a document can hold and a test can compare.</summary>
internal static class Say
{
    private const int Width = 110;

    public static void Section(string title) => Console.WriteLine($"-- {title}");

    public static void Text(string name, string text) => Console.WriteLine($"{name}: {text.Replace("\n", "\\n", StringComparison.Ordinal)}");

    public static void Ids(string name, int[] ids) => List(name, ids.Select(id => id.ToString(CultureInfo.InvariantCulture)));

    public static void Values(string name, float[] values) => List(name, values.Select(value => value.ToString("F3", CultureInfo.InvariantCulture)));

    public static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static void List(string name, IEnumerable<string> words)
    {
        var line = $"{name}:";
        foreach (var word in words)
        {
            if (line.Length + 1 + word.Length > Width)
            {
                Console.WriteLine(line);
                line = " ";
            }

            line += $" {word}";
        }

        Console.WriteLine(line);
    }
}
