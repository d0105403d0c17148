using System.Text.Json;
using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Randomness;
using TSpin.Recipes;
using TSpin.Scoring;
using TSpin.Torch;
using TSpin.Training;

namespace TSpin.SelfPlay;

/// <summary>
/// Trains pi_{t+1} from pi_t on an iteration's triplets. Stopped or killed, it goes on from the last saved step with the same batches, and
/// ends with the same weights.
/// </summary>
internal sealed class TrainingStage(Recipe recipe, RunFolder folder, RunInputs inputs, IProgress<RunEvent>? progress, RankLeader? ranks = null)
{
    // Of a run that goes on: what else could help (alpha, the link, float32) is another run.
    private const string Cure =
        "Continue with a smaller training.learning_rate for this iteration and those after it (a list with one for each; finished iterations keep theirs): its training then begins again. "
        + "Or start a new run (--run NAME) with a smaller objective.alpha, the logistic link, or model.dtype float32.";

    /// <summary>Trains.</summary>
    /// <param name="policy">pi_t; pi_(t+1) afterwards.</param>
    /// <param name="triplets">The iteration's.</param>
    /// <param name="iteration">t, from 0.</param>
    /// <param name="initial">Loads pi_0 for methods that compare with it; asked for once at most, and disposed of here.</param>
    /// <param name="cancellation">Saves what continuing needs.</param>
    public void Run(Decoder policy, IReadOnlyList<Triplet> triplets, int iteration, Func<Decoder> initial, CancellationToken cancellation)
    {
        var training = recipe.Training;
        var objective = recipe.Method.ObjectiveOf(recipe.Objective, iteration);
        var comparesDistributions = objective.Term?.NeedsReference == true;
        using var other = Reference(objective, comparesDistributions, policy, initial, iteration);
        ranks?.BeginTraining(policy, iteration, other, IsInitial(iteration));
        policy.Training.RequireGradients(true);
        policy.Training.RecomputesBlocks = training.Recompute;
        using var optimizer = Optimizer.For(training, policy, NamedSeed.Derive(recipe.Seed, "stochastic-rounding", iteration));
        ranks?.Divide(policy, optimizer, folder.TrainingState(iteration));
        var trainer = new Trainer(policy, objective, optimizer, recipe.Objective.LogProb, Math.Min(training.MicroBatchSize, training.BatchSize), training.ClipNorm,
            tokensPerPass: training.TokensPerPass, reference: other, ends: inputs.Encoder.EndIds, exchange: ranks?.Exchange);
        // pi_t as a reference must be taken before a saved, half-trained state comes back.
        var reference = objective.NeedsReference ? LogProbs(other is null ? trainer : ScoringWith(other, objective), triplets, iteration, cancellation) : null;
        if (!comparesDistributions)
        {
            other?.Dispose();
        }

        var loop = new TrainingLoop(trainer, policy, optimizer, folder.TrainingState(iteration), training.SaveEverySteps, ranks?.Elsewhere, ranks is null ? null : ranks.BeginStep);
        var done = ranks is null ? loop.Resume() : ranks.Restore(folder.TrainingState(iteration), policy, optimizer);
        StepLog.KeepSteps<StepMetrics>(folder.Metrics(iteration), line => line.Step <= done);
        StepLog.KeepSteps<TripletMetrics>(folder.TripletMetrics(iteration), line => line.Step <= done);
        using var metricsLog = new JsonLinesWriter<StepMetrics>(folder.Metrics(iteration));
        using var tripletLog = new JsonLinesWriter<TripletMetrics>(folder.TripletMetrics(iteration));
        var alarms = AlarmsSoFar(iteration, done);
        progress?.Report(new TrainingStarts(iteration, done));
        loop.Run(
            Steps(trainer, triplets, reference, policy, objective, iteration, done),
            (metrics, perTriplet) =>
            {
                metricsLog.Append(metrics);
                foreach (var line in perTriplet)
                {
                    tripletLog.Append(line);
                }

                progress?.Report(new Stepped(iteration, metrics));
                Raise(alarms.Look(metrics, Scale(iteration), recipe.Objective.LogProb, recipe.Method.ScaleKey));
            },
            Failed,
            cancellation);
        var areFinite = ranks?.EndTraining(policy, iteration) ?? true;
        policy.Training.RequireGradients(false);
        RequireFinite(policy, iteration, areFinite);
    }

    // A step's loss is measured before its update: what the last update did no later step would notice.
    private static void RequireFinite(Decoder policy, int iteration, bool areOthersFinite)
    {
        if (policy.Training.Shards is not null)
        {
            if (!areOthersFinite)
            {
                throw new NonFiniteException($"iteration {iteration}: after the last step a parameter is not finite; no checkpoint was written. {Cure}");
            }

            return;
        }

        foreach (var (name, parameter) in policy.Training.Parameters)
        {
            using var scope = new TensorScope();
            if (!double.IsFinite(parameter.To(DType.Float64).Sum().Item()))
            {
                throw new NonFiniteException($"iteration {iteration}: after the last step {name} is not finite; no checkpoint was written. {Cure}");
            }
        }
    }

    private double Scale(int iteration) => recipe.Method.Scale(recipe.Objective.At(iteration));

    private IEnumerable<LoopStep> Steps(
        Trainer trainer, IReadOnlyList<Triplet> triplets, ReferenceLogProbs[]? reference, Decoder policy, Objective objective, int iteration, int done)
    {
        var training = recipe.Training;
        var steps = BatchOrder.Steps(triplets.Count, training.BatchSize, training.Epochs);
        var warmup = LearningRate.WarmupSteps(steps, training.WarmupShare);
        var peak = training.LearningRateOf(iteration);
        var batches = BatchOrder.Batches(triplets.Count, training.BatchSize, training.Epochs, recipe.Seed, iteration).Skip(done);
        var step = done;
        foreach (var ((epoch, indices), plan) in Planned(batches, trainer, triplets, policy, objective, iteration, done + 1))
        {
            step++;
            yield return new LoopStep(
                plan, reference is null ? null : [.. indices.Select(index => reference[index])], peak * LearningRate.Factor(step - 1, steps, warmup, training.Schedule),
                new StepPlace(iteration, epoch, step, steps));
        }
    }

    // The next step is laid out while one trains, unless the policy of that step must answer first.
    private IEnumerable<((int Epoch, int[] Indices) Batch, StepPlan Plan)> Planned(
        IEnumerable<(int Epoch, int[] Indices)> batches, Trainer trainer, IReadOnlyList<Triplet> triplets, Decoder policy, Objective objective, int iteration, int first)
    {
        if (objective.Continuations is not { } settings)
        {
            return Ahead.Of(batches, batch => trainer.PlanShare([.. batch.Indices.Select(index => triplets[index])]));
        }

        var continuations = new StepContinuations(policy, inputs, settings, recipe.Seed, iteration);
        IReadOnlyList<Triplet> Continued(Triplet[] own, int step) => ranks is null ? continuations.Make(own, step) : ranks.Leading(policy, () => continuations.Make(own, step));
        return batches.Select((batch, i) =>
        {
            Triplet[] own = [.. batch.Indices.Select(index => triplets[index])];
            var isAnswered = RandomStream.For(recipe.Seed, "continued-step", iteration, first + i)
                .NextDouble() < settings.Share;
            return (batch, trainer.PlanShare(isAnswered ? Continued(own, first + i) : own));
        });
    }

    // At the first iteration the policy is pi_0.
    private bool IsInitial(int iteration) => recipe.Method.Reference == ReferencePolicy.Initial && iteration > 0;

    // A second model is in memory only where its distributions are compared; else its log-probabilities are computed once, before training begins.
    private Decoder? Reference(Objective objective, bool comparesDistributions, Decoder policy, Func<Decoder> initial,
        int iteration)
    {
        if (!comparesDistributions && (!objective.NeedsReference || recipe.Method.Reference == ReferencePolicy.Iterate || iteration == 0 || File.Exists(folder.Reference(iteration))))
        {
            return null;
        }

        return IsInitial(iteration) ? initial() : policy.ForInference(policy.ComputeType, ownMemory: true);
    }

    private Trainer ScoringWith(Decoder reference, Objective objective) => new(
        reference, objective, optimizer: null, recipe.Objective.LogProb, Math.Min(recipe.Training.MicroBatchSize, recipe.Training.BatchSize), clipNorm: null, tokensPerPass: recipe.Training.TokensPerPass);

    private NonFiniteException Failed(NonFiniteException error, LoopStep step)
    {
        var path = folder.FailedBatch(step.Place.Iteration);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new { error = error.Message, batch = step.Plan.Triplets, reference = step.Reference }, JsonLinesFormat.Default));
        return new NonFiniteException($"{error.Message} The batch is in {path}. {Cure}");
    }

    private ReferenceLogProbs[] LogProbs(Trainer trainer, IReadOnlyList<Triplet> triplets, int iteration, CancellationToken cancellation)
    {
        var path = folder.Reference(iteration);
        if (File.Exists(path))
        {
            ReferenceLogProbs[] saved = [.. JsonLinesReader.Read<ReferenceLogProbs>(path)];
            return saved.Length == triplets.Count ? saved
                : throw new TSpinException($"{path}: has {saved.Length} lines for {triplets.Count} triplets. Delete it; it is made anew.");
        }

        progress?.Report(new Noticed(iteration, "measuring the log-probabilities of the reference policy"));
        var reference = ranks is null ? trainer.Reference(triplets, cancellation) : ranks.Reference(trainer, triplets, cancellation);
        JsonLinesFile.Write(path, reference);
        return reference;
    }

    // The watch goes over the whole run: it must know what it saw before a stop, and must not raise an alarm twice.
    private TrainingAlarms AlarmsSoFar(int iteration, int done)
    {
        var alarms = new TrainingAlarms();
        foreach (var log in Enumerable.Range(0, iteration + 1).Select(folder.Metrics).Where(File.Exists))
        {
            foreach (var metrics in JsonLinesReader.Read<StepMetrics>(log, ignoreTornLastLine: true))
            {
                alarms.Look(metrics, Scale(metrics.Iteration), recipe.Objective.LogProb, recipe.Method.ScaleKey);
            }
        }

        StepLog.KeepSteps<TrainingAlarm>(folder.Alarms, alarm => alarm.Iteration < iteration || (alarm.Iteration == iteration && alarm.Step <= done));
        return alarms;
    }

    private void Raise(IReadOnlyList<TrainingAlarm> alarms)
    {
        foreach (var alarm in alarms)
        {
            RunAlarms.Raise(folder, alarm, progress);
        }
    }
}
