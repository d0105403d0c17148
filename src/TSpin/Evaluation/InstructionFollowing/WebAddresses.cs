using System.Text.RegularExpressions;

namespace TSpin.Evaluation.InstructionFollowing;

/// <summary>Addresses of the web and of mail, which tell nothing of a text's language.</summary>
internal static partial class WebAddresses
{
    /// <summary>The text with a space in each address' place.</summary>
    public static string Without(string text) => Mail().Replace(Web().Replace(text, " "), " ");

    [GeneratedRegex("https?://[-_.?&~;+=/#0-9A-Za-z]{1,2076}")]
    private static partial Regex Web();

    [GeneratedRegex("[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}")]
    private static partial Regex Mail();
}
