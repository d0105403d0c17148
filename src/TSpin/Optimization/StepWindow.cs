using System.Text.Json;
using TSpin.Files;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>Evaluates the objective on the passes of one step and gathers what the step reports, in the step's order.</summary>
internal sealed class StepWindow(Objective objective, LogProbReduction reduction, IReadOnlyCollection<int>? ends = null)
{
    // exp(-5) = 0.7%: beyond this gap the logistic gradient has all but gone.
    private const double SaturationGap = 5;

    private readonly List<int> _places = [];
    private readonly List<Triplet> _triplets = [];
    private readonly Dictionary<ResponseRole, List<double>> _sums = Enum.GetValues<ResponseRole>().ToDictionary(role => role, _ => new List<double>());
    private readonly List<double> _current = [];
    private readonly List<double> _historical = [];
    private readonly List<double> _rewardAnnotated = [];
    private readonly List<double> _rewardSynthetic = [];
    private readonly SortedDictionary<string, List<double>> _terms = new(StringComparer.Ordinal);
    private readonly EndLogProbs _endsAnnotated = new(ResponseRole.Annotated, ends ?? []);
    private readonly EndLogProbs _endsSynthetic = new(ResponseRole.Synthetic, ends ?? []);
    private long _usefulTokens;

    public double LossSum { get; private set; }

    /// <summary>Sum of what is divided by tokens; see <see cref="ObjectiveValue.PerToken"/>.</summary>
    public double TokenLossSum { get; private set; }

    /// <summary>
    /// Evaluates one pass, whose triplets have these places in the step; returns the loss per triplet and the part
    /// that is divided by tokens, float64 [n].
    /// </summary>
    public (Tensor PerExample, Tensor? PerToken) Add(
        int[] places, Triplet[] triplets, TripletLogProbs sums, ReferenceLogProbs[]? reference)
    {
        Record(places, triplets, sums);
        _endsAnnotated.Add(triplets, sums);
        _endsSynthetic.Add(triplets, sums);
        var policy = Reduce(new SequenceLogProbs(sums.Annotated, sums.Synthetic, sums.ProtoSynthetic)
        {
            EarlierSynthetic = sums.Of(ResponseRole.EarlierSynthetic),
            Rejected = sums.Of(ResponseRole.Rejected),
            Continuation = sums.Of(ResponseRole.Continuation),
            Responses = sums.Responses.ToDictionary(response => response.Key, response => response.Value.Widened()),
            Prompts = sums.Prompts?.Widened(),
            Triplets = triplets,
        }, triplets);
        var anchor = reference is null ? null : Reduce(Reference(reference, triplets, sums.Annotated.Device), triplets);
        var value = objective.Evaluate(policy, anchor);
        LossSum += value.PerExample.Detach().Sum().Item();
        TokenLossSum += value.PerToken?.Detach().Sum().Item() ?? 0;
        Keep(_current, value.CurrentTerm);
        Keep(_historical, value.HistoricalTerm);
        Keep(_rewardAnnotated, value.RewardAnnotated);
        Keep(_rewardSynthetic, value.RewardSynthetic);
        foreach (var (name, term) in value.Terms)
        {
            if (!_terms.TryGetValue(name, out var list))
            {
                _terms.Add(name, list = []);
            }

            Keep(list, term);
        }

        return (value.PerExample, value.PerToken);
    }

    /// <summary>Takes the log-probabilities of one pass alone, for a reference.</summary>
    public void Record(int[] places, Triplet[] triplets, TripletLogProbs sums)
    {
        _places.AddRange(places);
        _triplets.AddRange(triplets);
        _usefulTokens += sums.UsefulTokens;
        foreach (var (role, list) in _sums)
        {
            Keep(list, sums.Of(role));
        }
    }

    public IEnumerable<ReferenceLogProbs> LogProbs() => InOrder().Select(i => new ReferenceLogProbs(_sums[ResponseRole.Annotated][i], At(ResponseRole.Synthetic, i), At(ResponseRole.ProtoSynthetic, i))
    {
        EarlierSynthetic = At(ResponseRole.EarlierSynthetic, i),
        Rejected = At(ResponseRole.Rejected, i),
    });

    /// <summary>Takes what the other processes have to say of their parts of the window.</summary>
    public void Join(StepPlan plan, IGradientExchange exchange)
    {
        var own = plan.IsIdle ? new WindowPart([], 0, [], [], [], [], [], [], [0, 0, 0, 0]) : new WindowPart(
            [.. _places], _usefulTokens, _sums.ToDictionary(role => role.Key, role => role.Value.ToArray()), [.. _current], [.. _historical], [.. _rewardAnnotated], [.. _rewardSynthetic],
            _terms.ToDictionary(term => term.Key, term => term.Value.ToArray(), StringComparer.Ordinal),
            [_endsAnnotated.Total.Sum, _endsAnnotated.Total.Count, _endsSynthetic.Total.Sum, _endsSynthetic.Total.Count]);
        Forget();
        foreach (var bytes in exchange.Gather(JsonSerializer.SerializeToUtf8Bytes(own, JsonLinesFormat.Default)))
        {
            var part = JsonSerializer.Deserialize<WindowPart>(bytes, JsonLinesFormat.Default)!;
            _places.AddRange(part.Places);
            _triplets.AddRange(part.Places.Select(place => plan.Triplets[place]));
            _usefulTokens += part.UsefulTokens;
            _current.AddRange(part.Current);
            _historical.AddRange(part.Historical);
            _rewardAnnotated.AddRange(part.RewardAnnotated);
            _rewardSynthetic.AddRange(part.RewardSynthetic);
            foreach (var (role, sums) in part.Sums)
            {
                _sums[role].AddRange(sums);
            }

            foreach (var (name, values) in part.Terms)
            {
                _terms.TryAdd(name, []);
                _terms[name].AddRange(values);
            }

            _endsAnnotated.Total = (_endsAnnotated.Total.Sum + part.Ends[0], _endsAnnotated.Total.Count + (int)part.Ends[1]);
            _endsSynthetic.Total = (_endsSynthetic.Total.Sum + part.Ends[2], _endsSynthetic.Total.Count + (int)part.Ends[3]);
        }
    }

    private void Forget()
    {
        _usefulTokens = 0;
        (_endsAnnotated.Total, _endsSynthetic.Total) = ((0, 0), (0, 0));
        _terms.Clear();
        _triplets.Clear();
        foreach (var list in _sums.Values.Append(_current).Append(_historical).Append(_rewardAnnotated).Append(_rewardSynthetic))
        {
            list.Clear();
        }

        _places.Clear();
    }

    public (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Report(StepPlace place, double loss, double norm, double learningRate, TimeSpan time)
    {
        var annotated = _sums[ResponseRole.Annotated];
        var triplets = InOrder().Select(i => new TripletMetrics(
            place.Step, _triplets[i].Index, annotated[i], At(ResponseRole.Synthetic, i), At(ResponseRole.ProtoSynthetic, i),
            At(_rewardAnnotated, i) - At(_rewardSynthetic, i), annotated[i] - (At(ResponseRole.Synthetic, i) ?? At(ResponseRole.Rejected, i)))).ToArray();
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
            HistoricalAdvantage = Mean(_sums[ResponseRole.Synthetic]) - Mean(_sums[ResponseRole.ProtoSynthetic]),
            SaturatedShare = Share(gaps, triplet => Math.Abs(triplet.RewardGap!.Value) > SaturationGap),
            LogProbAnnotated = Mean(annotated)!.Value,
            LogProbSynthetic = Mean(_sums[ResponseRole.Synthetic]),
            LogProbProtoSynthetic = Mean(_sums[ResponseRole.ProtoSynthetic]),
            LogProbPerTokenAnnotated = PerToken(ResponseRole.Annotated)!.Value,
            LogProbPerTokenSynthetic = PerToken(ResponseRole.Synthetic),
            LogProbPerTokenProtoSynthetic = PerToken(ResponseRole.ProtoSynthetic),
            EndLogProbAnnotated = _endsAnnotated.Mean,
            EndLogProbSynthetic = _endsSynthetic.Mean,
            RewardAnnotated = Mean(_rewardAnnotated),
            RewardSynthetic = Mean(_rewardSynthetic),
            RewardGap = Mean(_rewardAnnotated) - Mean(_rewardSynthetic),
            MisalignedShare = Share(gaps, triplet => triplet.RewardGap > 0 && triplet.LikelihoodGap < 0),
            GradientNorm = norm,
            TokensAnnotated = _triplets.Average(triplet => triplet.Annotated.Length),
            TokensSynthetic = Tokens(ResponseRole.Synthetic),
            TokensProtoSynthetic = Tokens(ResponseRole.ProtoSynthetic),
            Terms = Terms(),
            TokensPerSecond = _usefulTokens / Math.Max(1e-9, time.TotalSeconds),
            Seconds = time.TotalSeconds,
            PeakMemoryBytes = ProcessMemory.PeakBytes(),
        };
        return (metrics, triplets);
    }

    // The objective's own numbers, and those of responses that have no field of their own.
    private SortedDictionary<string, double>? Terms()
    {
        var terms = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, values) in _terms)
        {
            terms[name] = values.Average();
        }

        foreach (var (role, name) in new[] { (ResponseRole.EarlierSynthetic, "earlier_synthetic"), (ResponseRole.Rejected, "rejected"), (ResponseRole.Continuation, "continuation") })
        {
            if (Mean(_sums[role]) is { } mean)
            {
                terms[$"log_prob_{name}"] = mean;
                terms[$"log_prob_per_token_{name}"] = PerToken(role)!.Value;
                terms[$"tokens_{name}"] = Tokens(role)!.Value;
            }
        }

        return terms.Count == 0 ? null : terms;
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

    private double? At(ResponseRole role, int index) => At(_sums[role], index);

    private static double? At(List<double> list, int index) => index < list.Count ? list[index] : null;

    private static double? Mean(List<double> list) => list.Count == 0 ? null : list.Average();

    private static double? Share(TripletMetrics[] triplets, Func<TripletMetrics, bool> holds) =>
        triplets.Length == 0 ? null : (double)triplets.Count(holds) / triplets.Length;

    private double? PerToken(ResponseRole role) =>
        _sums[role].Count == 0 ? null : _sums[role].Sum() / Math.Max(1, _triplets.Sum(triplet => triplet.Of(role)!.Length));

    private double? Tokens(ResponseRole role) => _triplets[0].Of(role) is null ? null : _triplets.Average(triplet => triplet.Of(role)!.Length);

    // Sums of hundreds of nats are compared in float64; the mean divides by the response's own length.
    private SequenceLogProbs Reduce(SequenceLogProbs sums, Triplet[] triplets)
    {
        return sums with
        {
            Annotated = One(sums.Annotated, ResponseRole.Annotated)!,
            Synthetic = One(sums.Synthetic, ResponseRole.Synthetic),
            ProtoSynthetic = One(sums.ProtoSynthetic, ResponseRole.ProtoSynthetic),
            EarlierSynthetic = One(sums.EarlierSynthetic, ResponseRole.EarlierSynthetic),
            Rejected = One(sums.Rejected, ResponseRole.Rejected),
            Continuation = One(sums.Continuation, ResponseRole.Continuation),
        };

        Tensor? One(Tensor? values, ResponseRole role)
        {
            var wide = values?.To(DType.Float64);
            return wide is null || reduction == LogProbReduction.Sum || objective.DividesByTokens ? wide
                : wide / Tensor.From(triplets.Select(triplet => (double)Math.Max(1, triplet.Of(role)!.Length)).ToArray(), wide.Device);
        }
    }

    private static SequenceLogProbs Reference(ReferenceLogProbs[] reference, Triplet[] triplets, Device device)
    {
        var sums = new Dictionary<ResponseRole, Func<ReferenceLogProbs, double?>>
        {
            [ResponseRole.Annotated] = row => row.Annotated,
            [ResponseRole.Synthetic] = row => row.Synthetic,
            [ResponseRole.ProtoSynthetic] = row => row.ProtoSynthetic,
            [ResponseRole.EarlierSynthetic] = row => row.EarlierSynthetic,
            [ResponseRole.Rejected] = row => row.Rejected,
        }.Where(role => role.Value(reference[0]) is not null).ToDictionary(role => role.Key, role => Tensor.From(reference.Select(row => role.Value(row)!.Value).ToArray(), device));
        return new(sums[ResponseRole.Annotated], sums.GetValueOrDefault(ResponseRole.Synthetic), sums.GetValueOrDefault(ResponseRole.ProtoSynthetic))
        {
            EarlierSynthetic = sums.GetValueOrDefault(ResponseRole.EarlierSynthetic),
            Rejected = sums.GetValueOrDefault(ResponseRole.Rejected),
            Responses = sums.ToDictionary(role => role.Key, role => ResponseLogProbs.OfSums(role.Value, [.. triplets.Select(triplet => triplet.Of(role.Key)!.Length)])),
        };
    }
}
