using System.Diagnostics;
using System.Globalization;
using System.Text;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Scoring;
using TSpin.Tokenizers;

namespace TSpin.Bench;

/// <summary>What comes before a step's arithmetic: texts to token ids, the order, the passes, the layout of their rows. One thread, nothing overlapped.</summary>
/// <param name="TokenizeSeconds">Texts of as many tokens as the step's prompts and responses have.</param>
/// <param name="PlanSeconds">Shuffle of an epoch of 1,000 steps (its share of one step), passes, packed rows.</param>
/// <param name="StepSeconds">The step that it is compared with.</param>
internal sealed record PlanningCost(double TokenizeSeconds, double PlanSeconds, double StepSeconds)
{
    private const int Steps = 1000;

    public double ShareOfStep => (TokenizeSeconds + PlanSeconds) / StepSeconds;

    public static PlanningCost Measure(BenchShape shape, double stepSeconds)
    {
        var batch = TSpinWorker.TripletsOf(BenchWork.Of(shape with { Jitter = true }, "", 1).Triplets);
        return new PlanningCost(Tokenize(batch.Sum(PassPlan.PackedTokens)), Plan(batch), stepSeconds);
    }

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"tiny: tokenization {1e3 * TokenizeSeconds:F2} ms and planning {1e3 * PlanSeconds:F2} ms, {100 * ShareOfStep:F2}% of a step's {1e3 * StepSeconds:F0} ms if nothing were overlapped");

    // Words of letters with English lengths, split by a tokenizer that was trained on others of them.
    private static double Tokenize(int tokens)
    {
        var folder = Directory.CreateTempSubdirectory("tspin-bench");
        try
        {
            var file = Path.Combine(folder.FullName, "tokenizer.json");
            BpeTrainer.Train([.. Enumerable.Range(0, 200).Select(i => Text(1000, (ulong)i))], 2048, ["<|end|>"], file);
            var tokenizer = Tokenizer.Load(file);
            var sample = Text(4000, 1000);
            var bytesPerToken = (double)sample.Length / tokenizer.Encode(sample, addSpecialTokens: false).Length;
            var text = Text((int)(tokens * bytesPerToken), 1001);
            return Typical(() => tokenizer.Encode(text, addSpecialTokens: false));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Plan(Triplet[] batch)
    {
        const int tokensPerPass = 1024;
        var order = Typical(() =>
        {
            foreach (var _ in BatchOrder.Batches(batch.Length * Steps, batch.Length, 1, 1, 0))
            {
            }
        });
        return (order / Steps) + Typical(() =>
        {
            foreach (var pass in PassPlan.Of(batch, tokensPerPass))
            {
                PackedForward.Lay([.. pass.Select(index => batch[index])]);
            }
        });
    }

    private static string Text(int length, ulong seed)
    {
        var random = new RandomStream(seed);
        var text = new StringBuilder();
        while (text.Length < length)
        {
            for (var letters = random.NextInt(1, 9); letters > 0; letters--)
            {
                // The lesser of two draws: letters come unequally often.
                text.Append((char)('a' + Math.Min(random.NextInt(0, 25), random.NextInt(0, 25))));
            }

            text.Append(' ');
        }

        return text.ToString();
    }

    // Median of several, after some that let the compiler finish.
    private static double Typical(Action action)
    {
        const int uncounted = 5;
        var seconds = new List<double>();
        for (var i = 0; i < uncounted + 11; i++)
        {
            var clock = Stopwatch.StartNew();
            action();
            if (i >= uncounted)
            {
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }

        return Measurement.MedianOf(seconds);
    }
}
