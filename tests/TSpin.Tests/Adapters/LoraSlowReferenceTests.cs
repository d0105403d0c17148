using Shouldly;
using TSpin.Adapters;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Adapters;

/// <summary>
/// Training of an adapter against plain loops in float64: W + s B A is written out, log-probabilities come from <see cref="SlowDecoder"/>, gradients from differences of the loss, and the
/// losses from the papers' formulas. The reference policy of SPIN and T-SPIN-ref is the base itself, without any adapter.
/// </summary>
public sealed class LoraSlowReferenceTests
{
    private const double Alpha = 0.3;
    private const double Beta = 0.4;
    private const double LearningRate = 0.05;
    private const int Steps = 3;

    private static readonly Triplet[] Triplets = [.. Enumerable.Range(0, 2).Select(i => new Triplet(
        i, SmallModels.Ids(2 + i, 10 + (ulong)i), SmallModels.Ids(3 + i, 20 + (ulong)i), SmallModels.Ids(4 - i, 30 + (ulong)i), SmallModels.Ids(2, 40 + (ulong)i)))];

    [Theory]
    [InlineData("sft", "llama, grouped heads", new[] { "q_proj", "v_proj" })]
    [InlineData("spin", "llama, grouped heads", new[] { "k_proj", "o_proj" })]
    [InlineData("tspin", "llama, grouped heads", new[] { "v_proj", "mlp.down_proj" })]
    [InlineData("tspin-ref", "qwen3, q and k norms, window", new[] { "q_proj", "gate_proj" })]
    [InlineData("tspin", "gpt2", new[] { "c_attn" })]
    [InlineData("spin", "phi3, fused", new[] { "qkv_proj" })]
    [InlineData("sft", "gpt_neox, parallel", new[] { "dense_h_to_4h", "embed_out" })]
    [InlineData("tspin", "gemma2, soft-caps and windows", new[] { "o_proj" })]
    public void Training_is_that_of_plain_loops(string word, string family, string[] targets)
    {
        var method = Methods.Named(word);
        var config = SmallModels.All[family];
        var weights = SmallModels.Weights(config);
        using var policy = SmallModels.Decoder(config, weights);
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 1, Alpha = 2, TargetModules = targets }, policy, 5);
        policy.Adapter = adapter;
        policy.Training.RequireGradients(true);
        var slow = new SlowAdapter(config, weights, adapter);
        var origin = Triplets.Select(triplet => slow.LogProbs(triplet, adapted: false)).ToArray();

        using var optimizer = new PlainDescent(policy.Training.Parameters);
        var trainer = new Trainer(policy, method.Create(new ObjectiveSettings { Alpha = Alpha, Beta = Beta, Lambda = Alpha }, 1), optimizer, LogProbReduction.Sum, 1, null);
        var reference = trainer.Reference(Triplets);
        if ((method == Methods.Spin || method == Methods.TSpinRef))
        {
            reference.Select(row => row.Annotated).ShouldBe(origin.Select(row => row[0]), 1e-4, "with B = 0 the policy is the base");
        }

        for (var step = 1; step <= Steps; step++)
        {
            var expected = slow.Loss(method, origin);
            var metrics = trainer.Step(Triplets, reference, LearningRate, new StepPlace(1, 0, step, Steps)).Metrics;
            metrics.Loss.ShouldBe(expected, 2e-5 * Math.Max(1, Math.Abs(expected)));
            var norm = slow.Descend(method, origin);
            metrics.GradientNorm.ShouldBe(norm, 1e-4 * Math.Max(1, norm));
        }

        foreach (var (name, values) in slow.Parameters)
        {
            using var scope = new TensorScope();
            adapter.Parameters[name].Detach().ToArray<float>().Select(value => (double)value).ShouldBe(values, 1e-4, name);
        }
    }

    // An adaptive optimizer would hide a wrong scale.
    private sealed class PlainDescent(IReadOnlyDictionary<string, Tensor> parameters) : Optimizer(parameters, 0, null, null)
    {
        protected override IReadOnlyList<string> Moments => [];

        protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
        {
            foreach (var (_, values, gradient) in parameters)
            {
                values.AddInPlace(gradient, -learningRate * gradientScale);
            }
        }
    }

    private sealed class SlowAdapter
    {
        private readonly DecoderConfig _config;
        private readonly Dictionary<string, double[]> _base;
        private readonly (string Weight, string A, string B)[] _modules;

        public SlowAdapter(DecoderConfig config, Dictionary<string, double[]> weights, LoraAdapter adapter)
        {
            (_config, _base) = (config, weights);
            using var scope = new TensorScope();
            Parameters = adapter.Parameters.ToDictionary(item => item.Key, item => item.Value.Detach().ToArray<float>().Select(value => (double)value).ToArray(), StringComparer.Ordinal);
            _modules = [.. Parameters.Keys.Where(name => name.Contains(".lora_A.", StringComparison.Ordinal)).Select(a => (
                a["base_model.model.".Length..a.IndexOf(".lora_A", StringComparison.Ordinal)] + ".weight", a, a.Replace("lora_A", "lora_B", StringComparison.Ordinal)))];
        }

        public Dictionary<string, double[]> Parameters { get; }

        // y, y', y0.
        public double[] LogProbs(Triplet triplet, bool adapted)
        {
            var decoder = new SlowDecoder(_config, adapted ? Merged() : _base);
            return [.. new[] { triplet.Annotated, triplet.Synthetic!, triplet.ProtoSynthetic! }.Select(response => decoder.LogProb([.. triplet.Prompt], [.. response]))];
        }

        public double Loss(Method method, double[][] origin)
        {
            var rows = Triplets.Select(triplet => LogProbs(triplet, adapted: true)).ToArray();
            if (method == Methods.Sft)
            {
                return -rows.Sum(row => row[0]) / Triplets.Sum(triplet => triplet.Annotated.Length);
            }

            return rows.Zip(origin, (row, start) =>
            {
                var p = method == Methods.TSpin ? row : [.. row.Zip(start, (now, before) => now - before)];
                var current = Logistic(Alpha * (p[0] - p[1]));
                return method == Methods.Spin ? current : current + (Beta * Logistic(Alpha * (p[1] - p[2])));
            }).Average();
        }

        /// <summary>One step downhill; the norm of the gradient.</summary>
        public double Descend(Method method, double[][] origin)
        {
            const double h = 1e-5;
            var gradients = Parameters.ToDictionary(item => item.Key, item => item.Value.Select((_, i) =>
            {
                var values = item.Value;
                var at = values[i];
                values[i] = at + h;
                var above = Loss(method, origin);
                values[i] = at - h;
                var below = Loss(method, origin);
                values[i] = at;
                return (above - below) / (2 * h);
            }).ToArray());
            foreach (var (name, gradient) in gradients)
            {
                for (var i = 0; i < gradient.Length; i++)
                {
                    Parameters[name][i] -= LearningRate * gradient[i];
                }
            }

            return Math.Sqrt(gradients.Values.Sum(gradient => gradient.Sum(value => value * value)));
        }

        private static double Logistic(double x) => Math.Log(1 + Math.Exp(-x));

        // Rank 1 and alpha 2: W + 2 B A, or transposed where the base keeps [in, out].
        private Dictionary<string, double[]> Merged()
        {
            var merged = new Dictionary<string, double[]>(_base, StringComparer.Ordinal);
            foreach (var (weight, aName, bName) in _modules)
            {
                var (a, b) = (Parameters[aName], Parameters[bName]);
                var transposed = _config.TransposedProjections;
                merged[weight] = [.. _base[weight].Select((value, i) => value + (2 * (transposed ? a[i / b.Length] * b[i % b.Length] : b[i / a.Length] * a[i % a.Length])))];
            }

            return merged;
        }
    }
}
