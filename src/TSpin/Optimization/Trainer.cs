using System.Diagnostics;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// One optimizer step at a time: forward and backward passes (<see cref="PassPlan"/>), the mean taken over the whole window, clipping, update. The
/// arithmetic is the decoder's compute type, and what small steps need of the parameters is kept beside it (<see cref="DecoderWeights.Residues"/>).
/// </summary>
/// <param name="policy">The model; gradients must be on (<see cref="DecoderTraining.RequireGradients"/>).</param>
/// <param name="objective">The loss.</param>
/// <param name="optimizer">The update; null where nothing but <see cref="Reference"/> is asked for.</param>
/// <param name="reduction">Whether the objective sees sums or means of token log-probabilities. SFT always sees sums.</param>
/// <param name="microBatchSize">Triplets per forward pass at most.</param>
/// <param name="clipNorm">Largest gradient norm, or null. Without it, with <see cref="DecoderTraining.RecomputesBlocks"/> and where a step is one pass, backward updates each block as soon as its gradients are there.</param>
/// <param name="forward">How the tokens are laid out. Default: packed, with shared prompts.</param>
/// <param name="tokensPerPass">Tokens per forward pass at most; see <see cref="PassPlan"/>. Default: no limit.</param>
/// <param name="reference">The reference policy, where the objective compares whole distributions with it (<see cref="ITokenTerm.NeedsReference"/>). Default: none.</param>
/// <param name="exchange">Between backward and update. Default: this process trains alone.</param>
/// <param name="ends">The tokens that end a response, whose log-probabilities the steps report. Default: none.</param>
public sealed class Trainer(
    Decoder policy, Objective objective, Optimizer? optimizer, LogProbReduction reduction, int microBatchSize, double? clipNorm, ITripletForward? forward = null,
    int tokensPerPass = int.MaxValue, Decoder? reference = null, IGradientExchange? exchange = null,
    IReadOnlyCollection<int>? ends = null)
{
    // Passes without gradients are planned within so many triplets at a time.
    private const int ReferenceWindow = 1024;

    private readonly IGradientExchange _exchange = exchange ?? SingleProcess.Instance;
    private readonly ITripletForward _forward = forward ?? new PackedForward(new LogProbWants { Prompts = objective.NeedsPrompts, Term = objective.Term, Reference = reference });

    /// <summary>Whether processes gather the policy's parameters for every pass, so that all must take it.</summary>
    internal bool GathersParameters => policy.Weights.Shards is not null;

    /// <summary>Log-probabilities of triplets under the policy as it is now, without gradients: what a reference is.</summary>
    /// <param name="triplets">Any number.</param>
    /// <param name="cancellation">Looked at before every pass, unless other processes would then wait for this one in theirs.</param>
    /// <returns>One record per triplet.</returns>
    public ReferenceLogProbs[] Reference(IReadOnlyList<Triplet> triplets, CancellationToken cancellation = default)
    {
        using var off = GradMode.Off();
        var sums = forward ?? new PackedForward();
        var result = new List<ReferenceLogProbs>();
        foreach (var part in triplets.Chunk(ReferenceWindow))
        {
            var window = new StepWindow(objective, reduction);
            foreach (var pass in Passes(part))
            {
                if (!GathersParameters)
                {
                    cancellation.ThrowIfCancellationRequested();
                }

                using var scope = new TensorScope();
                Triplet[] own = [.. pass.Select(index => part[index])];
                window.Record(pass, own, sums.Run(policy, own));
            }

            result.AddRange(window.LogProbs());
        }

        policy.Weights.Shards?.Release();
        return [.. result];
    }

    /// <summary>As <see cref="Reference"/>, where others compute passes too. Every pass is that of one process alone, and so are its bits.</summary>
    /// <param name="triplets">Any number.</param>
    /// <param name="atOnce">How many passes are computed at a time.</param>
    /// <param name="compute">Computes so many passes, or fewer, and returns <see cref="Reference"/> of each.</param>
    /// <returns>One record per triplet.</returns>
    internal ReferenceLogProbs[] ReferenceByPasses(IReadOnlyList<Triplet> triplets, int atOnce, Func<IReadOnlyList<Triplet[]>, IReadOnlyList<ReferenceLogProbs[]>> compute)
    {
        var result = new ReferenceLogProbs[triplets.Count];
        var begin = 0;
        foreach (var part in triplets.Chunk(ReferenceWindow))
        {
            foreach (var passes in Passes(part).Chunk(atOnce))
            {
                var computed = compute([.. passes.Select(pass => pass.Select(index => part[index]).ToArray())]);
                foreach (var (pass, rows) in passes.Zip(computed))
                {
                    foreach (var (index, row) in pass.Zip(rows))
                    {
                        result[begin + index] = row;
                    }
                }
            }

            begin += part.Length;
        }

        return result;
    }

    /// <summary>Divides a window of triplets into passes and lays them out. Needs nothing of the steps before, and may run on another thread while one of them trains.</summary>
    /// <param name="triplets">The window.</param>
    /// <returns>For one <see cref="Step(StepPlan, IReadOnlyList{ReferenceLogProbs}?, double, StepPlace)"/> of this trainer.</returns>
    public StepPlan Plan(IReadOnlyList<Triplet> triplets) => PlanPlaces(triplets, [.. Enumerable.Range(0, triplets.Count)], share: null);

    /// <summary>As <see cref="Plan"/>, of this process' share of a window that all processes of the exchange know (<see cref="WindowShares"/>).</summary>
    /// <param name="window">The whole window.</param>
    /// <returns>For one step; the same as <see cref="Plan"/> where there is one process.</returns>
    public StepPlan PlanShare(IReadOnlyList<Triplet> window)
    {
        if (_exchange.Processes == 1)
        {
            return Plan(window);
        }

        var shares = WindowShares.Of(window, _exchange.Processes);
        var share = shares[_exchange.Rank];
        int[] computed = share.Length > 0 ? share : [Enumerable.Range(0, window.Count).MinBy(place => PassPlan.PackedTokens(window[place]))];
        var rounds = policy.Weights.Shards is null ? (int?)null
            : shares.Max(places => places.Length == 0 ? 1 : Passes([.. places.Select(place => window[place])]).Count);
        return PlanPlaces(window, computed, share, rounds);
    }

    /// <summary>Plans a window of triplets and trains on it, as the other.</summary>
    /// <param name="triplets">The window.</param>
    /// <param name="reference">One per triplet where the objective needs it.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="place">Which step this is.</param>
    /// <returns>The step's metrics and its triplets.</returns>
    public (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Step(
        IReadOnlyList<Triplet> triplets, IReadOnlyList<ReferenceLogProbs>? reference, double learningRate, StepPlace place) => Step(Plan(triplets), reference, learningRate, place);

    /// <summary>Trains on one window of triplets.</summary>
    /// <param name="plan">The window, of several processes each its part, with at least one triplet; the loss is the mean over all of it, also when it is shorter than the others.</param>
    /// <param name="reference">One per triplet where the objective needs it.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="place">Which step this is.</param>
    /// <returns>The step's metrics and its triplets.</returns>
    /// <exception cref="ArgumentException">The objective needs a reference that is missing or has another length; or the optimizer does not know the model's residues.</exception>
    /// <exception cref="NonFiniteException">Loss or gradient is NaN or infinite; nothing was updated, or, where backward updates block by block, a part of the parameters, which the message counts.</exception>
    public (StepMetrics Metrics, IReadOnlyList<TripletMetrics> Triplets) Step(
        StepPlan plan, IReadOnlyList<ReferenceLogProbs>? reference, double learningRate, StepPlace place)
    {
        var update = optimizer ?? throw new InvalidOperationException("this trainer has no optimizer, so that it can take no step");
        var triplets = plan.Triplets;
        if (objective.NeedsReference && reference?.Count != triplets.Count)
        {
            throw new ArgumentException($"{objective.Name} needs reference log-probabilities of all {triplets.Count} triplets, not {reference?.Count ?? 0}", nameof(reference));
        }

        if (policy.Weights.Residues.Count > 0 && policy.Adapter is null && !ReferenceEquals(policy.Weights.Residues, update.Residues))
        {
            throw new ArgumentException("the model keeps its parameters in two halves, of which this optimizer was given the upper ones alone; pass DecoderWeights.Residues, or use Optimizer.For", nameof(plan));
        }

        var clock = Stopwatch.StartNew();
        update.Prepare();
        var window = new StepWindow(objective, reduction, ends);
        var share = 1 / _exchange.Sum(objective.DividesByTokens ? plan.Own.Sum(objective.TokensOf) : plan.Share?.Length ?? triplets.Count);
        var tokenShare = objective.HasTokenLoss ? 1 / _exchange.Sum(plan.Own.Sum(objective.TokensOf)) : 0;
        var (weight, tokenWeight) = plan.IsIdle ? (0, 0) : (share, tokenShare);
        var passes = plan.Passes;
        // Several passes add up their gradients: those of a block are whole in the last one, in which they are exchanged while backward goes on; updated then only those of a single pass, and all
        // processes must go the same way.
        var allPasses = _exchange.Sum(passes.Count);
        var isAlone = _exchange.Processes == 1;
        var updates = clipNorm is null && policy.Training is { RecomputesBlocks: true, Shards: null } && allPasses == _exchange.Processes;
        var gradients = new StepGradients(policy, _exchange, update, learningRate, clipNorm, updates, widens: allPasses > _exchange.Processes);
        policy.Training.StopsAtBlocks = !isAlone;
        var last = plan.Rounds - 1;
        foreach (var (round, pass) in passes.Index())
        {
            using var scope = new TensorScope();
            var logProbs = pass.Forward();
            var (loss, perToken) = window.Add(
                pass.Indices, pass.Triplets, logProbs,
                reference is null ? null : [.. pass.Indices.Select(index => reference[index])]);
            (perToken is null ? loss.Sum() * weight : (loss.Sum() * weight) + (perToken.Sum() * tokenWeight)).Backward();
            logProbs.FinishBackward?.Invoke();
            LeaveReference();
            var isTaken = updates ? double.IsFinite(_exchange.Sum(plan.IsIdle ? 0 : window.LossSum + window.TokenLossSum)) : !isAlone && round == last;
            policy.Training.FinishBackward(isTaken ? gradients.Take : null);
            // Where one process rounded its sum to the parameters' type and another did not, they would be two models from then on.
            if (allPasses > _exchange.Processes)
            {
                policy.Training.WidenGradients();
            }
        }

        for (var round = passes.Count; round <= last; round++)
        {
            // The others gather parameters and scatter gradients: this process does the same, and adds nothing.
            using var scope = new TensorScope();
            var pass = passes[0];
            var logProbs = pass.Forward();
            var (loss, perToken) = new StepWindow(objective, reduction).Add(
                pass.Indices, pass.Triplets, logProbs, reference is null ? null : [.. pass.Indices.Select(index => reference[index])]);
            ((perToken is null ? loss.Sum() : loss.Sum() + perToken.Sum()) * 0).Backward();
            logProbs.FinishBackward?.Invoke();
            LeaveReference();
            policy.Training.FinishBackward(round == last ? gradients.Take : null);
        }

        var (norm, scale) = gradients.Measure();
        var totalLoss = _exchange.Sum(plan.IsIdle ? 0 : window.LossSum) * share;
        if (objective.HasTokenLoss)
        {
            totalLoss += _exchange.Sum(plan.IsIdle ? 0 : window.TokenLossSum) * tokenShare;
        }

        if (!double.IsFinite(totalLoss) || !double.IsFinite(norm))
        {
            policy.Training.ClearGradients();
            throw new NonFiniteException(
                $"iteration {place.Iteration}, step {place.Step}: the {(double.IsFinite(totalLoss) ? "gradient norm" : "loss")} is {(double.IsFinite(totalLoss) ? norm : totalLoss)}. "
                + $"{(gradients.Updated == 0 ? "Nothing was updated" : $"Backward had already updated {gradients.Updated} of {policy.Training.Parameters.Count} parameters, which belong to no step now: go on from the last saved state")}.");
        }

        gradients.Update(scale);
        policy.Training.ClearGradients();
        if (plan.Share is not null)
        {
            window.Join(plan, _exchange);
        }

        return window.Report(place, totalLoss, norm, learningRate, clock.Elapsed);
    }

    // Its head, where it is gathered: nobody needs it until the next pass.
    private void LeaveReference() => reference?.Weights.Shards?.Release();

    private StepPlan PlanPlaces(IReadOnlyList<Triplet> window, int[] computed, int[]? share, int? rounds = null) => new(window, [.. Passes([.. computed.Select(place => window[place])]).Select(indices =>
    {
        int[] places = [.. indices.Select(index => computed[index])];
        Triplet[] own = [.. places.Select(place => window[place])];
        return new StepPlan.Pass(places, own, _forward.Prepare(policy, own));
    })], share, rounds);

    private IReadOnlyList<int[]> Passes(IReadOnlyList<Triplet> triplets) => PassPlan.Of(triplets, tokensPerPass, microBatchSize, _forward.Pads(policy));
}
