using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TSpin.Adapters;

/// <summary>Matches the patterns of one adapter's configuration against module names. They come with downloaded files, so all of them together have one second.</summary>
internal sealed class ModuleMatcher
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Regex> _patterns = new(StringComparer.Ordinal);
    private TimeSpan _spent;

    /// <summary>Python's <c>re.fullmatch(pattern, module)</c>.</summary>
    public bool Whole(string pattern, string module) => Find(@"\A(?:{0})\z", pattern, module).Success;

    /// <summary>What PEFT asks of rank_pattern and alpha_pattern: <c>re.match(rf"(.*\.)?({pattern})$", module)</c>.</summary>
    public bool End(string pattern, string module) => Find(@"\A(?:.*\.)?(?:{0})\z", pattern, module).Success;

    /// <summary>What PEFT asks of layers_pattern: <c>re.match(rf".*\.{pattern}\.(\d+)\.", module)</c>.</summary>
    /// <returns>The block's number, or null.</returns>
    public int? Block(string pattern, string module) =>
        Find(@"\A.*\.(?:{0})\.(?<block>\d{{1,9}})\.", pattern, module) is { Success: true } match ? int.Parse(match.Groups["block"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : null;

    private Match Find(string frame, string pattern, string module)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            if (!_patterns.TryGetValue(frame + pattern, out var regex))
            {
                regex = new Regex(string.Format(System.Globalization.CultureInfo.InvariantCulture, frame, PythonPattern.ToDotNet(pattern)), RegexOptions.CultureInvariant, Patience);
                _patterns.Add(frame + pattern, regex);
            }

            var match = regex.Match(module);
            _spent += clock.Elapsed;
            return _spent <= Patience ? match : throw new RegexMatchTimeoutException($"The Regex engine has timed out over all patterns together.");
        }
        catch (Exception error) when (error is ArgumentException or RegexMatchTimeoutException)
        {
            throw new TSpinException($"the pattern {Files.Excerpt.Of(pattern)} for module names cannot be used: {error.Message}", error);
        }
    }
}
