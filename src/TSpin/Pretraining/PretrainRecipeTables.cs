using TSpin.Models;
using TSpin.Optimization;
using TSpin.Recipes;
using TSpin.Recipes.Binding;

namespace TSpin.Pretraining;

/// <summary>The keys of a pretraining recipe.</summary>
public static class PretrainRecipeTables
{
    private const string Sizes = "[1, 1000000]";

    /// <summary>The whole recipe.</summary>
    public static RecipeFormat<PretrainRecipe> Recipe { get; } = new(
        new Section<PretrainRecipe>("A model made from nothing.")
            .Field("name", RecipeTables.Name, r => r.Name, (r, v) => r with { Name = v }, "What the model is called.")
            .Field("seed", Kinds.Seed(), r => r.Seed, (r, v) => r with { Seed = v }, "The one seed from which every draw derives its own.")
            .Group("model", Model(), r => r.Model, (r, v) => r with { Model = v })
            .Group("data", Data(), r => r.Data, (r, v) => r with { Data = v })
            .Group("training", Training(), r => r.Training, (r, v) => r with { Training = v })
            .Group("logging", RecipeTables.Logging, r => r.Logging, (r, v) => r with { Logging = v }),
        Check);

    private static Section<PretrainModelSettings> Model() => new Section<PretrainModelSettings>("The shape: a Llama with tied embeddings.")
        .Field("hidden_size", Kinds.Integer(Sizes), r => r.HiddenSize, (r, v) => r with { HiddenSize = v }, "Width of the residual stream.")
        .Field("intermediate_size", Kinds.Integer(Sizes), r => r.IntermediateSize, (r, v) => r with { IntermediateSize = v }, "Width inside the feed-forward block.")
        .Field("layers", Kinds.Integer("[1, 1000]"), r => r.Layers, (r, v) => r with { Layers = v }, "Number of blocks.")
        .Field("heads", Kinds.Integer("[1, 1000]"), r => r.Heads, (r, v) => r with { Heads = v }, "Query heads.")
        .Field("key_value_heads", Kinds.Integer("[1, 1000]"), r => r.KeyValueHeads, (r, v) => r with { KeyValueHeads = v }, "Key and value heads.")
        .Field("max_positions", Kinds.Integer("[2, 1000000]"), r => r.MaxPositions, (r, v) => r with { MaxPositions = v }, "Longest sequence, in tokens; longer documents are cut and counted.")
        .Field("rope_theta", Kinds.Number("(0, 1000000000000]"), r => r.RopeTheta, (r, v) => r with { RopeTheta = v }, "Base of the rotary frequencies.")
        .Field("dtype", Kinds.Word(("auto", ComputeType.Auto), ("float32", ComputeType.Float32), ("bfloat16", ComputeType.BFloat16)), r => r.Dtype, (r, v) => r with { Dtype = v }, "Compute type; weights are float32 while training.")
        .Field("device", RecipeTables.Device, r => r.Device, (r, v) => r with { Device = v }, "Where the model is trained.");

    private static Section<PretrainDataSettings> Data() => new Section<PretrainDataSettings>("What the model reads.")
        .Field("documents", Kinds.Text("demo, or a JSONL file", _ => null), r => r.Documents, (r, v) => r with { Documents = v }, "`demo` is the endless corpus of the demo's word problems; else a JSONL file of {\"text\"} or {\"prompt\", \"response\"}.")
        .Field("vocabulary_size", Kinds.Integer("[257, 1000000]"), r => r.VocabularySize, (r, v) => r with { VocabularySize = v }, "Entries of the byte-level BPE vocabulary.")
        .Field("textbook_documents", Kinds.Integer("[0, 1000000000]"), r => r.TextbookDocuments, (r, v) => r with { TextbookDocuments = v }, "The demo's corpus begins with this many documents of right arithmetic and worked solutions, before the noise.")
        .Field("tokenizer_documents", Kinds.Integer("[1, 100000000]"), r => r.TokenizerDocuments, (r, v) => r with { TokenizerDocuments = v }, "Documents the vocabulary is learned from.");

    private static Section<PretrainTrainingSettings> Training() => new Section<PretrainTrainingSettings>("AdamW on the next token of whole documents.")
        .Field("cycles", Kinds.ListOf(Kinds.Integer("[1, 1000000000]"), 1, 1000), r => r.Cycles, (r, v) => r with { Cycles = v }, "Optimizer steps: one number, or a list of learning-rate cycles; warm-up and schedule start anew with each.")
        .Field("batch_size", Kinds.Integer(Sizes), r => r.BatchSize, (r, v) => r with { BatchSize = v }, "Documents per step.")
        .Field("micro_batch_size", Kinds.Integer(Sizes), r => r.MicroBatchSize, (r, v) => r with { MicroBatchSize = v }, "Documents per forward and backward pass.")
        .Field("learning_rate", Kinds.ListOf(Kinds.Number("(0, 1]"), 1, 1000), r => r.LearningRate, (r, v) => r with { LearningRate = v }, "Peak learning rate: one for all cycles, or a list with one for each.")
        .Field("weight_decay", Kinds.Number("[0, 1]"), r => r.WeightDecay, (r, v) => r with { WeightDecay = v }, "Decoupled weight decay, not on norms.")
        .Field("adam_beta2", Kinds.Number("[0, 1)"), r => r.AdamBeta2, (r, v) => r with { AdamBeta2 = v }, "AdamW's decay of the mean squared gradient.")
        .Field("warmup_share", Kinds.Number("[0, 1]"), r => r.WarmupShare, (r, v) => r with { WarmupShare = v }, "Share of a cycle's steps in which the learning rate rises from 0.")
        .Field("schedule", Kinds.Word(("linear", LearningRateSchedule.Linear), ("cosine", LearningRateSchedule.Cosine), ("constant", LearningRateSchedule.Constant)), r => r.Schedule, (r, v) => r with { Schedule = v }, "What the learning rate does afterwards.")
        .Field("clip_norm", Kinds.Optional(Kinds.Number("(0, 1000000]")), r => r.ClipNorm, (r, v) => r with { ClipNorm = v }, "Largest gradient norm; null is off.")
        .Field("save_every_steps", Kinds.Integer("[0, 1000000000]"), r => r.SaveEverySteps, (r, v) => r with { SaveEverySteps = v }, "Steps between saves to continue from.");

    private static void Check(PretrainRecipe recipe, FaultList faults)
    {
        var model = recipe.Model;
        faults.Require(
            model.HiddenSize % model.Heads == 0 && model.HiddenSize / model.Heads % 2 == 0,
            ["model.hidden_size", "model.heads"],
            $"{model.HiddenSize} over {model.Heads} heads is not an even whole number; rotary embedding needs pairs");
        faults.Require(
            model.Heads % model.KeyValueHeads == 0,
            ["model.key_value_heads", "model.heads"],
            $"{model.KeyValueHeads} does not divide {model.Heads} heads");
        faults.Require(
            recipe.Training.LearningRate.Count == 1 || recipe.Training.LearningRate.Count == recipe.Training.Cycles.Count,
            ["training.learning_rate", "training.cycles"],
            $"{recipe.Training.LearningRate.Count} learning rates for {recipe.Training.Cycles.Count} cycles; give one number for all, or one for each");
    }
}
