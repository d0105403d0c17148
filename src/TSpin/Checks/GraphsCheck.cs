using TSpin.Generation;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares the answers of a model whose decode steps are CUDA graphs with those of the same model without, in float32: a few short random prompts, sampled, with
/// places that are filled again. On the CPU, which has no graphs, the operations that a graph would record take their place.
/// </summary>
public static class GraphsCheck
{
    private const double LogProbAllowed = 1e-4;
    private const int Prompts = 9;
    private const int Places = 4;
    private const int LongestPrompt = 12;
    private const int LongestAnswer = 150; // beyond the fewest slots that a graph looks at
    private const ulong Seed = 1;

    /// <summary>Runs the comparison.</summary>
    /// <param name="folder">A model's folder or GGUF file.</param>
    /// <param name="device">Where to compute. Default: the CPU.</param>
    /// <returns>The report; a model that cannot be read, or a device without graphs, is its fault.</returns>
    public static CheckReport Run(string folder, Device device = default)
    {
        var list = new CheckList();
        try
        {
            if (device.IsCuda && !CudaGraph.IsAvailable)
            {
                throw new TSpinException("The native library was built without CUDA graphs: no CUDA headers were found beside libtorch (docs/gpu.md, Build).");
            }

            if (!device.IsCuda)
            {
                list.Skip("graphs: the CPU has none; what they would record was run instead");
            }

            Compare(list, folder, device);
            return list.Report(folder);
        }
        catch (Exception error) when (error is TSpinException or TorchException)
        {
            return list.Report(folder, error.Message);
        }
    }

    private static void Compare(CheckList list, string folder, Device device)
    {
        using var decoder = DecoderLoader.Load(folder, device: device);
        var prompts = RandomPrompts(decoder.Config);
        var with = Answers(decoder, prompts, device.IsCuda ? GraphUse.AtOnce : GraphUse.Unrecorded);
        var without = Answers(decoder, prompts, GraphUse.Off);
        foreach (var (a, b) in with.Zip(without))
        {
            list.Same("tokens", $"prompt {a.Index}", a.Tokens, b.Tokens);
            foreach (var (n, (actual, expected)) in a.LogProbs.Zip(b.LogProbs).Index())
            {
                list.Near("log-probs", $"prompt {a.Index}, token {n}", actual, expected, LogProbAllowed);
            }
        }
    }

    private static Response[] Answers(Decoder decoder, PromptTokens[] prompts, GraphUse use) =>
        [.. new Generator(decoder, null, new SamplingOptions { MaxNewTokens = LongestAnswer, BatchSize = Places }) { Graphs = use }
            .Generate(prompts, new ResponseSeeds(Seed, "check graphs")).OrderBy(response => response.Index)];

    private static PromptTokens[] RandomPrompts(DecoderConfig config)
    {
        var random = new RandomStream(Seed);
        var longest = Math.Clamp(config.LongestSequence / 2, 1, LongestPrompt);
        return [.. Enumerable.Range(0, Prompts).Select(index => new PromptTokens(index, [.. Enumerable.Range(0, 1 + random.NextInt(longest)).Select(_ => random.NextInt(config.VocabularySize))]))];
    }
}
