namespace TSpin.Tokenizers.Sources;

/// <summary>Tokenizers in files that are not read: what they are, and how they become a tokenizer.json.</summary>
internal static class OtherTokenizerFiles
{
    private const int LongestToken = 1 << 12;

    /// <summary>The fault that a folder has no tokenizer that is read.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>To be thrown; it names what is there instead.</returns>
    public static TSpinException Fault(string folder)
    {
        var tiktoken = Directory.EnumerateFiles(folder, "*.tiktoken").Order(StringComparer.Ordinal).FirstOrDefault();
        var what = tiktoken is not null ? $"the tiktoken file {Path.GetFileName(tiktoken)}"
            : Has("vocab.json") && Has("merges.txt") ? "vocab.json and merges.txt (the files of a slow tokenizer)"
            : Has("vocab.json") ? "vocab.json, but not the merges.txt that belongs to it"
            : Has("merges.txt") ? "merges.txt, but not the vocab.json that belongs to it"
            : Has("vocab.txt") ? "vocab.txt (the file of a slow WordPiece tokenizer)"
            : null;
        return what is null
            ? new TSpinException($"{folder}: has neither tokenizer.json nor tokenizer.model; copy the tokenizer files of the model into it.")
            : new TSpinException($"{folder}: has neither tokenizer.json nor tokenizer.model, only {what}; {Cure(folder, tiktoken is not null)}");

        bool Has(string name) => File.Exists(Path.Combine(folder, name));
    }

    /// <summary>Refuses a tokenizer.model that is no SentencePiece model but a list of tokens, as Llama 3 was first given out with.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="TSpinException">It is such a list.</exception>
    public static void RefuseTiktoken(string path, ReadOnlySpan<byte> bytes)
    {
        if (IsTiktoken(bytes))
        {
            throw new TSpinException($"{path}: is a tiktoken file, not a SentencePiece model; {Cure(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".", isTiktoken: true)}");
        }
    }

    // Lines of a token in base64, a blank and its rank.
    private static bool IsTiktoken(ReadOnlySpan<byte> bytes)
    {
        var end = bytes[..Math.Min(bytes.Length, LongestToken)].IndexOf((byte)'\n');
        var line = end < 0 ? bytes[..Math.Min(bytes.Length, LongestToken)] : bytes[..end];
        var blank = line.IndexOf((byte)' ');
        return blank > 0 && System.Buffers.Text.Base64.IsValid(line[..blank]) && line[(blank + 1)..].TrimEnd((byte)'\r') is { Length: > 0 and < 10 } rank
            && rank.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }

    private static string Cure(string folder, bool isTiktoken) =>
        $"let transformers write a tokenizer.json beside {(isTiktoken ? "it (needs pip install transformers tiktoken" : "them (needs pip install transformers")}): "
        + $"python3 -c \"from transformers import AutoTokenizer as T; T.from_pretrained('{folder}').save_pretrained('{folder}')\""
        + (isTiktoken ? "; or take the model in Hugging Face's format." : ".");
}
