using TSpin.Tokens.Decoders;
using TSpin.Tokens.Models;
using TSpin.Tokens.Normalizers;
using TSpin.Tokens.PostProcessors;
using TSpin.Tokens.PreTokenizers;
using TSpin.Tokens.Sources;

namespace TSpin.Tokens;

/// <summary>
/// Turns text into token ids and back, exactly as the tokenizer files of a Hugging Face model folder say (the format and behaviour of
/// the <c>tokenizers</c> library). Immutable and thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly Normalizer? _normalizer;
    private readonly PreTokenizer? _preTokenizer;
    private readonly TokenModel _model;
    private readonly PostProcessor _postProcessor;
    private readonly AddedVocabulary _added;

    private Tokenizer(TokenizerParts parts, Func<string, Func<string, int?>, int?> findRole)
    {
        _normalizer = parts.Normalizer;
        _preTokenizer = parts.PreTokenizer;
        _model = parts.Model;
        _postProcessor = parts.PostProcessor;
        Decoder = parts.Decoder;
        _added = new AddedVocabulary(parts.AddedTokens, _model.Vocabulary, _normalizer);
        VocabularySize = Math.Max(_model.Vocabulary.LargestId, _added.LargestId) + 1;
        BosId = findRole("bos", IdOf);
        EosId = findRole("eos", IdOf);
        PadId = findRole("pad", IdOf);
        UnkId = findRole("unk", IdOf) ?? _model.UnknownId;
    }

    /// <summary>The largest id plus one, added tokens included. (A model's embedding may have more rows; never fewer.)</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a sequence, if the model has one.</summary>
    public int? BosId { get; }

    /// <summary>The token that ends a sequence, if the model has one.</summary>
    public int? EosId { get; }

    /// <summary>The token that fills up batches, if the model has one.</summary>
    public int? PadId { get; }

    /// <summary>The token for what the vocabulary cannot write, if the model has one.</summary>
    public int? UnkId { get; }

    internal TokenDecoder? Decoder { get; }

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="folderOrFile">
    /// A model folder (its tokenizer.json, or tokenizer.model when there is none, with the special tokens named in tokenizer_config.json,
    /// special_tokens_map.json, generation_config.json or config.json), or a tokenizer file itself. A tokenizer.model given as a file
    /// is read as the sentencepiece library reads it: special tokens written out in the text are text, and none is added. In a folder
    /// its control and user-defined pieces are recognized in the text, and BOS and EOS added as tokenizer_config.json says (BOS by
    /// default), as transformers does. A .gguf file, or a folder with one and without tokenizer files, gives the vocabulary in it.
    /// </param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="TSpinException">There is no tokenizer, the file is damaged, or it uses a component TSpin does not know (named, with the known ones).</exception>
    public static Tokenizer Load(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        var hasTokenizer = File.Exists(Path.Combine(folderOrFile, "tokenizer.json")) || File.Exists(Path.Combine(folderOrFile, "tokenizer.model"));
        if (!hasTokenizer && Gguf.GgufModelFile.Find(folderOrFile) is { } path)
        {
            using var gguf = Gguf.GgufFile.Open(path);
            var vocabulary = new GgufVocabulary(gguf);
            var words = System.Text.Json.JsonSerializer.SerializeToElement(GgufTokenizerJson.Of(vocabulary));
            return new Tokenizer(TokenizerJson.Read(JsonField.Of(words, gguf.Path)), (role, _) => vocabulary.RoleId(role));
        }

        if (!Directory.Exists(folderOrFile))
        {
            if (!File.Exists(folderOrFile))
            {
                throw new TSpinException($"{folderOrFile}: there is no such file or folder; give a model folder with tokenizer.json or tokenizer.model, or the file itself.");
            }

            var names = new SpecialTokenNames(Path.GetDirectoryName(Path.GetFullPath(folderOrFile))!);
            return folderOrFile.EndsWith(".model", StringComparison.Ordinal)
                ? FromSentencePiece(SentencePieceModel.Read(folderOrFile), names, isWholeFolder: false)
                : new Tokenizer(TokenizerJson.Read(folderOrFile), names.Find);
        }

        var folderNames = new SpecialTokenNames(folderOrFile);
        var json = Path.Combine(folderOrFile, "tokenizer.json");
        if (File.Exists(json))
        {
            return new Tokenizer(TokenizerJson.Read(json), folderNames.Find);
        }

        var model = Path.Combine(folderOrFile, "tokenizer.model");
        return File.Exists(model)
            ? FromSentencePiece(SentencePieceModel.Read(model), folderNames, isWholeFolder: true)
            : throw OtherTokenizerFiles.Fault(folderOrFile);
    }

    /// <summary>The ids of a text. Half of a surrogate pair counts as U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the model expects around a text (post-processor), such as BOS.</param>
    /// <returns>The ids; added tokens written out in the text are recognized in either case.</returns>
    /// <exception cref="TSpinException">A character cannot be written and the vocabulary has no unknown token.</exception>
    public int[] Encode(string text, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = Text.CodePoints.WithoutLoneSurrogates(text);
        var ids = new List<int>((text.Length / 3) + 4);
        _added.Raw.Split(text, (start, end) => EncodeBetween(text[start..end], start == 0, ids), ids.Add);
        return addSpecialTokens ? [.. _postProcessor.Apply(ids)] : [.. ids];
    }

    /// <summary>The ids of many texts, worked out in parallel.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="addSpecialTokens">As for <see cref="Encode"/>.</param>
    /// <returns>The ids of each text, in order.</returns>
    public IReadOnlyList<int[]> EncodeAll(IReadOnlyList<string> texts, bool addSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var results = new int[texts.Count][];
        try
        {
            Parallel.For(0, texts.Count, i => results[i] = Encode(texts[i], addSpecialTokens));
        }
        catch (AggregateException error) when (error.InnerExceptions[0] is TSpinException fault)
        {
            throw new TSpinException(fault.Message, error);
        }

        return results;
    }

    /// <summary>The text of ids. Ids without a token are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <returns>The text; bytes that are not UTF-8 are U+FFFD.</returns>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            if (TokenForDecoding(id, skipSpecialTokens) is { } token)
            {
                tokens.Add(token);
            }
        }

        return DecodeTokens(tokens);
    }

    /// <summary>The token of an id as the vocabulary writes it.</summary>
    /// <param name="id">An id.</param>
    /// <returns>The token, empty for an id without one.</returns>
    public string Piece(int id) => PieceOrNull(id) ?? "";

    /// <summary>The id of a token as the vocabulary writes it.</summary>
    /// <param name="token">For example <c>&lt;/s&gt;</c> or <c>Ġthe</c>.</param>
    /// <returns>The id, or null when there is no such token.</returns>
    public int? IdOf(string token) => _added.IdOf(token) ?? _model.Vocabulary.IdOf(token);

    private static Tokenizer FromSentencePiece(SentencePieceModel model, SpecialTokenNames names, bool isWholeFolder)
    {
        if (!isWholeFolder)
        {
            return new Tokenizer(model.Build([], [], []), (role, _) => model.RoleId(role));
        }

        var added = model.ControlPieces().Select(p => new AddedToken(p, SingleWord: false, StripLeft: false, StripRight: false, Normalized: false, Special: true)).ToList();
        int? Find(string role, Func<string, int?> idOf) => names.Find(role, idOf) ?? model.RoleId(role);
        List<int> When(string flag, bool otherwise, string role)
        {
            var id = names.Flag(flag, otherwise) ? model.RoleId(role) : null;
            return id is null ? [] : [id.Value];
        }

        return new Tokenizer(model.Build(added, When("add_bos_token", true, "bos"), When("add_eos_token", false, "eos")), Find);
    }

    internal string? TokenForDecoding(int id, bool skipSpecialTokens) =>
        (_added.TextOf(id) ?? _model.Vocabulary.PieceOf(id)) is { } token && !(skipSpecialTokens && _added.IsSpecial(token)) ? token : null;

    internal string DecodeTokens(List<string> tokens) =>
        Decoder is null ? string.Join(' ', tokens) : string.Concat(Decoder.Decode(tokens));

    private string? PieceOrNull(int id) => _added.PieceOf(id) ?? _model.Vocabulary.PieceOf(id);

    private void EncodeBetween(string text, bool atStart, List<int> ids)
    {
        var normalized = _normalizer?.Normalize(text, ref atStart) ?? text;
        _added.Normalized.Split(normalized, (start, end) => EncodeNormalized(normalized.AsMemory(start..end), atStart && start == 0, ids), ids.Add);
    }

    private void EncodeNormalized(ReadOnlyMemory<char> text, bool atStart, List<int> ids)
    {
        if (_preTokenizer is null)
        {
            _model.Encode(text.Span, ids);
            return;
        }

        var pieces = new PieceList();
        _preTokenizer.Split(new TextPiece(text, atStart), pieces);
        for (var i = 0; i < pieces.Count; i++)
        {
            _model.Encode(pieces[i].Text.Span, ids);
        }
    }
}
