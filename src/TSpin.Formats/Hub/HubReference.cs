using System.Text.RegularExpressions;
using TSpin.Files;

namespace TSpin.Hub;

/// <summary>
/// A repository on a hub as people write it: <c>org/name</c>, <c>org/name@revision</c>, and with files, <c>org/name@revision:train/*.parquet</c>;
/// <c>hub:</c> may stand before all of them.
/// </summary>
/// <param name="Id"><c>org/name</c>; old repositories have a name alone.</param>
/// <param name="Revision">A branch, a tag or a commit. Default: <c>main</c>.</param>
/// <param name="Files">A file of the repository, or a pattern in which <c>*</c> and <c>?</c> stand for characters other than a slash. Null where none is named.</param>
public sealed partial record HubReference(string Id, string Revision = "main", string? Files = null)
{
    /// <summary>What marks a name as one on a hub, where a path could stand as well.</summary>
    public const string Scheme = "hub:";

    /// <summary>True for text that begins with <see cref="Scheme"/>.</summary>
    /// <param name="text">A path or a reference.</param>
    /// <returns>Whether it is meant for a hub.</returns>
    public static bool IsMarked(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>
    /// The reference that text stands for where both a path and a name are welcome: whatever exists on disk is a path, and so is what looks like one
    /// (it begins with a dot, a slash or a tilde, or has more than one slash).
    /// </summary>
    /// <param name="text">For example the value of <c>--model</c>.</param>
    /// <returns>The reference, or null for a path.</returns>
    /// <exception cref="TSpinException">The text begins with <c>hub:</c> and goes on with something that is no reference.</exception>
    public static HubReference? FromPathOrName(string text)
    {
        if (IsMarked(text))
        {
            return Parse(text);
        }

        return !Directory.Exists(text) && !File.Exists(text) && OrganisationAndName().IsMatch(text) ? Parse(text) : null;
    }

    /// <summary>Reads a reference.</summary>
    /// <param name="text">With or without <c>hub:</c>.</param>
    /// <returns>The reference.</returns>
    /// <exception cref="TSpinException">The text has another form.</exception>
    public static HubReference Parse(string text)
    {
        var match = Form().Match(IsMarked(text) ? text[Scheme.Length..] : text);
        if (!match.Success || Climbs("id") || Climbs("revision") || Climbs("files"))
        {
            throw new TSpinException($"{Excerpt.Of(text)} is no name on a hub. Write org/name, org/name@revision or hub:org/name@revision:file.");
        }

        return new HubReference(
            match.Groups["id"].Value,
            match.Groups["revision"].Success ? match.Groups["revision"].Value : "main",
            match.Groups["files"].Success ? match.Groups["files"].Value : null);

        // Names become paths below the cache; none may lead out of it.
        bool Climbs(string group) => match.Groups[group].Success && match.Groups[group].Value.Split('/').Any(part => part is "" or "." or "..");
    }

    /// <summary>As it is written, without <c>hub:</c>.</summary>
    /// <returns>The shortest text that means this.</returns>
    public override string ToString() => Id + (Revision == "main" ? "" : "@" + Revision) + (Files is null ? "" : ":" + Files);

    /// <summary>Whether a file of the repository is one of <see cref="Files"/>.</summary>
    /// <param name="path">Path in the repository.</param>
    /// <returns>True also where no files are named.</returns>
    public bool Covers(string path) =>
        Files is null || Regex.IsMatch(path, "^" + Regex.Escape(Files).Replace("\\*", "[^/]*", StringComparison.Ordinal).Replace("\\?", "[^/]", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant);

    // The characters that the hub allows in names: letters, digits, '-', '_' and '.', at most 96 of them.
    [GeneratedRegex(@"^(?<id>(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95})(?:@(?<revision>[\w./-]{1,200}))?(?::(?<files>[^:\\]{1,400}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?:@[\w./-]+)?(?::[^:\\]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex OrganisationAndName();
}
