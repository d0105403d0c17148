using TSpin.Objectives;
using TSpin.Recipes;
using TSpin.Torch;
using TSpin.Triplets;

namespace TSpin.Optimization;

/// <summary>Evaluates the objective on the passes of one step and gathers what the step reports, in the step's order.</summary>
internal sealed class StepWindow(Objective objective, LogProbReduction reduction)
{
    // exp(-5) = 0.7%: beyond this gap the logistic gradient has all but gone.
    private const double SaturationGap = 5;

    private readonly List<int> _places = [];
    private readonly List<Triplet> _triplets = [];
    private readonly List<double> _annotated = [];
    private readonly List<double> _synthetic = [];
    private readonly List<double> _proto = [];
    private readonly List<double> _current = [];
    private readonly List<double> _historical = [];
    private readonly List<double> _rewardAnnotated = [];
    private readonly List<double> _rewardSynthetic = [];
    private long _usefulTokens;

    public double LossSum { get; private set; }

    /// <summary>Evaluates one pass, whose triplets have these places in the step; returns the loss per triplet, float64 [n].</summary>
    public Tensor Add(int[] places, Triplet[] triplets, TripletLogProbs sums, ReferenceLogProbs[]? reference)
    {
        _places.AddRange(places);
        _triplets.AddRange(triplets);
        _usefulTokens += sums.UsefulTokens;
        Keep(_annotated, sums.Annotated);
        Keep(_synthetic, sums.Synthetic);
        Keep(_proto, sums.ProtoSynthetic);
        if (objective.NeedsReference && reference is null)
        {
            return sums.Annotated;   // the reference itself is being computed
        }

        var policy = Reduce(new SequenceLogProbs(sums.Annotated, sums.Synthetic, sums.ProtoSynthetic), triplets);
        var anchor = reference is null ? null : Reduce(Reference(reference, sums.Annotated.Device), triplets);
        var value = objective.Evaluate(policy, anchor);
        LossSum += value.PerExample.Detach().Sum().Item();
        Keep(_current, value.CurrentTerm);
        Keep(_historical, value.HistoricalTerm);
        Keep(_rewardAnnotated, value.RewardAnnotated);
        Keep(_rewardSynthetic, value.RewardSynthetic);
        return value.PerExample;
    }

    public IEnumerable<ReferenceLogProbs> LogProbs() =>
        InOrder().Select(i => new ReferenceLogProbs(_annotated[i], At(_synthetic, i), At(_proto, i)));

    public (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Report(StepPlace place, double loss, double norm, double learningRate, TimeSpan time)
    {
        var triplets = InOrder().Select(i => new TripletMetrics(
            place.Step, _triplets[i].Index, _annotated[i], At(_synthetic, i), At(_proto, i),
            At(_rewardAnnotated, i) - At(_rewardSynthetic, i), _annotated[i] - At(_synthetic, i))).ToArray();
        var gaps = triplets.Where(triplet => triplet.RewardGap is not null).ToArray();
        var metrics = new StepMetrics
        {
            Step = place.Step,
            Steps = place.Steps,
            Epoch = place.Epoch,
            Iteration = place.Iteration,
            LearningRate = learningRate,
            Loss = loss,
            CurrentTerm = Mean(_current),
            HistoricalTerm = Mean(_historical),
            CurrentAdvantage = Mean([.. triplets.Where(triplet => triplet.LikelihoodGap is not null).Select(triplet => triplet.LikelihoodGap!.Value)]),
            HistoricalAdvantage = _proto.Count > 0 ? Mean(_synthetic) - Mean(_proto) : null,
            SaturatedShare = Share(gaps, triplet => Math.Abs(triplet.RewardGap!.Value) > SaturationGap),
            LogProbAnnotated = Mean(_annotated)!.Value,
            LogProbSynthetic = Mean(_synthetic),
            LogProbProtoSynthetic = Mean(_proto),
            LogProbPerTokenAnnotated = _annotated.Sum() / Math.Max(1, _triplets.Sum(triplet => triplet.Annotated.Length)),
            LogProbPerTokenSynthetic = PerToken(_synthetic, triplet => triplet.Synthetic),
            LogProbPerTokenProtoSynthetic = PerToken(_proto, triplet => triplet.ProtoSynthetic),
            RewardAnnotated = Mean(_rewardAnnotated),
            RewardSynthetic = Mean(_rewardSynthetic),
            RewardGap = Mean(_rewardAnnotated) - Mean(_rewardSynthetic),
            MisalignedShare = Share(gaps, triplet => triplet.RewardGap > 0 && triplet.LikelihoodGap < 0),
            GradientNorm = norm,
            TokensAnnotated = _triplets.Average(triplet => triplet.Annotated.Length),
            TokensSynthetic = _triplets[0].Synthetic is null ? null : _triplets.Average(triplet => triplet.Synthetic!.Length),
            TokensProtoSynthetic = _triplets[0].ProtoSynthetic is null ? null : _triplets.Average(triplet => triplet.ProtoSynthetic!.Length),
            TokensPerSecond = _usefulTokens / Math.Max(1e-9, time.TotalSeconds),
            Seconds = time.TotalSeconds,
            PeakMemoryBytes = ProcessMemory.PeakBytes(),
        };
        return (metrics, triplets);
    }

    // Where in the lists the step's first triplet is, its second, and so on.
    private IEnumerable<int> InOrder() => Enumerable.Range(0, _places.Count).OrderBy(i => _places[i]);

    private static void Keep(List<double> list, Tensor? values)
    {
        if (values is not null)
        {
            list.AddRange(values.Detach().To(DType.Float64, Device.Cpu).ToArray<double>());
        }
    }

    private static double? At(List<double> list, int index) => index < list.Count ? list[index] : null;

    private static double? Mean(List<double> list) => list.Count == 0 ? null : list.Average();

    private static double? Share(TripletMetrics[] triplets, Func<TripletMetrics, bool> holds) =>
        triplets.Length == 0 ? null : (double)triplets.Count(holds) / triplets.Length;

    private double? PerToken(List<double> sums, Func<Triplet, int[]?> response) =>
        sums.Count == 0 ? null : sums.Sum() / Math.Max(1, _triplets.Sum(triplet => response(triplet)!.Length));

    // Sums of hundreds of nats are compared in float64; the mean divides by the response's own length.
    private SequenceLogProbs Reduce(SequenceLogProbs sums, Triplet[] triplets)
    {
        return new SequenceLogProbs(
            One(sums.Annotated, triplet => triplet.Annotated)!, One(sums.Synthetic, triplet => triplet.Synthetic!), One(sums.ProtoSynthetic, triplet => triplet.ProtoSynthetic!));

        Tensor? One(Tensor? values, Func<Triplet, int[]> response)
        {
            var wide = values?.To(DType.Float64);
            return wide is null || reduction == LogProbReduction.Sum || objective.DividesByTokens ? wide
                : wide / Tensor.From(triplets.Select(triplet => (double)Math.Max(1, response(triplet).Length)).ToArray(), wide.Device);
        }
    }

    private static SequenceLogProbs Reference(ReferenceLogProbs[] reference, Device device) => new(
        Tensor.From(reference.Select(row => row.Annotated).ToArray(), device),
        reference[0].Synthetic is null ? null : Tensor.From(reference.Select(row => row.Synthetic!.Value).ToArray(), device),
        reference[0].ProtoSynthetic is null ? null : Tensor.From(reference.Select(row => row.ProtoSynthetic!.Value).ToArray(), device));
}
