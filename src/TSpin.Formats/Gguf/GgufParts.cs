using System.Globalization;
using System.Text.RegularExpressions;

namespace TSpin.Gguf;

/// <summary>
/// A model in several files, as llama.cpp's gguf-split writes it: names end in <c>-00001-of-00003.gguf</c>, and each file says which it is
/// (<c>split.no</c>, counted from 0), of how many (<c>split.count</c>), and how many tensors all have together (<c>split.tensors.count</c>).
/// The first has the metadata of the model.
/// </summary>
internal static partial class GgufParts
{
    private const string Number = "split.no";
    private const string Count = "split.count";
    private const string TensorCount = "split.tensors.count";

    /// <summary>The paths of all files of a model, by the name of one.</summary>
    /// <param name="path">Any of them.</param>
    /// <returns>In order; the path itself where the name is not that of a part.</returns>
    public static IReadOnlyList<string> Paths(string path)
    {
        if (PartName().Match(path) is not { Success: true } match)
        {
            return [path];
        }

        var count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        return count == 0 ? [path] : [.. Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["stem"].Value}-{number:D5}-of-{count:D5}.gguf"))];
    }

    /// <summary>Opens all files of a model.</summary>
    /// <param name="path">Any of them.</param>
    /// <returns>In order.</returns>
    public static IReadOnlyList<GgufPart> Open(string path)
    {
        var paths = Paths(path);
        if (paths.Count > 1 && paths.FirstOrDefault(part => !File.Exists(part)) is { } missing)
        {
            var here = paths.Count(File.Exists);
            throw new TSpinException($"{missing}: this part of the model is missing ({here} of {paths.Count} parts are there). Download it into the same folder.");
        }

        var parts = new List<GgufPart>();
        try
        {
            foreach (var name in paths)
            {
                var part = GgufPart.Open(name);
                parts.Add(part);
                Verify(part, parts.Count - 1, paths.Count);
            }

            if (parts[0].Metadata.Integer(TensorCount) is { } said && parts.Count > 1 && said != parts.Sum(part => part.Tensors.Count))
            {
                throw new TSpinException($"{parts[0].Path}: metadata {TensorCount}: {said}, but the {parts.Count} parts have {parts.Sum(part => part.Tensors.Count)}. The parts are of different models; download them again.");
            }

            return parts;
        }
        catch
        {
            Close(parts);
            throw;
        }
    }

    public static void Close(IEnumerable<GgufPart> parts)
    {
        foreach (var part in parts)
        {
            part.Dispose();
        }
    }

    private static void Verify(GgufPart part, int index, int count)
    {
        var saidCount = part.Metadata.Integer(Count) ?? 0;
        var said = Math.Max(1, saidCount);
        if (said != count)
        {
            throw part.Metadata.Fault(Count, count == 1
                ? $"{said}: the file is one of {said} parts, and its name no longer says which. Give the parts their names back (NAME-00001-of-{said:D5}.gguf)."
                : $"{saidCount}, but its name says that it is one of {count} parts. Give it its own name back, or download it again.");
        }

        if (part.Metadata.Integer(Number) is { } number && number != index)
        {
            throw part.Metadata.Fault(Number, $"{number}, but its name says that it is part {index + 1}. Give it its own name back, or download it again.");
        }
    }

    [GeneratedRegex(@"^(?<stem>.*)-(?<number>\d{5})-of-(?<count>\d{5})\.gguf$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex PartName();
}
