using System.Text;
using TSpin.Tokenizers.Models;
using TSpin.Tokenizers.Normalizers;
using TSpin.Tokenizers.PostProcessors;

namespace TSpin.Tokenizers.Sources;

/// <summary>Reads a SentencePiece model (<c>sentencepiece_model.proto</c>: pieces, trainer, normalizer): unigram, BPE, word or char.</summary>
internal sealed class SentencePieceModel
{
    private readonly List<(string Text, float Score, SentencePieceType Type)> _pieces = [];
    private readonly Dictionary<string, string> _roles = new(StringComparer.Ordinal) { ["bos"] = "<s>", ["eos"] = "</s>", ["pad"] = "<pad>", ["unk"] = "<unk>" };
    private readonly Dictionary<string, int> _roleIds = new(StringComparer.Ordinal);
    private readonly string _file;
    private ulong _modelType = 1;
    private string _unknownSurface = " \u2047 ";
    private SentencePieceSpaces _spaces = new();
    private byte[] _characterMap = [];

    private SentencePieceModel(string file) => _file = file;

    /// <summary>Reads a model file.</summary>
    public static SentencePieceModel Read(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{file}: could not be read: {error.Message} Check the path and its permissions.", error);
        }

        OtherTokenizerFiles.RefuseTiktoken(file, bytes);
        var model = new SentencePieceModel(file);
        var message = new Protobuf(bytes, file);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    model.ReadPiece(message.Bytes);
                    break;
                case 2:
                    model.ReadTrainer(message.Bytes);
                    break;
                case 3:
                    model.ReadNormalizer(message.Bytes);
                    break;
                case 5:
                    model.RefuseDenormalizer(message.Bytes);
                    break;
            }
        }

        return model._pieces.Count > 0 ? model : throw new TSpinException($"{file}: holds no pieces, so it is not a SentencePiece model. Download the file again.");
    }

    /// <summary>Puts ids before and after a text.</summary>
    public static PostProcessor Around(List<int> before, List<int> after) =>
        before.Count + after.Count == 0 ? PostProcessor.None : new PostProcessor([new(before), new(null), new(after)]);

    /// <summary>The id of a role (bos, eos, pad, unk), if the model has a piece for it.</summary>
    public int? RoleId(string role)
    {
        if (_roleIds.TryGetValue(role, out var given) && given < 0)
        {
            return null;
        }

        var index = _pieces.FindIndex(p => p.Text == _roles[role] && p.Type is SentencePieceType.Control or SentencePieceType.Unknown);
        return index < 0 ? null : index;
    }

    /// <summary>The tokenizer.</summary>
    /// <param name="addedTokens">Tokens to look for in the text first; the library itself looks for none.</param>
    /// <param name="before">Ids to put before a text when special tokens are wanted.</param>
    /// <param name="after">Ids to put after it.</param>
    /// <param name="prefix">Where the space before a text is put.</param>
    public TokenizerParts Build(IReadOnlyList<AddedToken> addedTokens, List<int> before, List<int> after, SpacePrefix prefix = SpacePrefix.Library)
    {
        var vocabulary = new Vocabulary(_pieces.Select((p, id) => (p.Text, id)), _pieces.Count, $"{_file}: field pieces");
        var unknownIds = Enumerable.Range(0, _pieces.Count).Where(id => _pieces[id].Type == SentencePieceType.Unknown).ToList();
        if (unknownIds.Count != 1)
        {
            throw new TSpinException($"{_file}: has {unknownIds.Count} unknown pieces, not one. Download the file again.");
        }

        var userDefined = new PieceTrie(_pieces.Select((p, id) => (p.Type == SentencePieceType.UserDefined ? p.Text : "", id)));
        var types = _pieces.ConvertAll(p => p.Type).ToArray();
        var scores = _pieces.ConvertAll(p => p.Score).ToArray();
        var byteIds = types.Contains(SentencePieceType.Byte) ? vocabulary.ByteTokenIds() : null;
        if (byteIds is not null && byteIds.Contains(-1))
        {
            throw new TSpinException($"{_file}: has some byte pieces but not all 256. Download the file again.");
        }

        TokenModel model = _modelType switch
        {
            1 => new SentencePieceUnigram(vocabulary, scores, types, unknownIds[0], byteIds),
            2 => new SentencePieceBpe(vocabulary, scores, types, unknownIds[0], byteIds, userDefined),
            3 => new SentencePieceWords(vocabulary, types, unknownIds[0], byteIds),
            4 => new SentencePieceCharacters(vocabulary, types, unknownIds[0], byteIds, userDefined),
            _ => throw new TSpinException($"{_file}: field trainer_spec.model_type is {_modelType}, which TSpin does not know; it knows 1 (unigram), 2 (BPE), 3 (word), 4 (char)."),
        };
        CharacterMap? map = null;
        try
        {
            map = _characterMap.Length == 0 ? null : new CharacterMap(_characterMap);
        }
        catch (FormatException error)
        {
            throw new TSpinException($"{_file}: field normalizer_spec.precompiled_charsmap is damaged: {error.Message} Download the file again.", error);
        }

        return new TokenizerParts(
            new SentencePieceNormalizer(map, _spaces, userDefined, prefix),
            null,
            model,
            Around(before, after),
            new Decoders.SentencePieceDecoder(_pieces[unknownIds[0]].Text, _unknownSurface, ControlPieces(), ByteValues(), _spaces),
            addedTokens);
    }

    /// <summary>The control pieces, such as <c>&lt;s&gt;</c>.</summary>
    public HashSet<string> ControlPieces() => [.. _pieces.Where(p => p.Type == SentencePieceType.Control).Select(p => p.Text)];

    private Dictionary<string, byte> ByteValues()
    {
        var all = Enumerable.Range(0, 256).ToDictionary(b => $"<0x{b:X2}>", b => (byte)b, StringComparer.Ordinal);
        return _pieces.Where(p => p.Type == SentencePieceType.Byte && all.ContainsKey(p.Text)).ToDictionary(p => p.Text, p => all[p.Text], StringComparer.Ordinal);
    }

    private void ReadPiece(ReadOnlySpan<byte> bytes)
    {
        var text = "";
        var score = 0f;
        var type = SentencePieceType.Normal;
        var message = new Protobuf(bytes, _file);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    text = Encoding.UTF8.GetString(message.Bytes);
                    break;
                case 2:
                    score = message.Single;
                    break;
                case 3:
                    type = (SentencePieceType)(int)message.Number;
                    break;
            }
        }

        if (text.Length == 0 || !float.IsFinite(score) || !Enum.IsDefined(type))
        {
            throw new TSpinException($"{_file}: piece {_pieces.Count} (\"{text}\", score {score}, type {(int)type}) is damaged. Download the file again.");
        }

        _pieces.Add((text, score, type));
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes)
    {
        var message = new Protobuf(bytes, _file);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 3:
                    _modelType = message.Number;
                    break;
                case 24:
                    _spaces = _spaces with { AsSuffix = message.Number != 0 };
                    break;
                case >= 40 and <= 43:
                    _roleIds[RoleOf(message.Field - 40)] = (int)message.Number;
                    break;
                case 44:
                    _unknownSurface = Encoding.UTF8.GetString(message.Bytes);
                    break;
                case >= 45 and <= 48:
                    _roles[RoleOf(message.Field - 45)] = Encoding.UTF8.GetString(message.Bytes);
                    break;
            }
        }
    }

    private static string RoleOf(int index) => ((string[])["unk", "bos", "eos", "pad"])[index];

    private void RefuseDenormalizer(ReadOnlySpan<byte> bytes)
    {
        var message = new Protobuf(bytes, _file);
        while (message.Next())
        {
            if (message.Field == 2 && !message.Bytes.IsEmpty)
            {
                throw new TSpinException($"{_file}: field denormalizer_spec.precompiled_charsmap changes decoded text, which TSpin does not support. Use a model trained without denormalization rules.");
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes)
    {
        var message = new Protobuf(bytes, _file);
        while (message.Next())
        {
            switch (message.Field)
            {
                case 2:
                    _characterMap = message.Bytes.ToArray();
                    break;
                case 3:
                    _spaces = _spaces with { AddDummyPrefix = message.Number != 0 };
                    break;
                case 4:
                    _spaces = _spaces with { RemoveExtra = message.Number != 0 };
                    break;
                case 5:
                    _spaces = _spaces with { Escape = message.Number != 0 };
                    break;
            }
        }
    }
}
