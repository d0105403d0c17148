using System.Globalization;
using TSpin.Files;
using TSpin.Hub;

namespace TSpin.Recipes.Binding;

/// <summary>The kinds of value that recipes have.</summary>
public static class Kinds
{
    private static readonly (string Suffix, long Bytes)[] ByteUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ];

    /// <summary>A whole number.</summary>
    /// <param name="range">For example <c>[1, 1000]</c>.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<int> Integer(string range)
    {
        var interval = Interval.Parse(range);
        return new ScalarKind<int>("whole number", range, Read, value => value.ToString(CultureInfo.InvariantCulture));

        (int, string?) Read(ScalarNode node)
        {
            if (node.IsQuoted || !long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            {
                return (0, NotA(node, $"whole number; use one in {range}"));
            }

            return interval.Contains(value) ? ((int)value, null) : (0, $"{node.Show()} is not in {range}; use a whole number in that range");
        }
    }

    /// <summary>A number with or without decimals or exponent.</summary>
    /// <param name="range">For example <c>(0, 1]</c>.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<double> Number(string range)
    {
        var interval = Interval.Parse(range);
        return new ScalarKind<double>("number", range, Read, YamlText.Number);

        (double, string?) Read(ScalarNode node)
        {
            const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
            if (node.IsQuoted || !double.TryParse(node.Text, Styles, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            {
                return (0, NotA(node, $"number; use one in {range}"));
            }

            return interval.Contains(value) ? (value, null) : (0, $"{node.Show()} is not in {range}; use a number in that range");
        }
    }

    /// <summary>A seed: any whole number of 64 bits without sign.</summary>
    /// <returns>The kind.</returns>
    public static ValueKind<ulong> Seed() => new ScalarKind<ulong>(
        "whole number",
        "[0, 2^64-1]",
        node => !node.IsQuoted && ulong.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? (value, null)
            : (0, NotA(node, "seed; use a whole number in [0, 2^64-1]")),
        value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Yes or no.</summary>
    /// <returns>The kind.</returns>
    public static ValueKind<bool> Flag() => new ScalarKind<bool>(
        "true or false",
        "",
        node => (node.IsQuoted, node.Text) switch
        {
            (false, "true") => (true, null),
            (false, "false") => (false, null),
            _ => (false, $"{node.Show()} is neither true nor false; use one of these words, without quotes"),
        },
        value => value ? "true" : "false");

    /// <summary>One of a few words.</summary>
    /// <typeparam name="T">What a word stands for.</typeparam>
    /// <param name="words">Each word with its meaning.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<T> Word<T>(params (string Word, T Value)[] words)
        where T : notnull
    {
        var names = words.Select(word => word.Word).ToArray();
        return new ScalarKind<T>("word", string.Join(", ", names), Read, value => words.First(word => word.Value.Equals(value)).Word);

        (T?, string?) Read(ScalarNode node)
        {
            foreach (var (word, value) in words)
            {
                if (word == node.Text)
                {
                    return (value, null);
                }
            }

            var nearest = NearestName.Find(node.Text, names) is { } name ? $"did you mean \"{name}\"? It is" : "it is";
            return (default, $"{node.Show()} is not known here; {nearest} one of {string.Join(", ", names)}");
        }
    }

    /// <summary>Text.</summary>
    /// <param name="range">Which texts are allowed, for people.</param>
    /// <param name="check">Returns what is wrong and the cure, or null.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<string> Text(string range, Func<string, string?> check) =>
        new ScalarKind<string>("text", range, node => (node.Text, check(node.Text)), YamlText.Scalar);

    /// <summary>Text that may name a file, which is made absolute when it is read.</summary>
    /// <param name="range">Which texts are allowed, for people.</param>
    /// <param name="check">Returns what is wrong and the cure, or null.</param>
    /// <param name="isFile">Which texts are paths.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<string> TextOrFile(string range, Func<string, string?> check, Func<string, bool> isFile)
    {
        return new ScalarKind<string>(
            "text",
            range,
            node => (IsPath(node.Text) ? PathText.Resolve(node.Text, node.Place.BaseFolder) : node.Text, check(node.Text)),
            YamlText.Scalar,
            text => IsPath(text) ? Path.GetFullPath(text) : text);

        bool IsPath(string text) => isFile(text) && !HubReference.IsMarked(text);
    }

    /// <summary>A file or folder; made absolute when it is read.</summary>
    /// <param name="what">What lies there, for people: <c>file</c> or <c>folder</c>.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<string> FilePath(string what) => new ScalarKind<string>(
        "path",
        $"a {what}",
        node => node.Text.Length == 0 || node.Text.Contains('\0', StringComparison.Ordinal)
            ? (null, $"{node.Show()} is not a path; name a {what}")
            : (PathText.Resolve(node.Text, node.Place.BaseFolder), null),
        YamlText.Scalar,
        path => path.Length == 0 ? path : Path.GetFullPath(path));

    /// <summary>A file or folder, or what <c>hub:</c> marks as a name on a Hugging Face hub.</summary>
    /// <param name="what">What lies there, for people.</param>
    /// <param name="alsoUnmarked">Whether <c>org/name</c> without the mark is a name too, where no such path exists.</param>
    /// <param name="alsoAll">Whether <c>hub:</c> alone has a meaning: whatever is needed, from where it is at home.</param>
    /// <returns>The kind; names keep, or get, their mark.</returns>
    public static ValueKind<string> PathOrHubName(string what, bool alsoUnmarked = false, bool alsoAll = false) =>
        new ScalarKind<string>(
            "path",
            $"a {what},{(alsoAll ? $" {HubReference.Scheme}" : "")} or {HubReference.Scheme}org/name",
            node => alsoAll && node.Text == HubReference.Scheme ? (node.Text, null) : Read(node, what, alsoUnmarked),
            YamlText.Scalar,
            path => path.Length == 0 || HubReference.IsMarked(path) ? path : Path.GetFullPath(path));

    private static (string?, string?) Read(ScalarNode node, string what, bool alsoUnmarked)
    {
        if (node.Text.Length == 0 || node.Text.Contains('\0', StringComparison.Ordinal))
        {
            return (null, $"{node.Show()} is not a path; name a {what}");
        }

        try
        {
            var path = HubReference.IsMarked(node.Text) ? node.Text : PathText.Resolve(node.Text, node.Place.BaseFolder);
            var name = HubReference.IsMarked(node.Text) ? HubReference.Parse(node.Text)
                : alsoUnmarked && !Path.Exists(path) ? HubReference.FromPathOrName(node.Text) : null;
            return (name is null ? path : HubReference.Scheme + name, null);
        }
        catch (TSpinException fault)
        {
            return (null, fault.Message);
        }
    }

    /// <summary>A size in bytes, with or without a unit: 5GB is 5 000 000 000, 5GiB is 5 times 2^30.</summary>
    /// <param name="range">In bytes, for example <c>[1, 100]</c>.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<long> Bytes(string range)
    {
        var interval = Interval.Parse(range);
        var cure = $"use bytes in {range}, or a size such as 500MB, 5GB or 4GiB";
        return new ScalarKind<long>("size", $"bytes in {range}, or with KB, MB, GB, KiB, MiB, GiB", Read, Write);

        (long, string?) Read(ScalarNode node)
        {
            var (suffix, unit) = ByteUnits.FirstOrDefault(known => node.Text.EndsWith(known.Suffix, StringComparison.OrdinalIgnoreCase));
            var digits = node.Text[..(node.Text.Length - (suffix?.Length ?? 0))].TrimEnd();
            if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || digits.Length > 15)
            {
                return (0, NotA(node, $"size; {cure}"));
            }

            var bytes = decimal.Floor(number * Math.Max(unit, 1));
            return interval.Contains((double)bytes) ? ((long)bytes, null) : (0, $"{node.Show()} is not in {range} bytes; {cure}");
        }

        static string Write(long bytes)
        {
            var (suffix, unit) = ByteUnits.LastOrDefault(known => bytes % known.Bytes == 0);
            return suffix is null ? bytes.ToString(CultureInfo.InvariantCulture) : $"{bytes / unit}{suffix}";
        }
    }

    /// <summary>A value, or several.</summary>
    /// <typeparam name="T">The elements' type.</typeparam>
    /// <param name="item">The elements' kind.</param>
    /// <param name="minimumCount">Fewest elements.</param>
    /// <param name="maximumCount">Most elements.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<ValueList<T>> ListOf<T>(ValueKind<T> item, int minimumCount, int maximumCount) =>
        new ListKind<T>(item, minimumCount, maximumCount);

    /// <summary>A number, size or word that may be absent.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="inner">Its kind.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<T?> Optional<T>(ValueKind<T> inner)
        where T : struct => new OptionalKind<T, T?>(inner, value => value, value => value!.Value);

    /// <summary>A text, path or list that may be absent.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="inner">Its kind.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<T?> OptionalReference<T>(ValueKind<T> inner)
        where T : class => new OptionalKind<T, T>(inner, value => value, value => value);

    /// <summary>A text or path that may be absent.</summary>
    /// <param name="inner">Its kind.</param>
    /// <returns>The kind.</returns>
    public static ValueKind<string?> Optional(ValueKind<string> inner) => OptionalReference(inner);

    private static string NotA(ScalarNode node, string rest) => $"{node.Show()} is not a {rest}{(node.IsQuoted ? ", without quotes" : "")}";
}
