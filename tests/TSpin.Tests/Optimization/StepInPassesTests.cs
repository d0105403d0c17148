using Shouldly;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Scoring;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Optimization;

/// <summary>A step divided into passes by a budget of tokens is the step of the whole batch.</summary>
public sealed class StepInPassesTests
{
    // Those with a part that is divided by the step's tokens beside one that is divided by its triplets, and those
    // with one of the two.
    private static readonly Dictionary<string, Objective> Objectives = new()
    {
        ["tspin"] = new TSpinObjective(0.1, 0.1, Link.Logistic),
        ["tspin with likelihood"] = new WithLikelihood(new TSpinObjective(0.1, 0.1, Link.Logistic), 0.5),
        ["sft"] = new SftObjective(),
        ["cpo"] = new CpoObjective(0.1, 1),
        ["orpo"] = new OrpoObjective(0.1),
    };

    [Theory]
    [InlineData("tspin")]
    [InlineData("tspin with likelihood")]
    [InlineData("sft")]
    [InlineData("cpo")]
    [InlineData("orpo")]
    public void Passes_of_many_lengths_have_the_loss_and_gradients_of_the_whole_step_in_float32(string name)
    {
        var objective = Objectives[name];
        var random = new RandomStream(5);
        Triplet[] step = [.. Enumerable.Range(0, 24).Select(i => new Triplet(i, Ids(12, i), Ids(30, i + 100), Ids(30, i + 200), Ids(30, i + 300)))];
        if (objective.Responses.Contains(ResponseRole.Rejected))
        {
            step = [.. step.Select(triplet =>
                triplet with { Synthetic = null, ProtoSynthetic = null, Rejected = triplet.Synthetic })];
        }

        using var policy = SmallModels.Decoder();
        using var scope = new TensorScope();
        policy.Training.RequireGradients(true);
        var (loss, whole) = Run(int.MaxValue);

        PassPlan.Of(step, 200).Count.ShouldBeGreaterThan(4);
        var (lossInPasses, inPasses) = Run(200);

        lossInPasses.ShouldBe(loss, 1e-5 * Math.Abs(loss));
        foreach (var (parameter, gradient) in inPasses)
        {
            var expected = whole[parameter];
            var largest = expected.Max(Math.Abs);
            gradient.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * largest, parameter);
        }

        int[] Ids(int mean, int seed) => SmallModels.Ids(random.NextInt(1, 2 * mean), (ulong)seed);

        (double Loss, Dictionary<string, float[]> Gradients) Run(int tokensPerPass)
        {
            using var optimizer = new KeptGradients(policy.Parameters);
            var trainer = new Trainer(policy, objective, optimizer, LogProbReduction.Sum, step.Length, null,
                tokensPerPass: tokensPerPass);
            return (trainer.Step(step, null, 1e-3, new StepPlace(1, 0, 1, 1)).Metrics.Loss, optimizer.Gradients);
        }
    }

    private sealed class KeptGradients(IReadOnlyDictionary<string, Tensor> parameters) : Optimizer(parameters, 0, null, null)
    {
        protected override IReadOnlyList<string> Moments => [];

        public Dictionary<string, float[]> Gradients { get; } = [];

        protected override void Update(IReadOnlyList<(string Name, Tensor Values, Tensor Gradient)> parameters, double learningRate, double gradientScale)
        {
            foreach (var (name, _, gradient) in parameters)
            {
                Gradients.Add(name, gradient.Reshape(-1).ToArray<float>());
            }
        }
    }
}
