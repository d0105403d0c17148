using System.Text.Json;
using System.Text.Json.Serialization;
using TSpin.Distribution;
using TSpin.Files;
using TSpin.Generation;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.SelfPlay;

/// <summary>What rank 0 tells the other processes of a run to do with it. Each says what follows; the exchanges of both sides stand side by side in <see cref="RankLeader"/> and <see cref="RankWorker"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "order")]
[JsonDerivedType(typeof(Begin), "begin")]
[JsonDerivedType(typeof(TakePolicy), "take_policy")]
[JsonDerivedType(typeof(MakeGenerator), "make_generator")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(ScoreTexts), "score_texts")]
[JsonDerivedType(typeof(Train), "train")]
[JsonDerivedType(typeof(Score), "score")]
[JsonDerivedType(typeof(TakeState), "take_state")]
[JsonDerivedType(typeof(SaveState), "save_state")]
[JsonDerivedType(typeof(MeetInFolder), "meet_in_folder")]
[JsonDerivedType(typeof(Step), "step")]
[JsonDerivedType(typeof(Collect), "collect")]
[JsonDerivedType(typeof(SendState), "send_state")]
[JsonDerivedType(typeof(SendParameter), "send_parameter")]
[JsonDerivedType(typeof(Walk), "walk")]
[JsonDerivedType(typeof(EndTraining), "end_training")]
[JsonDerivedType(typeof(Stop), "stop")]
internal abstract record RankOrder
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonLinesFormat.Default);

    public static RankOrder Of(byte[] bytes) => JsonSerializer.Deserialize<RankOrder>(bytes, JsonLinesFormat.Default)!;

    /// <summary>Load the starting model, or this process' share of it, and compute in this type; also in the place of what was begun before.</summary>
    internal sealed record Begin(DType ComputeType, ShardingKind Sharding, bool IsFirstStage) : RankOrder;

    /// <summary>Give all this process' part of a parameter.</summary>
    internal sealed record SendParameter(string Name) : RankOrder;

    /// <summary>Gather the policy's parameters, or those that answer, in the order of a forward pass, which rank 0 takes.</summary>
    internal sealed record Walk(bool IsInference) : RankOrder;

    /// <summary>Take the policy's parameters, which follow.</summary>
    internal sealed record TakePolicy : RankOrder;

    /// <summary>Make a generator of the policy.</summary>
    internal sealed record MakeGenerator(SamplingOptions Options, IReadOnlyList<int> EndIds) : RankOrder;

    /// <summary>Answer the wave with this process' number, if there is one, and give the answers to all.</summary>
    internal sealed record Answer(PromptTokens[][] Waves, ResponseSeeds Seeds, int BatchSize) : RankOrder;

    /// <summary>Score the texts of the pass with this process' number, if there is one, with the policy, and give the scores to all.</summary>
    internal sealed record ScoreTexts(ScoringPass[] Passes) : RankOrder;

    /// <summary>Begin to train the policy, beside a second model if one is compared with, which follows where it is the one that the run began with; then come scores, states and steps.</summary>
    internal sealed record Train(int Iteration, bool LoadsReference, bool TakesInitial, ShardingKind Sharding) : RankOrder;

    /// <summary>Give all what this process has updated of the parameters, with every bit.</summary>
    internal sealed record Collect : RankOrder;

    /// <summary>Give all a tensor of optimizer state that this process holds.</summary>
    internal sealed record SendState(string Name) : RankOrder;

    /// <summary>Compute the reference log-probabilities of the pass with this process' number, if there is one, and give them to all.</summary>
    internal sealed record Score(Triplet[][] Passes) : RankOrder;

    /// <summary>Take parameters and optimizer state after so many steps, which follow; or read them there, and say how that went.</summary>
    internal sealed record TakeState(int StepsDone, string? Path) : RankOrder;

    /// <summary>Write there what this process holds of the state after so many steps, and say how that went.</summary>
    internal sealed record SaveState(string Path, int StepsDone) : RankOrder;

    /// <summary>Say whether the file is there with this word in it, and leave the same word beside it.</summary>
    internal sealed record MeetInFolder(string Path, string Word) : RankOrder;

    /// <summary>Take a step with this process' share of the window.</summary>
    internal sealed record Step(Triplet[] Window, ReferenceLogProbs[]? Reference, double LearningRate, StepPlace Place) : RankOrder;

    /// <summary>The last step was taken.</summary>
    internal sealed record EndTraining : RankOrder;

    /// <summary>End with this exit code.</summary>
    internal sealed record Stop(int ExitCode) : RankOrder;
}
