namespace TSpin.Tokenizers.Patterns;

/// <summary>A pattern that cannot be read, with the position; callers add the file and the field.</summary>
internal sealed class PatternSyntaxException : Exception
{
    public PatternSyntaxException(string pattern, int position, string fault)
        : base($"the regular expression \"{pattern}\" has {fault} at character {position + 1}")
    {
    }
}
