using TSpin.Checkpoints;
using TSpin.Files;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Safetensors;
using TSpin.Tokenizers;
using TSpin.Torch;
using TSpin.Training;

namespace TSpin.Pretraining;

/// <summary>
/// Makes a small model from nothing: learns a vocabulary, draws random weights, and trains on whole documents with the trainer that
/// fine-tuning uses (a document is a "response" to its own first token).
/// </summary>
public static class Pretrainer
{
    /// <summary>The only special token: it ends every document.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const string StateFile = "training-state.safetensors";
    private const string LogFile = "pretrain-log.jsonl";
    private const string FingerprintFile = "documents.fingerprint";

    /// <summary>Trains and writes a Hugging Face folder. A second call with the same recipe continues a stopped one, and leaves a finished one as it is.</summary>
    /// <param name="recipe">Shape, data and training.</param>
    /// <param name="document">The document of an index; called with 0, 1, 2, ... and must be deterministic.</param>
    /// <param name="folder">Where the model goes.</param>
    /// <param name="progress">Receives every step.</param>
    /// <param name="cancellation">Stops after the current step and saves the state to continue from.</param>
    /// <exception cref="OperationCanceledException">Stopped; the state is saved.</exception>
    /// <exception cref="TSpinException">The folder holds another model or another recipe's, is in use, or can't be written; the file of documents changed; or training met a NaN.</exception>
    public static void Run(
        PretrainRecipe recipe, Func<long, PretrainingDocument> document, string folder, IProgress<StepMetrics>? progress = null, CancellationToken cancellation = default)
    {
        using var held = FolderLock.Acquire(folder);
        var recipeFile = Path.Combine(folder, "recipe.yaml");
        var effective = PretrainRecipeTables.Recipe.Write(recipe);
        if (File.Exists(recipeFile) && !IsSame(recipe, recipeFile, effective))
        {
            throw new TSpinException($"{recipeFile}: was written by another recipe. Choose another output folder, or delete this one to start again.");
        }

        // The weights come last, so they mean that all is done.
        if (HasWeights(folder))
        {
            if (!File.Exists(recipeFile))
            {
                throw new TSpinException($"{folder}: already holds a model, which was not made here. Choose another output folder.");
            }

            return;
        }

        LeftOvers.SweepLocked(folder);
        AtomicFile.WriteText(recipeFile, effective);
        RequireSameDocuments(recipe.Data.Documents, Path.Combine(folder, FingerprintFile));
        var tokenizer = MakeTokenizer(recipe, document, folder);
        var config = Shape(recipe, tokenizer);
        var device = AvailableDevice.Parse(recipe.Model.Device, "model.device");
        var random = DecoderLoader.Random(config, Randomness.NamedSeed.Derive(recipe.Seed, "initial-weights"), device);
        using var policy = new Decoder(config, random.Parameters, ComputeTypeChoice.Decide(recipe.Model.Dtype, config.HiddenSize, device));
        policy.Training.RequireGradients(true);
        RequireSpace(recipe, config, folder);
        Train(recipe, document, tokenizer, policy, folder, progress, cancellation);
        DecoderConfigWriter.Write(config, folder);
        WriteWeights(policy, folder);
        File.Delete(Path.Combine(folder, StateFile));
        File.Delete(Path.Combine(folder, FingerprintFile));
    }

    private static void RequireSameDocuments(string documents, string fingerprintFile)
    {
        if (documents == PretrainDataSettings.DemoCorpus || !File.Exists(documents))
        {
            return; // made as they are asked for
        }

        var now = FileFingerprint.Of(documents);
        if (!File.Exists(fingerprintFile))
        {
            AtomicFile.WriteText(fingerprintFile, now);
        }
        else if (File.ReadAllText(fingerprintFile) != now)
        {
            throw new TSpinException(
                $"{documents}: changed since this model was begun, so what follows would not belong to what is there. Restore the file as it was, or choose another output folder.");
        }
    }

    // What is logged besides may change; a recipe written before there was such a section has none.
    private static bool IsSame(PretrainRecipe recipe, string recipeFile, string effective) =>
        File.ReadAllText(recipeFile) is var before
        && (before == effective || PretrainRecipeTables.Recipe.Write(
            PretrainRecipeTables.Recipe.Parse(before, recipeFile, []) with { Logging = recipe.Logging }) == effective);

    // Weights in bfloat16; a state of float32 parameters and two moments, of which a new one is whole before the old one goes.
    private static void RequireSpace(PretrainRecipe recipe, DecoderConfig config, string folder)
    {
        var (weights, state) = (2 * config.ParameterCount, 12 * config.ParameterCount);
        var saved = new FileInfo(Path.Combine(folder, StateFile)) is { Exists: true, Length: var length } ? length : 0;
        DiskSpace.Require(
            folder, Math.Max((recipe.Training.SaveEverySteps > 0 ? 2 : 1) * state, state + weights) - saved,
            $"what training writes (weights of {DiskSpace.Shown(weights)}, the state to continue from of {DiskSpace.Shown(state)}) will");
    }

    private static Tokenizer MakeTokenizer(PretrainRecipe recipe, Func<long, PretrainingDocument> document, string folder)
    {
        if (!File.Exists(Path.Combine(folder, "tokenizer.json")))
        {
            var texts = Enumerable.Range(0, recipe.Data.TokenizerDocuments).Select(i => document(i)).SelectMany(text => new[] { text.Prompt, text.Response });
            BpeTrainer.Train(texts, recipe.Data.VocabularySize, [EndOfText], Path.Combine(folder, "tokenizer.json"));
        }

        return Tokenizer.Load(folder);
    }

    private static DecoderConfig Shape(PretrainRecipe recipe, Tokenizer tokenizer)
    {
        var model = recipe.Model;
        return new DecoderConfig
        {
            Family = "llama",
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = model.HiddenSize,
            IntermediateSize = model.IntermediateSize,
            LayerCount = model.Layers,
            HeadCount = model.Heads,
            KeyValueHeadCount = model.KeyValueHeads,
            HeadDimension = model.HiddenSize / model.Heads,
            MaxPositions = model.MaxPositions,
            NormEpsilon = 1e-5,
            Ropes = RopeSettings.Everywhere(model.Layers, model.RopeTheta, model.HiddenSize / model.Heads),
            TieEmbeddings = true,
            Windows = new int?[model.Layers],
            EosIds = [tokenizer.IdOf(EndOfText)!.Value],
            StoredType = DType.BFloat16,
        };
    }

    private static void Train(
        PretrainRecipe recipe, Func<long, PretrainingDocument> document, Tokenizer tokenizer, Decoder policy, string folder, IProgress<StepMetrics>? progress, CancellationToken cancellation)
    {
        var training = recipe.Training;
        using var optimizer = new AdamW(policy.Parameters, 0.9, training.AdamBeta2, 1e-8, training.WeightDecay, name => !name.EndsWith("norm.weight", StringComparison.Ordinal), policy.Weights.Residues);
        var trainer = new Trainer(policy, new SftObjective(), optimizer, LogProbReduction.Sum, training.MicroBatchSize, training.ClipNorm);
        var loop = new TrainingLoop(trainer, policy, optimizer, Path.Combine(folder, StateFile), training.SaveEverySteps);
        var done = loop.Resume();
        var logPath = Path.Combine(folder, LogFile);
        StepLog.KeepSteps<PretrainingStep>(logPath, line => line.Step <= done);
        using var events = recipe.Logging.Tensorboard ? new PretrainingEvents(folder, logPath, done) : null;
        using var log = new JsonLinesWriter<PretrainingStep>(logPath);
        loop.Run(
            Steps(),
            (metrics, _) =>
            {
                var step = new PretrainingStep(metrics.Step, metrics.Loss, metrics.LearningRate, metrics.GradientNorm,
                    metrics.TokensPerSecond);
                log.Append(step);
                events?.Write(step);
                progress?.Report(metrics);
            },
            (error, _) => new NonFiniteException($"{error.Message} Use a smaller training.learning_rate, with another output folder (--out): a changed recipe begins anew."),
            cancellation);

        IEnumerable<LoopStep> Steps()
        {
            for (var step = done; step < training.Steps; step++)
            {
                // Documents of about one length share a pass, so that little is padded.
                var batch = Enumerable.Range(0, training.BatchSize)
                    .Select(i => Encode(tokenizer, document(((long)step * training.BatchSize) + i), policy.Config))
                    .OrderBy(ids => ids.Length)
                    .Select((ids, i) => new Triplet(i, ids[..1], ids[1..])).ToArray();
                yield return new LoopStep(trainer.Plan(batch), null, RateAt(training, step), new StepPlace(0, 0, step + 1, training.Steps));
            }
        }
    }

    private static double RateAt(PretrainTrainingSettings training, int step)
    {
        var cycle = 0;
        while (step >= training.Cycles[cycle])
        {
            step -= training.Cycles[cycle++];
        }

        var steps = training.Cycles[cycle];
        return training.PeakOf(cycle) * LearningRate.Factor(step, steps, LearningRate.WarmupSteps(steps, training.WarmupShare), training.Schedule);
    }

    private static int[] Encode(Tokenizer tokenizer, PretrainingDocument document, DecoderConfig config)
    {
        int[] ids = [.. tokenizer.Encode(document.Prompt, false), .. tokenizer.Encode(document.Response, false), config.EosIds[0]];
        return ids.Length <= config.MaxPositions ? ids : ids[..config.MaxPositions];
    }

    private static bool HasWeights(string folder) =>
        File.Exists(Path.Combine(folder, WeightFolder.SingleFileName)) || File.Exists(Path.Combine(folder, WeightFolder.IndexFileName));

    // A kill may have left some shards without their index.
    private static void WriteWeights(Decoder policy, string folder)
    {
        foreach (var old in Directory.EnumerateFiles(folder, "model*.safetensors*"))
        {
            File.Delete(old);
        }

        DecoderSaver.SaveWeights(policy, folder);
    }
}
