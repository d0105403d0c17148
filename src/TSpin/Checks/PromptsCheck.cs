using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>Compares a model with a <see cref="ModelRecord"/>: logits, log-probabilities, greedy tokens, and a triplet's loss and gradients as the trainer computes them.</summary>
internal static class PromptsCheck
{
    private const double LogitsAllowed = 2e-4;
    private const double LogProbsAllowed = 2e-4;
    private const double LossRelative = 1e-5;
    private const double GradientRelative = 1e-4;

    public static void Run(CheckList list, string folder, string recordPath, string configFile, Device device)
    {
        using var outer = new TensorScope();
        var record = RecordJson.Read<ModelRecord>(recordPath);
        using var tensors = RecordTensors.Open(Path.ChangeExtension(recordPath, ".safetensors"));
        using var decoder = DecoderLoader.Load(folder, device: device, configFile: configFile);
        var place = configFile == "config.json" ? "" : $"{configFile}: ";
        Verify(record, recordPath, decoder.Config);

        CompareLogits(list, place, record, tensors, decoder);
        CompareGreedy(list, place, record, decoder);
        CompareTriplet(list, place, record.Triplet, decoder);
    }

    private static void Verify(ModelRecord record, string path, DecoderConfig config)
    {
        for (var i = 0; i < record.Prompts.Length; i++)
        {
            Sequence($"prompts[{i}]", record.Prompts[i], 1);
        }

        if (record.TokenLogprobs.Length != record.Prompts.Length
            || record.TokenLogprobs.Where((row, i) => row.Length != record.Prompts[i].Length - 1).Any())
        {
            throw new TSpinException($"{path}: token_logprobs does not have one number for every token after the first of every prompt. Record it again.");
        }

        for (var i = 0; i < record.Greedy.Length; i++)
        {
            Sequence($"greedy[{i}].prompt", record.Greedy[i].Prompt, 1);
            Sequence($"greedy[{i}].tokens", record.Greedy[i].Tokens, 1);
        }

        Sequence("triplet.prompt", record.Triplet.Prompt, 1);
        Sequence("triplet.annotated", record.Triplet.Annotated, 0);
        Sequence("triplet.synthetic", record.Triplet.Synthetic, 0);
        Sequence("triplet.proto_synthetic", record.Triplet.ProtoSynthetic, 0);
        if (record.Triplet.Loss is not ("logistic" or "exponential"))
        {
            throw new TSpinException($"{path}: triplet.loss: '{record.Triplet.Loss}' is unknown; known are logistic and exponential.");
        }

        void Sequence(string where, int[] ids, int least)
        {
            RecordJson.WithinVocabulary(path, where, ids, config.VocabularySize);
            if (ids.Length < least)
            {
                throw new TSpinException($"{path}: {where} is empty. Record it again.");
            }
        }
    }

    private static void CompareLogits(CheckList list, string place, ModelRecord record, RecordTensors tensors, Decoder decoder)
    {
        for (var i = 0; i < record.Prompts.Length; i++)
        {
            using var scope = new TensorScope();
            var prompt = record.Prompts[i];
            var vocabulary = decoder.Config.VocabularySize;
            var logits = PlainInference.Logits(decoder, prompt);
            list.Near("logits", $"{place}logits.{i}", logits.ToArray<float>(), tensors.Float32($"logits.{i}", prompt.Length, vocabulary), vocabulary, LogitsAllowed);
            var logProbs = PlainInference.TokenLogProbs(logits, prompt);
            for (var token = 0; token < logProbs.Length; token++)
            {
                list.Near("token log-probs", $"{place}prompt {i}, token {token + 1}", logProbs[token], record.TokenLogprobs[i][token], LogProbsAllowed);
            }
        }
    }

    private static void CompareGreedy(CheckList list, string place, ModelRecord record, Decoder decoder)
    {
        for (var i = 0; i < record.Greedy.Length; i++)
        {
            var continuation = record.Greedy[i];
            if (continuation.SameWithoutCache)
            {
                list.Same("greedy tokens", $"{place}greedy[{i}]", PlainInference.Greedy(decoder, continuation.Prompt, continuation.Tokens.Length, []), continuation.Tokens);
            }
            else
            {
                list.Skip($"{place}greedy[{i}]: the recorded tokens depend on the recorder's own cache");
            }
        }
    }

    private static void CompareTriplet(CheckList list, string place, ModelRecord.TripletGradients expected, Decoder decoder)
    {
        using var scope = new TensorScope();
        decoder.Training.RequireGradients(true);
        var sums = new PaddedForward().Run(decoder, [new Triplet(0, expected.Prompt, expected.Annotated, expected.Synthetic, expected.ProtoSynthetic)]);
        LogProb("y", sums.Annotated, expected.LogprobAnnotated);
        LogProb("y'", sums.Synthetic!, expected.LogprobSynthetic);
        LogProb("y0", sums.ProtoSynthetic!, expected.LogprobProtoSynthetic);

        var objective = new TSpinObjective(expected.Alpha, expected.Beta, expected.Loss == "logistic" ? Link.Logistic : Link.Exponential);
        var loss = objective.Evaluate(new SequenceLogProbs(
            sums.Annotated.To(DType.Float64), sums.Synthetic!.To(DType.Float64), sums.ProtoSynthetic!.To(DType.Float64))).PerExample.Sum();
        list.Near("triplet loss", $"{place}triplet", loss.Item(), expected.Value, LossRelative * Math.Abs(expected.Value));
        loss.Backward();

        var computed = decoder.Training.Parameters.Keys.Where(name => decoder.Training.Gradient(name) is not null);
        list.Same("gradient names", $"{place}triplet", Joined(computed), Joined(expected.Gradients.Keys));
        var allowed = GradientRelative * expected.Gradients.Values.Select(gradient => gradient.Norm).DefaultIfEmpty().Max();
        foreach (var (name, gradient) in expected.Gradients)
        {
            if (decoder.Training.Parameters.TryGetValue(name, out var parameter) && decoder.Training.Gradient(name) is { } actual)
            {
                list.Near("gradient norms", place + name, Math.Sqrt(Tensor.SumOfSquares([actual])), gradient.Norm, allowed);
                list.Near("gradient x weight", place + name, actual.Dot(parameter.Detach()), gradient.DotWeight, allowed);
            }
        }

        void LogProb(string which, Tensor sum, double recorded) =>
            list.Near("triplet log-probs", $"{place}triplet, {which}", sum.Item(), recorded, Math.Max(LogProbsAllowed, LossRelative * Math.Abs(recorded)));
    }

    private static string Joined(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));
}
