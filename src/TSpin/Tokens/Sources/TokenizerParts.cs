using TSpin.Tokens.Decoders;
using TSpin.Tokens.Models;
using TSpin.Tokens.Normalizers;
using TSpin.Tokens.PostProcessors;
using TSpin.Tokens.PreTokenizers;

namespace TSpin.Tokens.Sources;

/// <summary>A tokenizer as read from a file, whatever the file's format.</summary>
internal sealed record TokenizerParts(
    Normalizer? Normalizer,
    PreTokenizer? PreTokenizer,
    TokenModel Model,
    PostProcessor PostProcessor,
    TokenDecoder? Decoder,
    IReadOnlyList<AddedToken> AddedTokens);
