namespace TSpin.Tokenizers.Models;

/// <summary>The switches of a BPE model, named after tokenizer.json's fields.</summary>
/// <param name="UnknownToken"><c>unk_token</c>: for characters without an entry; null: they are dropped.</param>
/// <param name="ContinuingPrefix"><c>continuing_subword_prefix</c>: put before every character of a word but the first.</param>
/// <param name="EndOfWordSuffix"><c>end_of_word_suffix</c>: put after a word's last character.</param>
/// <param name="FuseUnknown"><c>fuse_unk</c>: neighbouring unknown characters give one unknown token.</param>
/// <param name="ByteFallback"><c>byte_fallback</c>: unknown characters are written as <c>&lt;0xXX&gt;</c> tokens.</param>
/// <param name="IgnoreMerges"><c>ignore_merges</c>: a whole word in the vocabulary is taken as it is.</param>
internal sealed record BytePairOptions(string? UnknownToken, string? ContinuingPrefix, string? EndOfWordSuffix, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);
