using System.Text;

namespace TSpin.Tokenizers.Normalizers;

/// <summary>SentencePiece's <c>nmt</c> clean-up: drops control characters, and turns other spaces and separators into a space.</summary>
internal sealed class NmtNormalizer : Normalizer
{
    public override string Normalize(string text, ref bool keepsStart)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is (>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F')
            {
                keepsStart &= result.Length > 0;
                continue;
            }

            var isSpace = c is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD';
            result.Append(isSpace ? ' ' : c);
        }

        return result.ToString();
    }
}
