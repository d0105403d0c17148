using System.Reflection;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

/// <summary>Every differentiable operation's gradient against central differences, float64.</summary>
public sealed class GradientTests
{
    // Inputs lie in [low, high); kinks (0 of Abs, ties of Maximum) are not hit by the spread values.
    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["op_Addition(Tensor)"] = new(x => x[0] + x[1], [[2, 3], [3]]),
        ["op_Addition(number)"] = new(x => x[0] + 0.7, [[2, 3]]),
        ["op_Subtraction(Tensor)"] = new(x => x[0] - x[1], [[2, 1], [2, 3]]),
        ["op_Subtraction(number)"] = new(x => x[0] - 0.7, [[2, 3]]),
        ["op_Multiply(Tensor)"] = new(x => x[0] * x[1], [[2, 3], [2, 1]]),
        ["op_Multiply(same)"] = new(x => x[0] * x[0], [[2, 3]]),
        ["op_Multiply(number)"] = new(x => x[0] * -1.7, [[2, 3]]),
        ["op_Division(Tensor)"] = new(x => x[0] / x[1], [[2, 3], [3]], 0.5),
        ["op_Division(number)"] = new(x => x[0] / 3, [[2, 3]]),
        ["op_UnaryNegation"] = new(x => -x[0], [[4]]),
        ["Exp"] = new(x => x[0].Exp(), [[5]]),
        ["Log"] = new(x => x[0].Log(), [[5]], 0.2),
        ["Sqrt"] = new(x => x[0].Sqrt(), [[5]], 0.2),
        ["ReciprocalSqrt"] = new(x => x[0].ReciprocalSqrt(), [[5]], 0.2),
        ["Square"] = new(x => x[0].Square(), [[5]]),
        ["Abs"] = new(x => x[0].Abs(), [[5]]),
        ["Sigmoid"] = new(x => x[0].Sigmoid(), [[5]]),
        ["LogSigmoid"] = new(x => x[0].LogSigmoid(), [[5]]),
        ["LogSigmoid(large)"] = new(x => x[0].LogSigmoid(), [[5]], -40, 40),
        ["Silu"] = new(x => x[0].Silu(), [[5]]),
        ["Tanh"] = new(x => x[0].Tanh(), [[5]]),
        ["Relu"] = new(x => x[0].Relu(), [[6]]),
        ["Gelu"] = new(x => x[0].Gelu(), [[5]]),
        ["GeluTanh"] = new(x => x[0].GeluTanh(), [[5]]),
        ["Sin"] = new(x => x[0].Sin(), [[5]]),
        ["Cos"] = new(x => x[0].Cos(), [[5]]),
        ["Pow(3)"] = new(x => x[0].Pow(3), [[5]]),
        ["Pow(-0.5)"] = new(x => x[0].Pow(-0.5), [[5]], 0.3),
        ["Maximum(Tensor)"] = new(x => Tensor.Maximum(x[0], x[1]), [[2, 3], [3]]),
        ["Maximum(dimension)"] = new(x => x[0].Maximum(1), [[3, 4]]),
        ["Clamp"] = new(x => x[0].Clamp(-0.8, 1.1), [[8]]),
        ["AddInPlace"] = new(x => (x[0] * 1.5).AddInPlace(x[1], -0.3), [[2, 3], [3]]),
        ["MultiplyInPlace"] = new(x => (x[0] + 0).MultiplyInPlace(2.5), [[3]]),
        ["AddProductInPlace"] = new(x => (x[0] + 0).AddProductInPlace(x[1], x[2], 0.7), [[3], [3], [3]]),
        ["AddQuotientInPlace"] = new(x => (x[0] + 0).AddQuotientInPlace(x[1], x[2], 0.7), [[3], [3], [3]], 0.5),
        ["Sum"] = new(x => x[0].Sum(), [[2, 3]]),
        ["Sum(dimension)"] = new(x => x[0].Sum(0) + x[0].Sum(1, keep: true), [[2, 3]]),
        ["Mean"] = new(x => x[0].Mean(), [[2, 3]]),
        ["Mean(dimension)"] = new(x => x[0].Mean(1), [[2, 3]]),
        ["LogSumExp"] = new(x => x[0].LogSumExp(1), [[2, 4]]),
        ["Softmax"] = new(x => x[0].Softmax(-1), [[2, 4]]),
        ["LogSoftmax"] = new(x => x[0].LogSoftmax(0), [[4, 2]]),
        ["CumulativeSum"] = new(x => x[0].CumulativeSum(1), [[2, 4]]),
        ["TopK"] = new(x => x[0].TopK(2, 1).Values, [[2, 5]]),
        ["SortDescending"] = new(x => x[0].SortDescending(1).Values, [[2, 4]]),
        ["Reshape"] = new(x => x[0].Reshape(3, -1), [[2, 3]]),
        ["Transpose"] = new(x => x[0].Transpose(0, 2), [[2, 3, 2]]),
        ["Unsqueeze"] = new(x => x[0].Unsqueeze(1), [[3]]),
        ["Squeeze"] = new(x => x[0].Squeeze(0), [[1, 3]]),
        ["Expand"] = new(x => x[0].Expand(2, 3), [[2, 1]]),
        ["Narrow"] = new(x => x[0].Narrow(1, 1, 2), [[2, 4]]),
        ["Select"] = new(x => x[0].Select(1, -1), [[2, 3]]),
        ["Concatenate"] = new(x => Tensor.Concatenate([x[0], x[1], x[0]], 1), [[2, 1], [2, 2]]),
        ["Stack"] = new(x => Tensor.Stack([x[0], x[1]], 0), [[2], [2]]),
        ["IndexSelect"] = new(x => x[0].IndexSelect(0, Given.Int64([4], 2, 0, 2, 2)), [[3, 2]]),
        ["IndexCopy"] = new(x => (x[0] + 0).IndexCopy(0, Given.Int64([2], 2, 0), x[1]), [[3, 2], [2, 2]]),
        ["Scatter"] = new(x => (x[0] + 0).Scatter(1, Given.Int64([2, 1], 2, 0), x[1]), [[2, 3], [2, 1]]),
        ["IndexAdd"] = new(x => x[0].IndexAdd(0, Given.Int64([3], 1, 1, 0), x[1]), [[2, 3], [3, 3]]),
        ["Gather"] = new(x => x[0].Gather(1, Given.Int64([2, 3], 0, 0, 3, 2, 1, 2)), [[2, 4]]),
        ["MaskedFill"] = new(x => x[0].MaskedFill(Given.Bool([3], true, false, true), -9), [[2, 3]]),
        ["Where"] = new(x => Tensor.Where(Given.Bool([3], true, false, true), x[0], x[1]), [[2, 3], [3]]),
        ["RepeatInterleave"] = new(x => x[0].RepeatInterleave(3, 0), [[2, 2]]),
        ["LowerTriangle"] = new(x => x[0].LowerTriangle(1), [[3, 4]]),
        ["Clone"] = new(x => x[0].Clone(), [[3]]),
        ["Alias"] = new(x => x[0].Alias() * 2, [[3]]),
        ["Contiguous"] = new(x => x[0].Transpose(0, 1).Contiguous(), [[2, 3]]),
        ["To"] = new(x => x[0].To(DType.Float64, Device.Cpu, copy: true), [[3]]),
        ["CopyFrom"] = new(x => (x[0] + 0).CopyFrom(x[1]), [[2, 3], [3]]),
        ["Fill"] = new(x => Filled(x[0] + 0), [[2, 3]]),
        ["MatMul"] = new(x => Layers.MatMul(x[0], x[1]), [[2, 1, 2, 3], [2, 3, 2]]),
        ["MatMul(vector)"] = new(x => Layers.MatMul(x[0], x[1]), [[2, 3], [3]]),
        ["Linear"] = new(x => Layers.Linear(x[0], x[1], x[2]), [[2, 2, 3], [4, 3], [4]]),
        ["Linear(no bias)"] = new(x => Layers.Linear(x[0], x[1]), [[2, 3], [4, 3]]),
        ["Embedding"] = new(x => Layers.Embedding(x[0], Given.Int64([2, 2], 3, 0, 3, 1)), [[4, 2]]),
        ["RmsNorm"] = new(x => Layers.RmsNorm(x[0], x[1], 0.01), [[2, 4], [4]]),
        ["RmsNorm(fused)"] = new(x => FusedLayers.RmsNorm(x[0], x[1], 0.01), [[2, 4], [4]]),
        ["RmsNorm(fused, 1 + weight)"] = new(x => FusedLayers.RmsNorm(x[0], x[1], 0.01, plusOne: true), [[70, 3], [3]]),
        ["SwiGlu"] = new(x => FusedLayers.SwiGlu(x[0], x[1]), [[2, 4], [2, 4]]),
        ["SwiGluLinear"] = new(x => FusedLayers.SwiGluLinear(x[0], x[1], x[2]), [[2, 4], [2, 4], [3, 4]]),
        ["SwiGluLinear(bias, views)"] = new(x => FusedLayers.SwiGluLinear(x[0].Narrow(1, 0, 2), x[0].Narrow(1, 2, 2), x[1], x[2]), [[3, 4], [5, 2], [5]]),
        ["RmsNormLinear"] = new(
            x =>
            {
                var all = FusedLayers.RmsNormLinear(x[0], x[1], 1e-5, plusOne: true, [(x[2], null), (x[3], x[4]), (x[5], x[6])]);
                return all[0].Sum() + (all[1] * all[1]).Sum() + (all[2] * 0.5).Sum();
            },
            [[2, 3, 4], [4], [2, 4], [5, 4], [5], [1, 4], [1]]),
        ["RmsNormLinear(one unused)"] = new(x => FusedLayers.RmsNormLinear(x[0], x[1], 1e-5, plusOne: false, [(x[2], null), (x[2], x[3])])[1], [[3, 4], [4], [2, 4], [2]]),
        ["SwiGlu(views)"] = new(x => FusedLayers.SwiGlu(x[0].Narrow(1, 0, 2), x[0].Narrow(1, 2, 2)), [[3, 4]]),
        ["LogProbHead"] = new(x => FusedLayers.LogProbHead(x[0], x[1], Given.Int64([3], 4, 0, 2)), [[3, 2], [5, 2]]),
        ["SegmentAttention"] = new(x => FusedLayers.SegmentAttention(x[0], x[1], x[2], null, [new(0, 2), new(2, 3, 0)], 0.7), [[5, 2, 3], [5, 1, 3], [5, 1, 3]]),
        ["Rotate"] = new(x => Layers.Rotate(x[0], x[1], x[2]), [[1, 2, 3, 4], [3, 4], [3, 4]]),
    };

    // Members that return tensors but have no gradient to check: sources, comparisons, indices, handles and fillers.
    private static readonly string[] WithoutGradient =
    [
        "PackWeights", "PackedLinear", "Sample", "From", "FromBytes", "FromPointer", "Full", "Zeros", "Empty", "Range", "Grad", "Detach", "ArgMax", "IsFinite", "LogicalNot",
        "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "EqualTo", "NotEqualTo", "LogicalAnd", "LogicalOr", "FillNormal", "FillUniform",
    ];

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Equals_central_differences(string name)
    {
        using var scope = new TensorScope();
        var (function, shapes, low, high) = Cases[name];
        Tensor[] inputs = [.. shapes.Select((shape, i) => Given.Spread(shape, low, high, salt: i))];
        foreach (var input in inputs)
        {
            input.RequiresGrad = true;
        }

        // Unequal weights on the outputs, so that a permuted or summed gradient shows.
        var output = function(inputs);
        var weights = Given.Spread(output.Shape, -1, 1, salt: 11);
        (output * weights).Sum().Backward();

        using var off = GradMode.Off();
        for (var i = 0; i < inputs.Length; i++)
        {
            var gradient = inputs[i].Grad().ShouldNotBeNull($"{name}: input {i} has no gradient");
            gradient.Shape.ShouldBe(inputs[i].Shape);
            var actual = gradient.ToArray<double>();
            for (var element = 0; element < actual.Length; element++)
            {
                var expected = CentralDifference(function, inputs, weights, i, element);
                actual[element].ShouldBe(expected, 2e-8 * Math.Max(1, Math.Abs(expected)), $"{name}: input {i}, element {element}");
            }
        }
    }

    [Fact]
    public void Table_covers_every_operation()
    {
        var covered = Cases.Keys.Select(name => name.Split('(')[0]).Concat(WithoutGradient).ToHashSet(StringComparer.Ordinal);
        var operations = new[] { typeof(Tensor), typeof(Layers), typeof(FusedLayers) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(Tensor) || method.ReturnType == typeof((Tensor, Tensor)))
            .Select(method => method.Name)
            .Distinct();
        operations.Where(name => !covered.Contains(name)).ShouldBeEmpty();
    }

    private static double CentralDifference(Func<Tensor[], Tensor> function, Tensor[] inputs, Tensor weights, int changed, int element)
    {
        const double step = 1e-5;
        return (ValueAt(step) - ValueAt(-step)) / (2 * step);

        double ValueAt(double offset)
        {
            using var inner = new TensorScope();
            var values = inputs[changed].ToArray<double>();
            values[element] += offset;
            Tensor[] moved = [.. inputs];
            moved[changed] = Tensor.From<double>(values, inputs[changed].Shape);
            return (function(moved) * weights).Sum().Item();
        }
    }

    private static Tensor Filled(Tensor tensor)
    {
        tensor.Narrow(1, 0, 1).Fill(5);
        return tensor;
    }

    private sealed record Case(Func<Tensor[], Tensor> Function, long[][] Shapes, double Low = -2, double High = 2);
}
