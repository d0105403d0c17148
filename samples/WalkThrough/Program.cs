// One triplet from the JSONL line to the optimizer step, with every number on the way. docs/how-it-works.md explains what this prints.
//   dotnet run --project samples/WalkThrough
using TSpin.Data;
using TSpin.Demo;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Objectives;
using TSpin.Optimization;
using TSpin.Prompts;
using TSpin.Scoring;
using TSpin.Tokenizers;
using TSpin.Torch;
using WalkThrough;

const ulong Seed = 42;
const double PeakRate = 2e-5;
const double ClipNorm = 1.0;

// One weight is followed through the last step: the first number of the vector of the digit 5.
const string Weight = "model.embed_tokens.weight";
const int Row = 21;
var setting = new ObjectiveSettings { Alpha = 0.1, Beta = 0.1, Link = Link.Logistic };

// 1. The line.
var line = Path.Combine(AppContext.BaseDirectory, "example.jsonl");
var example = ExampleReader.Read([line], DataFormat.Auto, skipBad: false).Examples[0];
Say.Section("1. line");
Say.Text("line", File.ReadAllText(line).TrimEnd());

// 2. The prompt.
using var policy = DecoderLoader.Load(DemoBaseModel.Folder);
var tokenizer = Tokenizer.Load(DemoBaseModel.Folder);
var prompt = new PromptTokens(0, tokenizer.Encode(PromptTemplate.Paper.Render(example.Prompt), addSpecialTokens: true));
Say.Section("2. prompt");
Say.Text("prompt", PromptTemplate.Paper.Render(example.Prompt));
Say.Ids("prompt ids", prompt.Ids);

// 3. y from the data, y0 from the base model, y' from the policy after iteration 0.
var annotated = tokenizer.Encode(example.Response, addSpecialTokens: false);
var proto = Answer(iteration: 0);
var first = Triplet(proto.Tokens);
var (firstStep, firstOptimizer) = Train(first, iteration: 0);
firstOptimizer.Dispose();
var synthetic = Answer(iteration: 1);
var triplet = Triplet(synthetic.Tokens);
Say.Section("3. responses");
Say.Text("y", example.Response);
Say.Ids("y ids", triplet.Annotated);
Say.Text("y'", synthetic.Text);
Say.Ids("y' ids", triplet.Synthetic!);
Say.Text("y0", proto.Text);
Say.Ids("y0 ids", triplet.ProtoSynthetic!);
Say.Line($"iteration 0: loss {firstStep.Loss:F4}   current advantage {firstStep.CurrentAdvantage:F3}");

// 4. Log-probabilities under the policy as iteration 1 finds it.
Say.Section("4. log-probabilities");
Say.Values("y per token", PerToken(triplet.Annotated));
Say.Values("y' per token", PerToken(triplet.Synthetic!));
Say.Values("y0 per token", PerToken(triplet.ProtoSynthetic!));
policy.Training.RequireGradients(true);
var sums = new PackedForward().Run(policy, [triplet]);
var (logY, logSynthetic, logProto) = (sums.Annotated.Item(), sums.Synthetic!.Item(), sums.ProtoSynthetic!.Item());
Say.Line($"log pi(y|x) {logY:F4}   log pi(y'|x) {logSynthetic:F4}   log pi(y0|x) {logProto:F4}");

// 5. The loss, as a function of three numbers, and its gradient with respect to each of them.
var objective = Methods.TSpin.Create(setting, 1);
Tensor[] leaves = [Leaf(logY), Leaf(logSynthetic), Leaf(logProto)];
var value = objective.Evaluate(new SequenceLogProbs(leaves[0], leaves[1], leaves[2]));
value.PerExample.Sum().Backward();
var slopes = leaves.Select(leaf => leaf.Grad()!.Item()).ToArray();
Say.Section("5. loss");
Say.Line($"current advantage u {logY - logSynthetic:F4}   historical advantage v {logSynthetic - logProto:F4}");
Say.Line($"l(alpha u) {value.CurrentTerm!.Item():F5}   l(alpha v) {value.HistoricalTerm!.Item():F5}   loss {value.PerExample.Item():F5}");
Say.Line($"d loss / d log pi(y|x) {slopes[0]:F6}   d log pi(y'|x) {slopes[1]:F6}   d log pi(y0|x) {slopes[2]:F6}");

// 6. The step. The three slopes, carried back through the model, are the gradient of every weight.
((sums.Annotated * slopes[0]) + (sums.Synthetic * slopes[1]) + (sums.ProtoSynthetic * slopes[2])).Sum().Backward();
var slope = Followed(policy.Training.Gradient(Weight)!);
var (norm, _) = GradientNorm.Measure(policy.Parameters.Keys.Select(policy.Training.Gradient), limit: null);
var before = Followed(policy.Parameters[Weight]);
policy.Training.ClearGradients();

var (step, optimizer) = Train(triplet, iteration: 1);
Say.Section("6. step");
Say.Line($"loss {step.Loss:F5}   gradient norm {norm:F3}   learning rate {step.LearningRate:0.0e0}");
Say.Line($"{Weight}[{Row}, 0]: gradient {slope:E3}   clipped {slope * Math.Min(1, ClipNorm / (norm + 1e-6)):E3}");
Say.Line($"first moment {Followed(optimizer.State[Weight + ".exp_avg"]):E3}   second moment {Followed(optimizer.State[Weight + ".exp_avg_sq"]):E3}");
Say.Line($"before {before:F7}   after {Followed(policy.Parameters[Weight]):F7}");
using (GradMode.Off())
{
    var after = new PaddedForward().Run(policy, [triplet]);
    Say.Line($"then: log pi(y|x) {after.Annotated.Item():F3}   log pi(y'|x) {after.Synthetic!.Item():F3}   log pi(y0|x) {after.ProtoSynthetic!.Item():F3}");
}

optimizer.Dispose();
return 0;

// The answer to the prompt before an iteration, drawn as a run draws it.
Response Answer(int iteration)
{
    using var off = GradMode.Off();
    var generator = new Generator(policy, tokenizer, new SamplingOptions { MaxNewTokens = 80 });
    return generator.Generate([prompt], new ResponseSeeds(Seed, "generation", iteration)).Single();
}

// y gets an EOS; generated responses have theirs if they ended.
Triplet Triplet(int[] response)
{
    var builder = new TripletBuilder(new PromptSettings { MaxPromptTokens = 160, MaxSequenceTokens = policy.Config.MaxPositions }, tokenizer.EosId);
    builder.Add(0, prompt.Ids, annotated, response, proto.Tokens);
    return builder.Build().Triplets[0];
}

// An iteration of a single step. Every iteration begins with a new optimizer.
(StepMetrics Metrics, Optimizer Optimizer) Train(Triplet batch, int iteration)
{
    policy.Training.RequireGradients(true);
    var adam = new AdamW(policy.Parameters, residues: policy.Weights.Residues);
    var trainer = new Trainer(policy, Methods.TSpin.Create(setting, iteration), adam, LogProbReduction.Sum, microBatchSize: 1, ClipNorm);
    var (metrics, _) = trainer.Step([batch], reference: null, PeakRate, new StepPlace(iteration, Epoch: 0, Step: 1, Steps: 1));
    policy.Training.RequireGradients(false);
    return (metrics, adam);
}

// The logits at a position predict the next token: the last token of the prompt predicts the first of the response.
float[] PerToken(int[] response)
{
    using var off = GradMode.Off();
    long[] ids = [.. prompt.Ids, .. response];
    var layout = AttentionLayout.Causal(ids.Length, policy.Device, [ids.Length]);
    var predicting = policy.Hidden(Tensor.From<long>(ids, [1, ids.Length]), layout).Squeeze(0).Narrow(0, prompt.Ids.Length - 1, response.Length);
    return policy.Logits(predicting).LogSoftmax(-1)
        .Gather(1, Tensor.From<long>(ids.AsSpan(prompt.Ids.Length), [response.Length, 1])).Squeeze(1).ToArray<float>();
}

static Tensor Leaf(double value)
{
    var leaf = Tensor.From<double>([value]);
    leaf.RequiresGrad = true;
    return leaf;
}

static double Followed(Tensor tensor) => tensor.Detach().Narrow(0, Row, 1).Reshape(-1).Narrow(0, 0, 1).Item();
