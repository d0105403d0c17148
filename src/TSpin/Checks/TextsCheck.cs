using TSpin.Models;
using TSpin.Tokenizers;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares a model with a list of <see cref="TextRecord"/>: in float32 arithmetic the last position's logits, every log-probability and the
/// greedy tokens; in bfloat16 arithmetic that the log-probabilities are not much further off than the recording stack's own; and the tokenizer.
/// </summary>
internal static class TextsCheck
{
    private const double LogitsAllowed = 2e-3;
    private const double LogProbsAllowed = 1e-3;
    private const int GreedyTokens = 48;

    // bfloat16 rounds differently in every order of summation; a fault in the arithmetic is far beyond this.
    private const double RoundingFactor = 1.5;

    public static void Run(CheckList list, string folder, string recordPath, Device device)
    {
        var records = RecordJson.Read<TextRecord[]>(recordPath);
        using var tensors = RecordTensors.Open(Path.ChangeExtension(recordPath, ".safetensors"));
        using var decoder = DecoderLoader.Load(folder, device: device);
        for (var i = 0; i < records.Length; i++)
        {
            Verify(records[i], recordPath, i, decoder.Config);
        }

        for (var i = 0; i < records.Length; i++)
        {
            using var scope = new TensorScope();
            var record = records[i];
            var vocabulary = decoder.Config.VocabularySize;
            var logits = PlainInference.Logits(decoder, record.Ids);
            list.Near(
                "last logits", $"last_logits.{i}", logits.Narrow(0, record.Ids.Length - 1, 1).ToArray<float>(), tensors.Float32($"last_logits.{i}", vocabulary), vocabulary, LogitsAllowed);
            var logProbs = PlainInference.TokenLogProbs(logits, record.Ids);
            for (var token = 0; token < logProbs.Length; token++)
            {
                list.Near("token log-probs", $"text {i}, token {token + 1}", logProbs[token], record.TokenLogprobs[token], LogProbsAllowed);
            }

            list.Same("greedy tokens", $"text {i}", PlainInference.Greedy(decoder, record.Ids, GreedyTokens, decoder.Config.EosIds), record.GreedyIds);
        }

        CompareRounding(list, records, decoder);
        CompareTokens(list, folder, records);
    }

    private static void CompareRounding(CheckList list, TextRecord[] records, Decoder decoder)
    {
        if (records.All(record => record.Bf16LogprobRmsDifference is null))
        {
            return;
        }

        // One text has too few tokens for a fair comparison of noise; all of them together have enough.
        using var narrow = decoder.ForInference(DType.BFloat16);
        var (squares, recordedSquares, tokens) = (0.0, 0.0, 0);
        foreach (var record in records.Where(record => record.Bf16LogprobRmsDifference is not null && record.Ids.Length > 1))
        {
            using var scope = new TensorScope();
            var rounded = PlainInference.TokenLogProbs(PlainInference.Logits(narrow, record.Ids), record.Ids);
            squares += rounded.Zip(record.TokenLogprobs, (actual, exact) => (actual - exact) * (actual - exact)).Sum();
            recordedSquares += rounded.Length * Math.Pow(record.Bf16LogprobRmsDifference!.Value, 2);
            tokens += rounded.Length;
        }

        if (tokens > 0)
        {
            list.Near("bfloat16 log-probs", "root mean square over all tokens", Math.Sqrt(squares / tokens), 0, RoundingFactor * Math.Sqrt(recordedSquares / tokens));
        }
    }

    private static void CompareTokens(CheckList list, string folder, TextRecord[] records)
    {
        if (!File.Exists(Path.Combine(folder, "tokenizer.json")))
        {
            list.Skip($"ids of the texts: {folder} has no tokenizer.json");
            return;
        }

        var tokenizer = Tokenizer.Load(folder);
        for (var i = 0; i < records.Length; i++)
        {
            list.Same("token ids", $"text {i}", tokenizer.Encode(records[i].Text, addSpecialTokens: true), records[i].Ids);
            list.Same("decoded texts", $"text {i}", tokenizer.Decode(records[i].GreedyIds, skipSpecialTokens: false), records[i].GreedyText);
        }
    }

    private static void Verify(TextRecord record, string path, int index, DecoderConfig config)
    {
        RecordJson.WithinVocabulary(path, $"[{index}].ids", record.Ids, config.VocabularySize);
        if (record.Ids.Length == 0 || record.TokenLogprobs.Length != record.Ids.Length - 1)
        {
            throw new TSpinException($"{path}: [{index}]: {record.Ids.Length} ids with {record.TokenLogprobs.Length} log-probabilities; there must be one for every token after the first. Record it again.");
        }
    }
}
