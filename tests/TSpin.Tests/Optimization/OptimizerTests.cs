using Shouldly;
using TSpin.Optimization;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

public sealed class OptimizerTests
{
    private static readonly double[] Weights = [1.0, -2.0, 0.5, 3.0];

    // One row per step; a gradient of exactly 0 among them.
    private static readonly double[][] Gradients = [[0.1, -3, 0, 1e-6], [0.2, 1, 5, -1e-6], [-0.3, 0.5, -4, 1e-6], [0.1, 0.2, 0.3, 0.4], [1, -1, 1, -1]];

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void AdamW_is_torchs(double decay)
    {
        var (w, m, v) = (Weights.ToArray(), new double[4], new double[4]);
        var actual = Run(parameters => new AdamW(parameters, 0.9, 0.99, 1e-8, decay), Gradients);

        for (var t = 1; t <= Gradients.Length; t++)
        {
            for (var i = 0; i < w.Length; i++)
            {
                var g = Gradients[t - 1][i];
                w[i] -= Rate(t) * decay * w[i];
                m[i] = (0.9 * m[i]) + (0.1 * g);
                v[i] = (0.99 * v[i]) + (0.01 * g * g);
                w[i] -= Rate(t) * (m[i] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.99, t))) + 1e-8);
            }
        }

        actual.ShouldBe(w, 1e-12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void RMSprop_is_torchs(double decay)
    {
        var (w, s) = (Weights.ToArray(), new double[4]);
        var actual = Run(parameters => new RmsProp(parameters, 0.95, 1e-8, decay), Gradients);

        for (var t = 1; t <= Gradients.Length; t++)
        {
            for (var i = 0; i < w.Length; i++)
            {
                var g = Gradients[t - 1][i] + (decay * w[i]);
                s[i] = (0.95 * s[i]) + (0.05 * g * g);
                w[i] -= Rate(t) * g / (Math.Sqrt(s[i]) + 1e-8);
            }
        }

        actual.ShouldBe(w, 1e-12);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.RmsProp)]
    public void A_restored_optimizer_continues_bit_for_bit(OptimizerKind kind)
    {
        var settings = new TrainingSettings { Optimizer = kind, WeightDecay = 0.01 };
        var whole = Run(parameters => Optimizer.For(settings, parameters), Gradients);

        using var scope = new TensorScope();
        var weight = Leaf(Weights);
        var parameters = new Dictionary<string, Tensor> { ["w"] = weight };
        using var first = Optimizer.For(settings, parameters);
        Steps(first, weight, Gradients[..2], 0);
        using var second = Optimizer.For(settings, parameters);
        second.Restore(first.StepsDone, first.State);
        second.StepsDone.ShouldBe(2);
        Steps(second, weight, Gradients[2..], 2);

        weight.Detach().ToArray<double>().ShouldBe(whole);
    }

    [Fact]
    public void Decay_can_spare_biases_and_norms_as_transformers_does()
    {
        string[] names = ["model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.bias", "model.layers.0.input_layernorm.weight", "transformer.h.0.ln_1.weight", "lm_head.weight"];
        Moved(spare: false).ShouldBe([true, true, true, true, true]);
        Moved(spare: true).ShouldBe([true, false, false, false, true]);

        // A zero gradient: AdamW moves a weight by its decay alone.
        bool[] Moved(bool spare)
        {
            using var scope = new TensorScope();
            var parameters = names.ToDictionary(name => name, name => Leaf(Weights, isMatrix: name.EndsWith("q_proj.weight", StringComparison.Ordinal) || name == "lm_head.weight"));
            using var optimizer = Optimizer.For(new TrainingSettings { Optimizer = OptimizerKind.AdamW, WeightDecay = 0.5, DecayBiasesAndNorms = !spare }, parameters);
            foreach (var parameter in parameters.Values)
            {
                (parameter * 0.0).Sum().Backward();
            }

            optimizer.Step(0.1);
            return [.. names.Select(name => parameters[name].Detach().ToArray<double>()[0] != Weights[0])];
        }
    }

    [Fact]
    public void A_parameter_without_gradient_stays()
    {
        using var scope = new TensorScope();
        var parameters = new Dictionary<string, Tensor> { ["used"] = Leaf(Weights), ["unused"] = Leaf(Weights) };
        using var optimizer = new AdamW(parameters, weightDecay: 0.5);
        parameters["used"].Sum().Backward();

        optimizer.Step(0.1);

        parameters["unused"].Detach().ToArray<double>().ShouldBe(Weights);
        parameters["used"].Detach().ToArray<double>().ShouldNotBe(Weights);
        optimizer.State.Keys.ShouldAllBe(key => key.StartsWith("used.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, 13.0, 1.0)]
    [InlineData(20.0, 13.0, 1.0)]
    [InlineData(6.5, 13.0, 0.5)]
    public void Clipping_scales_all_gradients_together(double? limit, double norm, double factor)
    {
        using var scope = new TensorScope();
        Tensor[] parameters = [Leaf([1, 1]), Leaf([1]), Leaf([5])];
        ((parameters[0] * Tensor.From([3.0, 4.0])).Sum() + (parameters[1] * 12).Sum()).Backward();

        var (measured, scale) = GradientNorm.Measure(parameters.Select(parameter => parameter.Grad()), limit);

        measured.ShouldBe(norm, 1e-12);
        scale.ShouldBe(factor, 1e-6);
        using var optimizer = new RmsProp(new Dictionary<string, Tensor> { ["a"] = parameters[1], ["unused"] = parameters[2] }, alpha: 0);
        optimizer.Step(0, scale);
        optimizer.State["a.square_avg"].Item().ShouldBe(12 * factor * 12 * factor, 1e-3);
    }

    [Fact]
    public void Gradients_that_are_not_finite_are_not_scaled()
    {
        using var scope = new TensorScope();
        var parameter = Leaf([1, 2]);
        (parameter * Tensor.From([double.NaN, 3.0])).Sum().Backward();

        GradientNorm.Measure([parameter.Grad()], 1).ShouldBe((double.NaN, 1));
    }

    [Fact]
    public void Learning_rates_are_transformers()
    {
        Rates(LearningRateSchedule.Linear).ShouldBe([0, 0.5, 1, 0.75, 0.5, 0.25], 1e-15);
        Rates(LearningRateSchedule.Cosine).ShouldBe([0, 0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627], 1e-15);
        Rates(LearningRateSchedule.Constant).ShouldBe([0, 0.5, 1, 1, 1, 1]);
        LearningRate.Factor(0, 1, 0, LearningRateSchedule.Linear).ShouldBe(1);
        LearningRate.WarmupSteps(10, 0.1).ShouldBe(1);
        LearningRate.WarmupSteps(11, 0.1).ShouldBe(2, "rounded up");
        LearningRate.WarmupSteps(10, 0).ShouldBe(0);

        static double[] Rates(LearningRateSchedule schedule) => [.. Enumerable.Range(0, 6).Select(step => LearningRate.Factor(step, 6, 2, schedule))];
    }

    private static double Rate(int step) => 0.01 * step;

    private static Tensor Leaf(double[] values, bool isMatrix = false)
    {
        var tensor = isMatrix ? Tensor.From<double>(values, [1, values.Length]) : Tensor.From(values);
        tensor.RequiresGrad = true;
        return tensor;
    }

    private static double[] Run(Func<IReadOnlyDictionary<string, Tensor>, Optimizer> make, double[][] gradients)
    {
        using var scope = new TensorScope();
        var weight = Leaf(Weights);
        using var optimizer = make(new Dictionary<string, Tensor> { ["w"] = weight });
        Steps(optimizer, weight, gradients, 0);
        return weight.Detach().ToArray<double>();
    }

    private static void Steps(Optimizer optimizer, Tensor weight, double[][] gradients, int done)
    {
        foreach (var gradient in gradients)
        {
            weight.ClearGrad();
            (weight * Tensor.From(gradient)).Sum().Backward();
            optimizer.Step(Rate(++done));
        }
    }
}
