using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>
/// Compares what a checkpoint computes for one prompt with <c>expected.safetensors</c> beside its weights: tensor <c>logits</c> [T, V], or
/// <c>hidden</c> [T, H] after the last norm for a body without a head. The proof that weights are read rightly from whatever form they came in.
/// </summary>
public static class WeightsCheck
{
    private const string RecordFile = "expected.safetensors";
    private const double Allowed = 2e-4;

    /// <summary>Runs the comparison in float32 on the CPU.</summary>
    /// <param name="folder">A Hugging Face model folder with expected.safetensors.</param>
    /// <param name="promptFile">JSON: an object whose <c>prompt</c> is the list of token ids.</param>
    /// <returns>The report; a missing or malformed file or an unsupported model is its fault.</returns>
    public static CheckReport Run(string folder, string promptFile)
    {
        var list = new CheckList();
        try
        {
            using var scope = new TensorScope();
            var prompt = RecordJson.Read<PromptRecord>(promptFile).Prompt;
            using var decoder = DecoderLoader.Load(folder);
            RecordJson.WithinVocabulary(promptFile, "prompt", prompt, decoder.Config.VocabularySize);
            if (prompt.Length == 0)
            {
                throw new TSpinException($"{promptFile}: prompt has no tokens. Record it again.");
            }

            using var record = RecordTensors.Open(Path.Combine(folder, RecordFile));
            Compare(list, record, decoder, prompt);
            return list.Report(folder);
        }
        catch (Exception error) when (error is TSpinException or TorchException)
        {
            return list.Report(folder, error.Message);
        }
    }

    private static void Compare(CheckList list, RecordTensors record, Decoder decoder, int[] prompt)
    {
        if (!record.Has("logits") && !record.Has("hidden"))
        {
            throw new TSpinException($"{record.Path}: holds neither logits nor hidden. Record it again.");
        }

        if (record.Has("logits"))
        {
            Near("logits", PlainInference.Logits(decoder, prompt), decoder.Config.VocabularySize);
        }

        if (record.Has("hidden"))
        {
            Near("hidden", PlainInference.Hidden(decoder, prompt), decoder.Config.HiddenSize);
        }

        void Near(string name, Tensor actual, int columns) =>
            list.Near(name, name, actual.ToArray<float>(), record.Float32(name, prompt.Length, columns), columns, Allowed);
    }

    private sealed record PromptRecord(int[] Prompt);
}
