using System.Text.Json.Serialization;
using TSpin.Adapters;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares a LoRA adapter with what PEFT computed: logits with it and merged, the gradients of a triplet's loss, and a short training of AdamW steps on that triplet.
/// </summary>
public static class AdapterCheck
{
    private const double LogitsAllowed = 2e-4;
    private const double GradientRelative = 1e-4;
    private const double TrajectoryRelative = 1e-4;
    private const double MovedRelative = 1e-3;
    private const double LearningRate = 5e-3;

    /// <summary>Runs the comparison.</summary>
    /// <param name="folder">PEFT's folder with expected.json and expected.safetensors beside the adapter.</param>
    /// <param name="baseFolder">The base model's folder.</param>
    /// <returns>The report; a missing or malformed file is its fault.</returns>
    public static CheckReport Run(string folder, string baseFolder)
    {
        var list = new CheckList();
        try
        {
            Compare(list, folder, baseFolder);
            return list.Report(folder);
        }
        catch (TSpinException error)
        {
            return list.Report(folder, error.Message);
        }
    }

    private static void Compare(CheckList list, string folder, string baseFolder)
    {
        using var outer = new TensorScope();
        var recordPath = Path.Combine(folder, "expected.json");
        var record = RecordJson.Read<AdapterRecord>(recordPath);
        using var tensors = RecordTensors.Open(Path.Combine(folder, "expected.safetensors"));
        using var decoder = DecoderLoader.Load(baseFolder);
        foreach (var (where, ids) in new[] { ("prompt", record.Prompt), ("triplet.prompt", record.Triplet.Prompt), ("triplet.annotated", record.Triplet.Annotated), ("triplet.synthetic", record.Triplet.Synthetic), ("triplet.proto_synthetic", record.Triplet.ProtoSynthetic) })
        {
            RecordJson.WithinVocabulary(recordPath, where, ids, decoder.Config.VocabularySize);
        }

        using var adapter = LoraAdapter.Load(folder, decoder);
        decoder.Adapter = adapter;
        if (record.TrainableParameters is { } trainable)
        {
            list.Same("trainable parameters", "sum", decoder.Training.Parameters.Values.Sum(parameter => parameter.ElementCount).ToString(System.Globalization.CultureInfo.InvariantCulture), trainable.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Logits(list, "logits", record, tensors, decoder);
        Train(list, record, decoder);

        // The trained adapter is of no use for merging: read it anew.
        using var untrained = LoraAdapter.Load(folder, decoder);
        decoder.Adapter = null;
        untrained.MergeInto(decoder);
        Logits(list, "logits_merged", record, tensors, decoder);
    }

    private static void Logits(CheckList list, string name, AdapterRecord record, RecordTensors tensors, Decoder decoder)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Off();
        var vocabulary = decoder.Config.VocabularySize;
        list.Near(name.Replace('_', ' '), name, PlainInference.Logits(decoder, record.Prompt).ToArray<float>(), tensors.Float32(name, record.Prompt.Length, vocabulary), vocabulary, LogitsAllowed);
    }

    private static void Train(CheckList list, AdapterRecord record, Decoder decoder)
    {
        var triplet = new Triplet(0, record.Triplet.Prompt, record.Triplet.Annotated, record.Triplet.Synthetic, record.Triplet.ProtoSynthetic);
        var objective = new TSpinObjective(record.Triplet.Alpha, record.Triplet.Beta, Link.Logistic);
        decoder.Training.RequireGradients(true);
        Gradients(list, record, decoder, triplet, objective);
        var initial = decoder.Training.Parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.Detach().Clone(), StringComparer.Ordinal);
        using var optimizer = new AdamW(decoder.Training.Parameters, 0.9, 0.999, 1e-8, 0);
        var trainer = new Trainer(decoder, objective, optimizer, LogProbReduction.Sum, 1, clipNorm: null);
        for (var step = 0; step < record.Steps.Length; step++)
        {
            var metrics = trainer.Step([triplet], null, LearningRate, new StepPlace(0, 0, step + 1, record.Steps.Length)).Metrics;
            var expected = record.Steps[step];
            list.Near("trajectory loss", $"step {step + 1}", metrics.Loss, expected.Loss, TrajectoryRelative * Math.Abs(expected.Loss));
            list.Near("trajectory gradient norm", $"step {step + 1}", metrics.GradientNorm, expected.GradientNorm, TrajectoryRelative * expected.GradientNorm);
        }

        decoder.Training.RequireGradients(false);
        foreach (var (name, moved) in record.Moved)
        {
            using var scope = new TensorScope();
            if (decoder.Training.Parameters.TryGetValue(name, out var parameter))
            {
                list.Near("moved", name, Math.Sqrt(Tensor.SumOfSquares([parameter.Detach() - initial[name]])), moved, MovedRelative * moved);
            }
        }
    }

    private static void Gradients(CheckList list, AdapterRecord record, Decoder decoder, Triplet triplet, TSpinObjective objective)
    {
        using var scope = new TensorScope();
        var sums = new PaddedForward().Run(decoder, [triplet]);
        objective.Evaluate(new SequenceLogProbs(sums.Annotated.To(DType.Float64), sums.Synthetic!.To(DType.Float64), sums.ProtoSynthetic!.To(DType.Float64))).PerExample.Sum().Backward();
        list.Same("gradient names", "triplet", Joined(decoder.Training.Parameters.Keys), Joined(record.Gradients.Keys));
        var allowed = GradientRelative * record.Gradients.Values.Select(gradient => gradient.Norm).DefaultIfEmpty(0).Max();
        foreach (var (name, gradient) in record.Gradients)
        {
            if (decoder.Training.Parameters.TryGetValue(name, out var parameter) && decoder.Training.Gradient(name) is { } actual)
            {
                list.Near("gradient norms", name, Math.Sqrt(Tensor.SumOfSquares([actual])), gradient.Norm, allowed);
                list.Near("gradient x weight", name, actual.Dot(parameter.Detach()), gradient.DotWeight, allowed);
                parameter.ClearGrad();
            }
        }

        list.Same("gradients of the base", "triplet", Joined(decoder.Parameters.Where(parameter => parameter.Value.Grad() is not null).Select(parameter => parameter.Key)), "");
    }

    private static string Joined(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));

    private sealed record AdapterRecord(
        int[] Prompt,
        AdapterTriplet Triplet,
        Dictionary<string, AdapterGradient> Gradients,
        AdapterStep[] Steps,
        Dictionary<string, double> Moved,
        [property: JsonPropertyName("trainable_parameters")] long? TrainableParameters = null);

    private sealed record AdapterTriplet(int[] Prompt, int[] Annotated, int[] Synthetic, [property: JsonPropertyName("proto_synthetic")] int[] ProtoSynthetic, double Alpha, double Beta);

    private sealed record AdapterGradient(double Norm, [property: JsonPropertyName("dot_weight")] double DotWeight);

    private sealed record AdapterStep(double Loss, [property: JsonPropertyName("gradient_norm")] double GradientNorm);
}
