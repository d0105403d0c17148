using TSpin.Gguf;
using TSpin.Tokenizers.Decoders;
using TSpin.Tokenizers.Gguf;
using TSpin.Tokenizers.Models;
using TSpin.Tokenizers.Normalizers;
using TSpin.Tokenizers.PostProcessors;
using TSpin.Tokenizers.PreTokenizers;
using TSpin.Tokenizers.Sources;

namespace TSpin.Tokenizers;

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

    /// <param name="parts">What the tokenizer's own file holds.</param>
    /// <param name="findRole">Finds the id of bos, eos, pad or unk, and the file that names it.</param>
    /// <param name="side">What files beside it say, their tokens being among the parts' already; null where they are not read.</param>
    /// <param name="around">Puts BOS and EOS around a text in place of the parts' post-processor; null keeps that.</param>
    /// <param name="splitsSpecial">Special tokens written out in a text are text.</param>
    private Tokenizer(
        TokenizerParts parts, Func<string, Func<string, int?>, (int Id, string File)?> findRole, SideTokens? side = null,
        Func<Tokenizer, PostProcessor>? around = null, bool splitsSpecial = false)
    {
        _normalizer = parts.Normalizer;
        _preTokenizer = parts.PreTokenizer;
        _model = parts.Model;
        Decoder = parts.Decoder;
        _added = new AddedVocabulary(parts.AddedTokens, _model.Vocabulary, _normalizer, splitsSpecial);
        VocabularySize = Math.Max(_model.Vocabulary.LargestId, _added.LargestId) + 1;
        BosId = findRole("bos", IdOf)?.Id;
        (EosId, EosSource) = findRole("eos", IdOf) is var (id, file) ? (id, file) : ((int?)null, "");
        PadId = findRole("pad", IdOf)?.Id;
        UnkId = findRole("unk", IdOf)?.Id ?? _model.UnknownId;
        _postProcessor = around?.Invoke(this) ?? parts.PostProcessor;
        NotFollowed = [.. side?.NotFollowed(IdOf) ?? [], .. around is null ? side?.FlagsNotFollowed(this) ?? [] : []];
    }

    /// <summary>The largest id plus one, added tokens included. (A model's embedding may have more rows; never fewer.)</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a sequence, if the model has one.</summary>
    public int? BosId { get; }

    /// <summary>The token that ends a sequence, if the model has one.</summary>
    public int? EosId { get; }

    /// <summary>The file that names <see cref="EosId"/>; empty where there is none.</summary>
    public string EosSource { get; }

    /// <summary>What the files beside the tokenizer say and is not followed, as in transformers: a sentence each, with file and field.</summary>
    public IReadOnlyList<string> NotFollowed { get; }

    /// <summary>The token that fills up batches, if the model has one.</summary>
    public int? PadId { get; }

    /// <summary>The token for what the vocabulary cannot write, if the model has one.</summary>
    public int? UnkId { get; }

    internal TokenDecoder? Decoder { get; }

    /// <summary>Ids that are put before a text when special tokens are wanted.</summary>
    internal IReadOnlyList<int> Before => [.. _postProcessor.Parts.TakeWhile(part => part.Ids is not null).SelectMany(part => part.Ids!)];

    /// <summary>Ids that are put behind a text when special tokens are wanted.</summary>
    internal IReadOnlyList<int> After => [.. _postProcessor.Parts.SkipWhile(part => part.Ids is not null).Where(part => part.Ids is not null).SelectMany(part => part.Ids!)];

    /// <summary>Loads a tokenizer.</summary>
    /// <param name="folderOrFile">
    /// A model folder (its tokenizer.json, or tokenizer.model when there is none, with the tokens that tokenizer_config.json,
    /// special_tokens_map.json and added_tokens.json add, and the roles that these, generation_config.json or config.json name), or a
    /// tokenizer file itself, read without what such files add. A tokenizer.model given as a file
    /// is read as the sentencepiece library reads it: special tokens written out in the text are text, and none is added. In a folder
    /// its control and user-defined pieces are recognized in the text, and BOS and EOS added as tokenizer_config.json says (BOS by
    /// default), as transformers does. A .gguf file, or a folder with one and without tokenizer files, gives the vocabulary in it.
    /// </param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="TSpinException">There is no tokenizer, the file is damaged, or it uses a component TSpin does not know (named, with the known ones).</exception>
    public static Tokenizer Load(string folderOrFile) => Read(folderOrFile, byClass: false);

    /// <summary>
    /// Loads a tokenizer as the AutoTokenizer of transformers 5 does, and with it lm-evaluation-harness: where tokenizer_config.json names GPT2Tokenizer, texts are cut as that class cuts them,
    /// whatever tokenizer.json says (SmolLM2's digits are then not parted from the white space before them). Everything else is as in <see cref="Load"/>, which reads tokenizer.json as it is.
    /// </summary>
    /// <param name="folderOrFile">As in <see cref="Load"/>.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="TSpinException">As in <see cref="Load"/>.</exception>
    public static Tokenizer LoadByClass(string folderOrFile) => Read(folderOrFile, byClass: true);

    private static Tokenizer Read(string folderOrFile, bool byClass)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        var hasTokenizer = File.Exists(Path.Combine(folderOrFile, "tokenizer.json")) || File.Exists(Path.Combine(folderOrFile, "tokenizer.model"));
        if (!hasTokenizer && GgufModelFile.Find(folderOrFile) is { } path)
        {
            using var gguf = GgufFile.Open(path);
            var vocabulary = new GgufVocabulary(gguf);
            var words = System.Text.Json.JsonSerializer.SerializeToElement(GgufTokenizerJson.Of(vocabulary));
            return new Tokenizer(TokenizerJson.Read(JsonField.Of(words, gguf.Path)), (role, _) => vocabulary.RoleId(role) is { } id ? (id, Path.GetFileName(path)) : null);
        }

        if (!Directory.Exists(folderOrFile))
        {
            if (!File.Exists(folderOrFile))
            {
                throw new TSpinException($"{folderOrFile}: there is no such file or folder; give a model folder with tokenizer.json or tokenizer.model, or the file itself.");
            }

            return folderOrFile.EndsWith(".model", StringComparison.Ordinal)
                ? FromSentencePiece(SentencePieceModel.Read(folderOrFile))
                : new Tokenizer(TokenizerJson.Read(folderOrFile), new SpecialTokenNames(Path.GetDirectoryName(Path.GetFullPath(folderOrFile))!).Find);
        }

        var folderNames = new SpecialTokenNames(folderOrFile);
        var json = Path.Combine(folderOrFile, "tokenizer.json");
        if (File.Exists(json))
        {
            var parts = TokenizerJson.Read(json);
            var side = SideTokens.Read(folderOrFile, parts.AddedTokens, folderNames);
            parts = parts with { AddedTokens = [.. parts.AddedTokens, .. side.Tokens] };
            if (byClass && folderNames.Class is ("GPT2Tokenizer" or "GPT2TokenizerFast"))
            {
                parts = parts with { Normalizer = null, PreTokenizer = new ByteLevelPreTokenizer(folderNames.Flag("add_prefix_space", false), useRegex: true) };
            }

            return new Tokenizer(parts, folderNames.Find, side, splitsSpecial: folderNames.Flag("split_special_tokens", false));
        }

        var model = Path.Combine(folderOrFile, ModelFile);
        return File.Exists(model)
            ? FromSentencePiece(SentencePieceModel.Read(model), folderNames, folderOrFile)
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

    /// <summary>Whether an id is a special token: it has a role or a meaning of its own, and is no text.</summary>
    /// <param name="id">An id.</param>
    /// <returns>True where the tokenizer's files call the token special.</returns>
    public bool IsSpecial(int id) => PieceOrNull(id) is { } token && _added.IsSpecial(token);

    /// <summary>Whether an id is an added token, special or not: one that is found in a text before anything is split.</summary>
    internal bool IsAdded(int id) => _added.PieceOf(id) is not null;

    private const string ModelFile = "tokenizer.model";

    // As the sentencepiece library.
    private static Tokenizer FromSentencePiece(SentencePieceModel model) => new(model.Build([], [], []), (role, _) => Own(model, role));

    // As transformers.
    private static Tokenizer FromSentencePiece(SentencePieceModel model, SpecialTokenNames names, string folder)
    {
        var own = model.ControlPieces().Select(p => new AddedToken(p, SingleWord: false, StripLeft: false, StripRight: false, Normalized: false, Special: true)).ToList();
        var side = SideTokens.Read(folder, own, names);
        // Transformers has no normalizer here, so that what is looked for in normalized text is looked for in the text itself.
        var parts = model.Build([.. own, .. side.Tokens.Select(token => token with { Normalized = false })], [], [], PrefixOf(names));
        return new Tokenizer(
            parts, (role, idOf) => names.Find(role, idOf) ?? Own(model, role), side,
            tokenizer => SentencePieceModel.Around(When("add_bos_token", true, tokenizer.BosId), When("add_eos_token", false, tokenizer.EosId)),
            names.Flag("split_special_tokens", false));

        List<int> When(string flag, bool otherwise, int? id) => names.Flag(flag, otherwise) && id is { } wanted ? [wanted] : [];
    }

    private static (int Id, string File)? Own(SentencePieceModel model, string role) => model.RoleId(role) is { } id ? (id, ModelFile) : null;

    // Only Llama's tokenizer of transformers 5 takes "legacy" for false where the file does not say.
    private static SpacePrefix PrefixOf(SpecialTokenNames names) =>
        !names.Flag("add_prefix_space", true) ? SpacePrefix.Never
        : names.Flag("legacy", !(names.Config?.OptionalText("tokenizer_class") ?? "").StartsWith("LlamaTokenizer", StringComparison.Ordinal)) ? SpacePrefix.EveryPart
        : SpacePrefix.FirstPart;

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
