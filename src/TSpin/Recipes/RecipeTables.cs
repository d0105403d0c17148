using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Data;
using TSpin.Distribution;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Logging;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <summary>The keys of a recipe, section by section: the one place where a field's YAML name, kind, range and meaning stand.</summary>
public static partial class RecipeTables
{
    private static Known? _recipe;

    private const string Tokens = "[1, 1000000]";
    private const string DataFile = "JSONL, JSON, CSV, Parquet or Arrow file, or folder or pattern of them";

    private static readonly ValueKind<ValueList<string>> Stop = Kinds.ListOf(
        Kinds.Text(
            "1 to 200 characters",
            text => text.Length is >= 1 and <= 200 ? null : $"{YamlText.Show(text, quoted: true)} is no stop text; use 1 to 200 characters"),
        minimumCount: 0,
        maximumCount: 16);

    private static readonly ValueKind<string?> Judge = Kinds.Optional(Kinds.Text(
        "a command for sh", text => text.Trim().Length > 0 ? null : "a judge's command is empty; write one, or null for none"));

    private static readonly ValueKind<int?> Count = Kinds.Optional(Kinds.Integer("[1, 1000000000]"));

    /// <summary>A device name; reusable by other kinds of recipe.</summary>
    public static ValueKind<string> Device { get; } = Kinds.Text("cpu, cuda, cuda:0, cuda:1, ...", DeviceFault);

    /// <summary>The words for <see cref="DataFormat"/>.</summary>
    public static ValueKind<DataFormat> Format { get; } = Kinds.Word([.. DataFormatWords.All]);

    private static readonly ValueKind<string?> Column = Kinds.Optional(Kinds.Text(
        "a column's name, with dots into nested ones",
        text => text.Length is >= 1 and <= 500 && !text.Split('.').Contains("") ? null : $"{YamlText.Show(text, quoted: true)} names no column; write for example question, or sample.question"));

    /// <summary>Section <c>data.columns</c>; reusable by other kinds of recipe.</summary>
    public static Section<ColumnSettings> Columns { get; } = new Section<ColumnSettings>(
            "Where the texts stand in records with names of their own: either messages, or prompt and response.")
        .Field("prompt", Column, r => r.Prompt, (r, v) => r with { Prompt = v },
            "The column of the prompt; null: as the format has it.")
        .Field("response", Column, r => r.Response, (r, v) => r with { Response = v },
            "The column of the annotated response; null: as the format has it.")
        .Field("messages", Column, r => r.Messages, (r, v) => r with { Messages = v },
            "The column of the list of turns; null: as the format has it.");

    private static readonly ValueKind<string> TemplateArgument = Kinds.Text(
        "NAME=VALUE",
        text => text.IndexOf('=', StringComparison.Ordinal) > 0 ? null : $"{YamlText.Show(text, quoted: true)} is no NAME=VALUE; write for example enable_thinking=false");

    /// <summary>Section <c>model</c>; reusable by other kinds of recipe.</summary>
    public static Section<ModelSettings> Model { get; } = new Section<ModelSettings>("The starting model and where it runs.")
        .Required("path", Kinds.PathOrHubName("Hugging Face model folder or .gguf file", alsoUnmarked: true), r => r.Path, (r, v) => r with { Path = v },
            "The starting model: a folder with config.json, safetensors and tokenizer.json, or a GGUF file.")
        .Field("dtype",
            Kinds.Word(("auto", ComputeType.Auto), ("float32", ComputeType.Float32), ("bfloat16", ComputeType.BFloat16)),
            r => r.Dtype, (r, v) => r with { Dtype = v },
            "Compute type; `auto` times both on this machine and takes the faster one. Master weights are float32 in any case.")
        .Field("device", Device, r => r.Device, (r, v) => r with { Device = v },
            "Where the model runs.");

    /// <summary>Section <c>data</c>.</summary>
    public static Section<DataSettings> Data { get; } = new Section<DataSettings>("The annotated examples.")
        .Required("train", Kinds.ListOf(Kinds.PathOrHubName(DataFile), 1, 1000), r => r.Train, (r, v) => r with { Train = v },
            "The annotated examples: a file, a folder of files, a pattern such as data/train-*.parquet, or a list of these.")
        .Field("format", Format, r => r.Format, (r, v) => r with { Format = v },
            "Layout of the records; `auto` decides from the first one and says what it found.")
        .Group("columns", Columns, r => r.Columns, (r, v) => r with { Columns = v })
        .Field("turns", Kinds.Word(("first", AnnotatedTurns.First), ("last", AnnotatedTurns.Last), ("every", AnnotatedTurns.Every)), r => r.Turns, (r, v) => r with { Turns = v },
            "Which assistant turns of a conversation are annotated: the first, the last or every one, with all that is said before it as the prompt.")
        .Field("examples", Count, r => r.Examples, (r, v) => r with { Examples = v },
            "How many to use: the first of the seeded shuffle, so a larger number contains every smaller one. null: all.")
        .Field("validation", Kinds.Optional(Kinds.TextOrFile(ValidationSplit.Forms, ValidationSplit.FaultOf, ValidationSplit.IsFile)), r => r.Validation, (r, v) => r with { Validation = v },
            "Annotated examples that are never trained on: checkpoints are chosen by them, and the run stops by them. A share, a count, fold i of k, or a file. null: none.")
        .Field("prompts", Kinds.OptionalReference(Kinds.ListOf(Kinds.PathOrHubName(DataFile), 1, 1000)), r => r.Prompts, (r, v) => r with { Prompts = v },
            "Prompts that section rejection answers: files as in train, whose records may lack an answer where the check needs none. null: none.")
        .Field("skip_bad", Kinds.Flag(), r => r.SkipBad, (r, v) => r with { SkipBad = v },
            "Count bad lines and go on, instead of refusing the file.");

    /// <summary>Section <c>prompt</c>; reusable by other kinds of recipe.</summary>
    public static Section<PromptSettings> Prompt { get; } = new Section<PromptSettings>("From the user's words to the tokens that a response continues.")
        .Field("template", Kinds.TextOrFile("paper, none, chat, chat:NAME, a .jinja file, or text with {prompt} once", TemplateText.FaultOf, TemplateText.IsFile), r => r.Template, (r, v) => r with { Template = v },
            "`paper` is \"### Instruction: {prompt}\\n\\n### Response: \"; `none` is the prompt alone; `chat` is the model's own chat template (docs/chat-templates.md); any other text must hold {prompt} once.")
        .Field("system", Kinds.Optional(Kinds.Text("what a system turn says", text => text.Length > 0 ? null : "a system turn must say something; write null for none")), r => r.System, (r, v) => r with { System = v },
            "What a system turn before the prompt says; for chat templates only.")
        .Field("arguments", Kinds.ListOf(TemplateArgument, 0, 100), r => r.Arguments, (r, v) => r with { Arguments = v },
            "What a chat template is told besides, such as enable_thinking=false: NAME=VALUE, the value JSON, or else text.")
        .Field("max_prompt_tokens", Kinds.Integer(Tokens), r => r.MaxPromptTokens, (r, v) => r with { MaxPromptTokens = v },
            "Longest rendered prompt, in tokens; longer ones are cut and counted.")
        .Field("truncate",
            Kinds.Word(("left", TruncationSide.Left), ("right", TruncationSide.Right)),
            r => r.Truncate, (r, v) => r with { Truncate = v },
            "Which end of a too long prompt is cut off.")
        .Field("max_sequence_tokens", Kinds.Integer("[2, 1000000]"), r => r.MaxSequenceTokens, (r, v) => r with { MaxSequenceTokens = v },
            "Longest prompt plus response in training, in tokens (paper: 2048); longer responses are cut and counted.");

    /// <summary>Section <c>generation</c>; reusable by other kinds of recipe.</summary>
    public static Section<GenerationSettings> Generation { get; } = new Section<GenerationSettings>(
            "How synthetic and proto-synthetic responses are sampled. The paper does not say; the defaults are SPIN's.")
        .Field("max_new_tokens", Kinds.Integer(Tokens), r => r.MaxNewTokens, (r, v) => r with { MaxNewTokens = v },
            "Longest response, in tokens.")
        .Field("temperature", Kinds.Number("[0, 10]"), r => r.Temperature, (r, v) => r with { Temperature = v },
            "What logits are divided by; 0 takes the most probable token.")
        .Field("top_p", Kinds.Number("(0, 1]"), r => r.TopP, (r, v) => r with { TopP = v },
            "Sample from the smallest set of tokens with at least this probability; 1 is all.")
        .Field("top_k", Kinds.Integer("[0, 10000000]"), r => r.TopK, (r, v) => r with { TopK = v },
            "Sample from this many most probable tokens; 0 is off.")
        .Field("cut_responses",
            Kinds.Word(("keep", CutResponses.Keep), ("drop", CutResponses.Drop), ("retry", CutResponses.Retry)),
            r => r.CutResponses, (r, v) => r with { CutResponses = v },
            "What becomes of synthetic responses that were cut at max_new_tokens, and so teach no end: kept; their "
                + "triplets dropped; or answered once more with up to twice the limit, what is cut then too being "
                + "kept.")
        .Field("mix_previous", Kinds.Flag(), r => r.MixPrevious, (r, v) => r with { MixPrevious = v },
            "From iteration 1 on train on the synthetic responses of the iteration before as well, as SPIN's code "
                + "does: twice the triplets.")
        .Field("batch_size", Kinds.Optional(Kinds.Integer("[1, 65536]")), r => r.BatchSize, (r, v) => r with { BatchSize = v },
            "Responses generated at once; does not change them. null: as many as fit in half of the free memory, at most 32 on the CPU and 256 on a GPU.")
        .Field("stop", Stop, r => r.Stop, (r, v) => r with { Stop = v },
            "Texts that end a response, besides the model's end-of-sequence tokens.");

    /// <summary>Section <c>lora</c>.</summary>
    public static Section<LoraSettings> Lora { get; } = new Section<LoraSettings>("A low-rank adapter to train instead of the model. Its step size is about ten times that of full fine-tuning.")
        .Field("adapter", Kinds.Optional(Kinds.PathOrHubName("folder of an adapter", alsoUnmarked: true)), r => r.Adapter, (r, v) => r with { Adapter = v },
            "An adapter in PEFT's format to go on training; it keeps its rank, scale and targets, and what else this section sets must agree with it. null: a new one.")
        .Field("rank", Kinds.Integer("[0, 65536]"), r => r.Rank, (r, v) => r with { Rank = v },
            "Rank of the update; 0 is the given adapter's, or else trains the whole model.")
        .Field("alpha", Kinds.Number("(0, 1000000]"), r => r.Alpha, (r, v) => r with { Alpha = v },
            "The update is scaled by alpha / rank.")
        .Field("rslora", Kinds.Flag(), r => r.RsLora, (r, v) => r with { RsLora = v },
            "Scale by alpha / sqrt(rank) instead.")
        .Field("target_modules", Kinds.ListOf(Kinds.Text("a module's name, or all-linear", text => text.Length > 0 ? null : "a module's name is empty; name one, such as q_proj"), 1, 1000), r => r.TargetModules, (r, v) => r with { TargetModules = v },
            "What the adapted modules' names end with; all-linear is every linear module but the output head.");

    /// <summary>Section <c>sft</c>.</summary>
    public static Section<SftSettings> Sft { get; } = new Section<SftSettings>(
            "Supervised fine-tuning on the annotated examples before the first iteration: its result is the initial "
                + "model of what follows. What is not here is as in section training.")
        .Field("epochs", Kinds.Integer("[0, 1000]"), r => r.Epochs, (r, v) => r with { Epochs = v },
            "Passes over the examples; 0: no such stage.")
        .Field("learning_rate", Kinds.Number("(0, 1]"), r => r.LearningRate, (r, v) => r with { LearningRate = v },
            "Peak learning rate.");

    /// <summary>Section <c>rejection</c>.</summary>
    public static Section<RejectionSettings> Rejection { get; } = new Section<RejectionSettings>(
            "Rejection sampling (RFT) before the first iteration: the starting model answers data.prompts as section generation "
                + "says, and answers that a check accepts become annotated (docs/objectives.md).")
        .Field("draws", Kinds.Integer("[0, 1000]"), r => r.Draws, (r, v) => r with { Draws = v },
            "Answers drawn to each prompt; 0: no such stage.")
        .Field("accept",
            Kinds.Word(("final_number", AnswerCheck.FinalNumber), ("exact", AnswerCheck.Exact), ("judge", AnswerCheck.Judge)),
            r => r.Accept, (r, v) => r with { Accept = v },
            "What accepts an answer: its last number is that of the record's answer; it is the record's answer, up to letter case and white "
                + "space; or a judge. Answers cut at max_new_tokens are never accepted.")
        .Field("keep", Kinds.Integer("[1, 1000]"), r => r.Keep, (r, v) => r with { Keep = v },
            "Different accepted answers of a prompt that become annotated: the first ones drawn.")
        .Field("annotated", Kinds.Flag(), r => r.Annotated, (r, v) => r with { Annotated = v },
            "Answer the annotated examples' prompts too: more answers to the same prompt.")
        .Field("judge", Judge, r => r.Judge, (r, v) => r with { Judge = v },
            "A command that scores answers, as metric.command of a task of your own does (docs/evaluation-tasks.md). Runs in the current directory.")
        .Field("at_least", Kinds.Number("[-1000000, 1000000]"), r => r.AtLeast, (r, v) => r with { AtLeast = v },
            "The least score of the judge's that accepts.")
        .Field("judge_timeout", Kinds.Number("(0, 1000000]"), r => r.JudgeTimeoutSeconds, (r, v) => r with { JudgeTimeoutSeconds = v },
            "How long the judge may take for all answers, in seconds.");

    /// <summary>Section <c>training.stop</c>.</summary>
    public static Section<StopSettings> Stopping { get; } = new Section<StopSettings>("When the run ends before its last iteration, and what its iterations are compared by.")
        .Field("patience", Kinds.Optional(Kinds.Integer("[1, 1000]")), r => r.Patience, (r, v) => r with { Patience = v },
            "Iterations in a row without a better one after which the run ends; a difference within one standard error is not better. null: it goes through all.")
        .Field("metric", Kinds.Optional(Kinds.Text("TASK, TASK/METRIC or TASK/METRIC,FILTER", CheckpointChoice.FaultOf)), r => r.Metric, (r, v) => r with { Metric = v },
            "What iterations are compared by, also for checkpoints.keep best: in the words of evaluation.json, METRIC also nats_per_token. null: data.validation where it is given, else the first task; the first metric there.");

    /// <summary>Section <c>training.taught</c>.</summary>
    public static Section<TaughtSettings> Taught { get; } = new Section<TaughtSettings>(
            "Prompts that no longer teach, which from iteration 1 on are neither generated nor trained (docs/objectives.md).")
        .Field("below", Kinds.Optional(Kinds.Number("(0, 1]")), r => r.Below, (r, v) => r with { Below = v },
            "A prompt is left out when its triplet's weight in the slope of the loss, seen before it was trained in an iteration, is below "
                + "this; 0.05 is a scaled advantage of 3. null: none is.")
        .Field("look_again", Kinds.Integer("[2, 1000]"), r => r.LookAgain, (r, v) => r with { LookAgain = v },
            "After so many iterations it is generated and measured again.");

    /// <summary>Section <c>training</c>.</summary>
    public static Section<TrainingSettings> Training { get; } = new Section<TrainingSettings>("The loop and its optimizer.")
        .Field("iterations", Kinds.Integer("[1, 1000]"), r => r.Iterations, (r, v) => r with { Iterations = v },
            "Rounds of self-play (the paper reports iterations 0 to 4).")
        .Field("epochs", Kinds.Integer("[1, 1000]"), r => r.Epochs, (r, v) => r with { Epochs = v },
            "Passes over the triplets in each iteration.")
        .Field("learning_rate", Kinds.ListOf(Kinds.Number("(0, 1]"), 1, 1000), r => r.LearningRate, (r, v) => r with { LearningRate = v },
            "Peak learning rate: one for all iterations, or a list with one for each.")
        .Field("optimizer",
            Kinds.Word(("rmsprop", OptimizerKind.RmsProp), ("adamw", OptimizerKind.AdamW)),
            r => r.Optimizer, (r, v) => r with { Optimizer = v },
            "RMSprop is the paper's; both follow torch.optim.")
        .Field("masters",
            Kinds.Word(("float32", MasterKind.Float32), ("kahan", MasterKind.Float32), ("stochastic", MasterKind.Stochastic)),
            r => r.Masters, (r, v) => r with { Masters = v },
            "For whole models trained in bfloat16: float32, kept as the bfloat16 that the arithmetic reads and the 16 bits that rounding cut off (kahan is another word for it); or bfloat16 alone, rounded at random (stochastic: 2 bytes a parameter less).")
        .Field("weight_decay", Kinds.Number("[0, 1]"), r => r.WeightDecay, (r, v) => r with { WeightDecay = v },
            "Weight decay (paper: none).")
        .Field("adam_beta1", Kinds.Number("[0, 1)"), r => r.AdamBeta1, (r, v) => r with { AdamBeta1 = v },
            "AdamW's decay of the mean gradient.")
        .Field("adam_beta2", Kinds.Number("[0, 1)"), r => r.AdamBeta2, (r, v) => r with { AdamBeta2 = v },
            "AdamW's decay of the mean squared gradient.")
        .Field("rmsprop_alpha", Kinds.Number("[0, 1)"), r => r.RmsPropAlpha, (r, v) => r with { RmsPropAlpha = v },
            "RMSprop's decay of the mean squared gradient.")
        .Field("epsilon", Kinds.Number("(0, 1]"), r => r.Epsilon, (r, v) => r with { Epsilon = v },
            "What the optimizer adds to its denominator.")
        .Field("decay_biases_and_norms", Kinds.Flag(), r => r.DecayBiasesAndNorms, (r, v) => r with { DecayBiasesAndNorms = v },
            "Whether weight decay reaches biases and normalisation weights too.")
        .Field("schedule",
            Kinds.Word(("linear", LearningRateSchedule.Linear), ("cosine", LearningRateSchedule.Cosine), ("constant", LearningRateSchedule.Constant)),
            r => r.Schedule, (r, v) => r with { Schedule = v },
            "What the learning rate does after warm-up: falls to 0 in a line or half a cosine, or stays.")
        .Field("warmup_share", Kinds.Number("[0, 1]"), r => r.WarmupShare, (r, v) => r with { WarmupShare = v },
            "Share of an iteration's steps in which the learning rate rises from 0 (paper: 10%).")
        .Field("batch_size", Kinds.Integer("[1, 1000000]"), r => r.BatchSize, (r, v) => r with { BatchSize = v },
            "Examples per optimizer step (paper: 64).")
        .Field("tokens_per_pass", Kinds.Integer("[1, 100000000]"), r => r.TokensPerPass, (r, v) => r with { TokensPerPass = v },
            "Tokens per forward and backward pass at most (a prompt once, each response once); a step's examples are divided into passes by length. Changes memory, not the result.")
        .Field("micro_batch_size", Kinds.Integer("[1, 1000000]"), r => r.MicroBatchSize, (r, v) => r with { MicroBatchSize = v },
            "Examples per forward and backward pass at most, whatever tokens_per_pass allows; changes memory, not the result.")
        .Field("recompute", Kinds.Flag(), r => r.Recompute, (r, v) => r with { Recompute = v },
            "Keep only the inputs of blocks and compute each block again in backward: about a third more arithmetic, far less memory, the same gradients. Without clip_norm and with steps of one pass, each block is also updated during backward, which keeps the gradients of one block at a time.")
        .Field("clip_norm", Kinds.Optional(Kinds.Number("(0, 1000000]")), r => r.ClipNorm, (r, v) => r with { ClipNorm = v },
            "Largest gradient norm over all parameters; null is off. Clipping needs all gradients before the first update: with recompute, null saves their memory.")
        .Group("taught", Taught, r => r.Taught, (r, v) => r with { Taught = v })
        .Group("stop", Stopping, r => r.Stop, (r, v) => r with { Stop = v })
        .Field("save_every_steps", Kinds.Integer("[0, 1000000000]"), r => r.SaveEverySteps, (r, v) => r with { SaveEverySteps = v },
            "Optimizer steps between saves inside an iteration; 0 saves only at its end.");

    /// <summary>Section <c>checkpoints</c>.</summary>
    public static Section<CheckpointSettings> Checkpoints { get; } = new Section<CheckpointSettings>("Which weights stay on disk.")
        .Field("keep",
            Kinds.Word(("best", CheckpointKeeping.Best), ("last", CheckpointKeeping.Last), ("all", CheckpointKeeping.All)),
            r => r.Keep, (r, v) => r with { Keep = v },
            "Iterations whose weights stay; `best` is by data.validation, else evaluation.data or tasks (training.stop.metric).")
        .Field("max_shard_bytes", Kinds.Bytes("[1000000, 1000000000000]"), r => r.MaxShardBytes, (r, v) => r with { MaxShardBytes = v },
            "Largest safetensors file.");

    /// <summary>Section <c>distribution</c>.</summary>
    public static Section<DistributionSettings> Distribution { get; } = new Section<DistributionSettings>("A run that several processes share (docs/distributed.md); one process reads nothing of it.")
        .Field("timeout_seconds", Kinds.Integer("[1, 1000000]"), r => r.TimeoutSeconds, (r, v) => r with { TimeoutSeconds = v },
            "Longest wait of a process for the others, at the start and in every exchange. A killed process is noticed at once, a stopped machine or a cut cable after this time.")
        .Field("sharding", Kinds.Word(("none", ShardingKind.None), ("optimizer", ShardingKind.Optimizer), ("full", ShardingKind.Full)), r => r.Sharding, (r, v) => r with { Sharding = v },
            "`none`: every process holds all; `optimizer`: each holds the optimizer state of its share of the parameters alone, which changes no bit; `full`: each holds its share of everything, on the CPU.")
        .Field("threads", Kinds.Optional(Kinds.Integer("[1, 4096]")), r => r.Threads, (r, v) => r with { Threads = v },
            "Threads of every process. null: as OMP_NUM_THREADS says, which torchrun sets to 1.");

    /// <summary>Section <c>evaluation</c>; reusable by other kinds of recipe.</summary>
    public static Section<EvaluationSettings> Evaluation { get; } = new Section<EvaluationSettings>("What every iteration is measured on.")
        .Field("data", Kinds.OptionalReference(Kinds.ListOf(Kinds.PathOrHubName(DataFile), 1, 1000)), r => r.Data, (r, v) => r with { Data = v },
            "Held-out examples, named as data.train is; null: no evaluation. Of a dataset on a hub without a file: its test split, else its validation split.")
        .Field("tasks", Kinds.ListOf(Kinds.TextOrFile("names of tasks and YAML files", TaskFault, TaskFile.IsOne), 1, 100), r => r.Tasks, (r, v) => r with { Tasks = v },
            "What is measured: gsm8k, the final number of the answers to evaluation.data, strict and flexible; or lm-evaluation-harness' tasks (docs/evaluation-tasks.md), asked of evaluation.datasets, among them gsm8k where evaluation.data is null; or a YAML file with a task of your own.")
        .Field("datasets", Kinds.Optional(Kinds.PathOrHubName("folder", alsoAll: true)),
            r => r.Datasets, (r, v) => r with { Datasets = v },
            "The folder of the datasets that the harness' tasks ask, as ORG/DATASET/NAME/SPLIT.EXT or in the Hub's layout. "
            + "`hub:`: each task's own dataset, fetched from a hub; hub:org/name: one repository that has them.")
        .Field("harness", Kinds.Optional(Kinds.FilePath("folder")), r => r.Harness, (r, v) => r with { Harness = v },
            "The harness' folder tasks/leaderboard, from which BBH and MATH take their examples. null: harness/ in evaluation.datasets.")
        .Field("langdetect", Kinds.Optional(Kinds.FilePath("folder")), r => r.Langdetect, (r, v) => r with { Langdetect = v },
            "langdetect/profiles of the Python package, to tell IFEval's languages as it does. null: Lingua's models.")
        .Field("punkt", Kinds.Optional(Kinds.FilePath("folder")), r => r.Punkt, (r, v) => r with { Punkt = v },
            "punkt_tab/english of nltk's data, to split IFEval's sentences as it does. null: rules of our own.")
        .Field("limit", Kinds.Optional(Kinds.Number("(0, 100000000]")), r => r.Limit, (r, v) => r with { Limit = v },
            "Rows of each of the harness' tasks: the first so many; below 1 a share of them. null: all.")
        .Field("num_fewshot", Kinds.Optional(Kinds.Integer("[0, 1000]")), r => r.NumFewshot, (r, v) => r with { NumFewshot = v },
            "Examples before each question of the harness' tasks. null: each task's own.")
        .Field("apply_chat_template", Kinds.Flag(), r => r.ApplyChatTemplate, (r, v) => r with { ApplyChatTemplate = v },
            "Whether the harness' questions go through the model's chat template.")
        .Field("fewshot_as_multiturn", Kinds.Flag(), r => r.FewshotAsMultiturn, (r, v) => r with { FewshotAsMultiturn = v },
            "With apply_chat_template: whether examples are turns of the conversation, or all stand in the user's one turn.")
        .Field("system_instruction", Kinds.Optional(Kinds.Text("any text", _ => null)), r => r.SystemInstruction, (r, v) => r with { SystemInstruction = v },
            "What the system says before the harness' questions.")
        .Field("fewshot_seed", Kinds.Integer("[0, 2147483647]"), r => r.FewshotSeed, (r, v) => r with { FewshotSeed = v },
            "Seed of the harness' examples.")
        .Field("format", Format, r => r.Format, (r, v) => r with { Format = v },
            "Layout of the records, as in data.format.")
        .Group("columns", Columns, r => r.Columns, (r, v) => r with { Columns = v })
        .Field("turns", Kinds.Word(("first", AnnotatedTurns.First), ("last", AnnotatedTurns.Last), ("every", AnnotatedTurns.Every)), r => r.Turns, (r, v) => r with { Turns = v },
            "Which assistant turns of a conversation are annotated: the first, the last or every one, with all that is said before it as the prompt.")
        .Field("examples", Count, r => r.Examples, (r, v) => r with { Examples = v },
            "How many: the first of the seeded shuffle. null: all.")
        .Field("max_new_tokens", Kinds.Integer(Tokens), r => r.MaxNewTokens, (r, v) => r with { MaxNewTokens = v },
            "Longest answer, in tokens.")
        .Field("batch_size", Kinds.Optional(Kinds.Integer("[1, 65536]")), r => r.BatchSize, (r, v) => r with { BatchSize = v },
            "Answers generated at once; does not change them. null: as many as fit in half of the free memory, at most 32 on the CPU and 256 on a GPU.")
        .Field("sampled", Kinds.Flag(), r => r.Sampled, (r, v) => r with { Sampled = v },
            "Score answers sampled at temperature 1 too, besides the greedy ones.")
        .Field("distance", Kinds.Optional(Kinds.Integer("[1, 100000]")), r => r.Distance, (r, v) => r with { Distance = v },
            "Measure the distance from the starting model by so many answers, drawn at temperature 1 to prompts of evaluation.data, else of data.validation, else of the training data: nats per token by which the model finds them likelier than the starting model does. null: no.")
        .Field("initial", Kinds.Flag(), r => r.Initial, (r, v) => r with { Initial = v },
            "Evaluate the starting model before training.")
        .Field("stop", Stop, r => r.Stop, (r, v) => r with { Stop = v },
            "Texts that end an answer, besides the model's end-of-sequence tokens.")
        .Field("judge", Judge,
            r => r.Judge, (r, v) => r with { Judge = v },
            "A command that scores the answers to validation examples which are neither numbers nor labels, as "
                + "metric.command of a task of your own does (docs/evaluation-tasks.md). Runs in the current directory. null: only likelihood counts.")
        .Field("validation_metric",
            Kinds.Word(("auto", ValidationMetric.Auto), ("number", ValidationMetric.Number),
                ("label", ValidationMetric.Label), ("judge", ValidationMetric.Judge),
                ("likelihood", ValidationMetric.Likelihood)),
            r => r.ValidationMetric, (r, v) => r with { ValidationMetric = v },
            "How answers to validation examples are judged: by the final number, as labels, by the judge, or not at all; "
                + "`auto`: as the examples that are kept allow.")
        .Field("judge_timeout", Kinds.Number("(0, 1000000]"),
            r => r.JudgeTimeoutSeconds, (r, v) => r with { JudgeTimeoutSeconds = v },
            "How long the judge may take for all answers, in seconds.");

    /// <summary>Section <c>logging</c>; reusable by other kinds of recipe.</summary>
    public static Section<LoggingSettings> Logging { get; } =
        new Section<LoggingSettings>("What is written besides for other programs to watch (docs/watching.md).")
        .Field("tensorboard", Kinds.Flag(), r => r.Tensorboard, (r, v) => r with { Tensorboard = v },
            "Write TensorBoard's event files into the run's folder: scalars of every step, scores, texts, settings.");

    /// <summary>Section <c>output</c>; reusable by other kinds of recipe.</summary>
    public static Section<OutputSettings> Output { get; } = new Section<OutputSettings>("Where runs are put.")
        .Field("directory", Kinds.FilePath("folder"), r => r.Directory, (r, v) => r with { Directory = v },
            "The folder that holds one folder per run. Written in a recipe it starts from the recipe's folder; the default is below the current directory.");

    /// <summary>The name of a run; reusable by other kinds of recipe.</summary>
    public static ValueKind<string> Name { get; } = Kinds.Text("1 to 100 of a-z 0-9 - _ .", NameFault);

    /// <summary>The whole recipe, with the methods that are registered now.</summary>
    public static RecipeFormat<Recipe> Recipe
    {
        get
        {
            var methods = Methods.All;
            if (_recipe is not { } known || known.Methods != methods)
            {
                _recipe = known = new Known(methods, Whole(methods));
            }

            return known.Format;
        }
    }

    /// <summary>The table that a recipe is written by: of the numbers of single methods those of its own method, and what else it states.</summary>
    internal static RecipeFormat<Recipe> Of(Recipe recipe) => Whole(
        Methods.All, [.. Methods.All.Where(method => method == recipe.Method || method.Settings.Any(setting => recipe.Objective.OfMethods.Any(stated => stated.Key == setting.Key)))]);

    private static RecipeFormat<Recipe> Whole(IReadOnlyList<Method> methods, IReadOnlyList<Method>? withSettings = null) => new(
        new Section<Recipe>("A T-SPIN run.")
            .Field("name", Name, r => r.Name, (r, v) => r with { Name = v },
                "What the run is called.")
            .Field("method",
                Kinds.Word([.. methods.Select(method => (method.Name, method))]),
                r => r.Method, (r, v) => r with { Method = v },
                "The objective: of self-play (tspin to space), supervised (sft to unlikelihood), or of pairs in the "
                    + "data (dpo to orpo); docs/objectives.md.")
            .Field("seed", Kinds.Seed(), r => r.Seed, (r, v) => r with { Seed = v },
                "The one seed from which every draw derives its own.")
            .Group("model", Model, r => r.Model, (r, v) => r with { Model = v })
            .Group("data", Data, r => r.Data, (r, v) => r with { Data = v })
            .Group("prompt", Prompt, r => r.Prompt, (r, v) => r with { Prompt = v })
            .Group("generation", Generation, r => r.Generation, (r, v) => r with { Generation = v })
            .Group("objective", Objective(withSettings ?? methods), r => r.Objective, (r, v) => r with { Objective = v })
            .Group("rejection", Rejection, r => r.Rejection, (r, v) => r with { Rejection = v })
            .Group("sft", Sft, r => r.Sft, (r, v) => r with { Sft = v })
            .Group("training", Training, r => r.Training, (r, v) => r with { Training = v })
            .Group("lora", Lora, r => r.Lora, (r, v) => r with { Lora = v })
            .Group("checkpoints", Checkpoints, r => r.Checkpoints, (r, v) => r with { Checkpoints = v })
            .Group("distribution", Distribution, r => r.Distribution, (r, v) => r with { Distribution = v })
            .Group("evaluation", Evaluation, r => r.Evaluation, (r, v) => r with { Evaluation = v })
            .Group("logging", Logging, r => r.Logging, (r, v) => r with { Logging = v })
            .Group("output", Output, r => r.Output, (r, v) => r with { Output = v }),
        Check);

    /// <summary>The whole recipe with the program's own methods alone, for its docs and help.</summary>
    public static RecipeFormat<Recipe> OfTheProgram { get; } = Whole(Methods.OfTheProgram);

    private sealed record Known(IReadOnlyList<Method> Methods, RecipeFormat<Recipe> Format);
}
