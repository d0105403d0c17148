using TSpin.Tokenizers.Decoders;
using TSpin.Tokenizers.Models;
using TSpin.Tokenizers.Normalizers;
using TSpin.Tokenizers.PostProcessors;
using TSpin.Tokenizers.PreTokenizers;

namespace TSpin.Tokenizers.Sources;

/// <summary>A tokenizer as read from a file, whatever the file's format.</summary>
internal sealed record TokenizerParts(
    Normalizer? Normalizer,
    PreTokenizer? PreTokenizer,
    TokenModel Model,
    PostProcessor PostProcessor,
    TokenDecoder? Decoder,
    IReadOnlyList<AddedToken> AddedTokens);
