using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class ElementwiseFunctionTests
{
    private static readonly double[] Points = [-20, -3, -1, -0.5, 0, 0.5, 1, 2.5, 20];
    private static readonly double[] PositivePoints = [0.01, 0.5, 1, 2, 7.25];

    // Computed with PyTorch 1.13 in float64.
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Function, double[] Points, double[] Expected)> Recorded = new()
    {
        ["Exp"] = (x => x.Exp(), Points,
            [2.061153622438558e-09, 0.049787068367863944, 0.36787944117144233, 0.6065306597126334, 1.0, 1.6487212707001282, 2.718281828459045, 12.182493960703473, 485165195.4097903]),
        ["Sigmoid"] = (x => x.Sigmoid(), Points,
            [2.0611536181902037e-09, 0.04742587317756678, 0.2689414213699951, 0.3775406687981454, 0.5, 0.6224593312018546, 0.7310585786300049, 0.9241418199787566, 0.9999999979388463]),
        ["LogSigmoid"] = (x => x.LogSigmoid(), Points,
            [-20.000000002061153, -3.048587351573742, -1.3132616875182228, -0.9740769841801067, -0.6931471805599453, -0.4740769841801067, -0.31326168751822286, -0.07888973429254963, -2.061153620314381e-09]),
        ["Silu"] = (x => x.Silu(), Points,
            [-4.122307236380407e-08, -0.14227761953270035, -0.2689414213699951, -0.1887703343990727, 0.0, 0.3112296656009273, 0.7310585786300049, 2.3103545499468914, 19.999999958776925]),
        ["Tanh"] = (x => x.Tanh(), Points,
            [-1.0, -0.9950547536867305, -0.7615941559557649, -0.46211715726000974, 0.0, 0.46211715726000974, 0.7615941559557649, 0.9866142981514303, 1.0]),
        ["Gelu"] = (x => x.Gelu(), Points,
            [-0.0, -0.00404969409489031, -0.15865525393145702, -0.15426876936299344, 0.0, 0.34573123063700656, 0.841344746068543, 2.4844758366855597, 20.0]),
        ["GeluTanh"] = (x => x.GeluTanh(), Points,
            [-0.0, -0.0036373920817729943, -0.1588080093917233, -0.15428599017485606, 0.0, 0.34571400982514394, 0.8411919906082768, 2.484915733910001, 20.0]),
        ["Sin"] = (x => x.Sin(), Points,
            [-0.9129452507276277, -0.1411200080598672, -0.8414709848078965, -0.479425538604203, 0.0, 0.479425538604203, 0.8414709848078965, 0.5984721441039564, 0.9129452507276277]),
        ["Cos"] = (x => x.Cos(), Points,
            [0.40808206181339196, -0.9899924966004454, 0.5403023058681398, 0.8775825618903728, 1.0, 0.8775825618903728, 0.5403023058681398, -0.8011436155469337, 0.40808206181339196]),
        ["Abs"] = (x => x.Abs(), Points, [20, 3, 1, 0.5, 0, 0.5, 1, 2.5, 20]),
        ["Negate"] = (x => -x, Points, [20, 3, 1, 0.5, 0, -0.5, -1, -2.5, -20]),
        ["Square"] = (x => x.Square(), Points, [400, 9, 1, 0.25, 0, 0.25, 1, 6.25, 400]),
        ["Relu"] = (x => x.Relu(), Points, [0, 0, 0, 0, 0, 0.5, 1, 2.5, 20]),
        ["Clamp"] = (x => x.Clamp(-1, 0.75), Points, [-1, -1, -1, -0.5, 0, 0.5, 0.75, 0.75, 0.75]),
        ["Log"] = (x => x.Log(), PositivePoints, [-4.605170185988091, -0.6931471805599453, 0.0, 0.6931471805599453, 1.9810014688665833]),
        ["Sqrt"] = (x => x.Sqrt(), PositivePoints, [0.1, 0.7071067811865476, 1.0, 1.4142135623730951, 2.692582403567252]),
        ["ReciprocalSqrt"] = (x => x.ReciprocalSqrt(), PositivePoints, [10.0, 1.414213562373095, 1.0, 0.7071067811865475, 0.3713906763541037]),
        ["Pow"] = (x => x.Pow(-1.5), PositivePoints, [1000.0, 2.8284271247461903, 1.0, 0.3535533905932738, 0.051226300186772926]),
    };

    public static TheoryData<string> Names => [.. Recorded.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gives_the_recorded_values(string name)
    {
        using var scope = new TensorScope();
        var (function, points, expected) = Recorded[name];
        var actual = function(Tensor.From(points));
        actual.DType.ShouldBe(DType.Float64);
        var values = actual.ToArray<double>();
        for (var i = 0; i < points.Length; i++)
        {
            values[i].ShouldBe(expected[i], 4e-15 * Math.Max(1, Math.Abs(expected[i])), $"{name}({points[i]})");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Float32_stays_float32_and_near(string name)
    {
        using var scope = new TensorScope();
        var (function, points, expected) = Recorded[name];
        var actual = function(Tensor.From([.. points.Select(x => (float)x)]));
        actual.DType.ShouldBe(DType.Float32);
        var values = actual.ToArray<float>();
        for (var i = 0; i < points.Length; i++)
        {
            ((double)values[i]).ShouldBe(expected[i], 4e-6 * Math.Max(1, Math.Abs(expected[i])), $"{name}({points[i]})");
        }
    }

    [Fact]
    public void Log_sigmoid_neither_overflows_nor_vanishes()
    {
        using var scope = new TensorScope();
        Tensor.From(new float[] { -1000, 1000, -88 }).LogSigmoid().ShouldHold([3], [-1000, 0, -88]);
    }

    [Fact]
    public void Is_finite_and_logical_not_answer_bool()
    {
        using var scope = new TensorScope();
        var x = Tensor.From(new[] { 1f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f });
        x.IsFinite().ShouldHoldBool([5], true, false, false, false, true);
        x.IsFinite().LogicalNot().ShouldHoldBool([5], false, true, true, true, false);
        Given.Int64([3], 0, 1, -2).LogicalNot().ShouldHoldBool([3], true, false, false);
    }

    [Fact]
    public void Functions_work_on_views_with_strides()
    {
        using var scope = new TensorScope();
        var transposed = Given.Float64([2, 3], 1, 4, 9, 16, 25, 36).Transpose(0, 1);
        transposed.Sqrt().ShouldHold([3, 2], [1, 4, 2, 5, 3, 6]);
    }
}
