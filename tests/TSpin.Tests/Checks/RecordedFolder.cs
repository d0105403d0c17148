using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Safetensors;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;

namespace TSpin.Tests.Checks;

/// <summary>A model folder with a record made by the plain loops of <see cref="SlowDecoder"/>, for the check to agree with.</summary>
internal sealed class RecordedFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RecordedFolder()
    {
        var weights = SmallModels.Weights(SmallModels.Base).ToDictionary(pair => pair.Key, pair => pair.Value.Select(value => (double)(float)value).ToArray());
        using var decoder = SmallModels.Decoder(SmallModels.Base, weights);
        DecoderConfigWriter.Write(SmallModels.Base, Path);
        DecoderSaver.SaveWeights(decoder, Path);
        var slow = new SlowDecoder(SmallModels.Base, weights);

        int[][] prompts = [SmallModels.Ids(1), SmallModels.Ids(6, 2)];
        var logits = prompts.Select(slow.Logits).ToArray();
        Record = new JsonObject
        {
            ["family"] = "llama",
            ["prompts"] = Json(prompts),
            ["token_logprobs"] = Json(prompts.Select((prompt, k) => prompt.Skip(1).Select((id, i) => SlowDecoder.LogSoftmax(logits[k][i], id)))),
            ["greedy"] = new JsonArray(
                Greedy(slow, prompts[1], 5, same: true), Greedy(slow, prompts[0], 2, same: false)),
            ["triplet"] = TripletOf(weights),
        };
        // What a recorder's own cache would have made of it: not ours to match.
        Record["greedy"]![1]!["tokens"] = Json(new[] { 18, 18 });
        Save();
        SafetensorsWriter.Write(this["expected.safetensors"], [.. logits.Select((rows, k) =>
            WeightToWrite.FromValues($"logits.{k}", WeightType.Float32, [rows.Length, rows[0].Length], rows.SelectMany(row => row).Select(value => (float)value).ToArray()))],
            SafetensorsWriter.TransformersMetadata);
    }

    public string Path => _folder.Path;

    public JsonObject Record { get; }

    public string this[string name] => _folder[name];

    public void Save() => File.WriteAllText(this["expected.json"], Record.ToJsonString());

    public void Dispose() => _folder.Dispose();

    private static JsonNode Json<T>(T value) => JsonSerializer.SerializeToNode(value)!;

    private static JsonObject Greedy(SlowDecoder slow, int[] prompt, int count, bool same)
    {
        List<int> ids = [.. prompt];
        for (var i = 0; i < count; i++)
        {
            var last = slow.Logits([.. ids])[^1];
            ids.Add(Array.IndexOf(last, last.Max()));
        }

        return new JsonObject { ["prompt"] = Json(prompt), ["tokens"] = Json(ids.Skip(prompt.Length)), ["smallest_lead"] = 1.0, ["same_without_cache"] = same };
    }

    // The gradients are autograd's in float64; DecoderTests compare those with finite differences of the loops.
    private static JsonObject TripletOf(Dictionary<string, double[]> weights)
    {
        var triplet = new Triplet(0, SmallModels.Ids(4, 3), [4, 5, 6], [7, 8], [9]);
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(SmallModels.Base, weights, DType.Float64);
        decoder.Training.RequireGradients(true);
        var sums = new PaddedForward().Run(decoder, [triplet]);
        var loss = new TSpinObjective(0.02, 0.5, Link.Logistic).Evaluate(new SequenceLogProbs(sums.Annotated, sums.Synthetic, sums.ProtoSynthetic)).PerExample.Sum();
        loss.Backward();
        var gradients = new JsonObject();
        foreach (var (name, parameter) in decoder.Parameters)
        {
            var gradient = parameter.Grad()!.ToArray<double>();
            gradients[name] = new JsonObject
            {
                ["norm"] = Math.Sqrt(gradient.Sum(value => value * value)),
                ["dot_weight"] = gradient.Zip(weights[name], (a, b) => a * b).Sum(),
            };
        }

        return new JsonObject
        {
            ["prompt"] = Json(triplet.Prompt),
            ["annotated"] = Json(triplet.Annotated),
            ["synthetic"] = Json(triplet.Synthetic),
            ["proto_synthetic"] = Json(triplet.ProtoSynthetic),
            ["alpha"] = 0.02,
            ["beta"] = 0.5,
            ["loss"] = "logistic",
            ["logprob_annotated"] = sums.Annotated.Item(),
            ["logprob_synthetic"] = sums.Synthetic!.Item(),
            ["logprob_proto_synthetic"] = sums.ProtoSynthetic!.Item(),
            ["value"] = loss.Item(),
            ["gradients"] = gradients,
        };
    }
}
