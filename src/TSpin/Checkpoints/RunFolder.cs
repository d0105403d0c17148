namespace TSpin.Checkpoints;

/// <summary>Names of everything in a run's folder.</summary>
/// <param name="path">The folder.</param>
public sealed class RunFolder(string path)
{
    /// <summary>The folder's full path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>The effective recipe.</summary>
    public string Recipe => In("recipe.yaml");

    /// <summary>Machine, versions and the choices made on it.</summary>
    public string Environment => In("environment.json");

    /// <summary>Fingerprints of the base model's files and the held-out problems.</summary>
    public string Sources => In("sources.json");

    /// <summary>Id, method, status.</summary>
    public string Run => In("run.json");

    /// <summary>The annotated examples of the run, in training order before shuffling.</summary>
    public string Examples => In("examples.jsonl");

    /// <summary>The annotated examples kept to choose by, where the recipe keeps some.</summary>
    public string Validation => In("validation.jsonl");

    /// <summary>Fields of the recipe that are others since the run was continued.</summary>
    public string Changes => In("changes.jsonl");

    /// <summary>What is wrong with annotated examples, as far as it shows without a model.</summary>
    public string Audit => In("audit.jsonl");

    /// <summary>What training showed of annotated examples.</summary>
    public string TrainedAudit => In("audit-training.jsonl");

    /// <summary>The annotated examples alone, where rejection sampling adds to them.</summary>
    public string Annotated => In("annotated.jsonl");

    /// <summary>What rejection sampling made of each prompt.</summary>
    public string Rejection => In("rejection.jsonl");

    /// <summary>The answers that rejection sampling drew.</summary>
    /// <param name="draw">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string Drawn(int draw) => System.IO.Path.Combine(In("rejection"), $"draw-{draw:D3}.jsonl");

    /// <summary>Signs of collapse.</summary>
    public string Alarms => In("alarms.jsonl");

    /// <summary>The report.</summary>
    public string Report => In("report.html");

    /// <summary>Folder of the evaluation before training.</summary>
    public string Initial => In("initial");

    /// <summary>Supervised fine-tuning before the first iteration: a run folder of its own.</summary>
    public string Sft => In("sft");

    /// <summary>Folder of an iteration.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns><c>iteration-00</c> and so on.</returns>
    public string Iteration(int iteration) => In($"iteration-{iteration:D2}");

    /// <summary>Responses sampled before an iteration; those of iteration 0 are the proto-synthetic ones.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string Responses(int iteration) => System.IO.Path.Combine(Iteration(iteration), "responses.jsonl");

    /// <summary>Responses as the first limit cut them, until those that were are answered once more.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string FirstResponses(int iteration) =>
        System.IO.Path.Combine(Iteration(iteration), "responses-first.jsonl");

    /// <summary>The second answers of those that were cut.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string LongerResponses(int iteration) =>
        System.IO.Path.Combine(Iteration(iteration), "responses-longer.jsonl");

    /// <summary>How long an iteration's responses are, and how many were cut.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSON file.</returns>
    public string ResponseMetrics(int iteration) => System.IO.Path.Combine(Iteration(iteration), "responses-metrics.json");

    /// <summary>The prompts that an iteration leaves out because they no longer teach.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string Taught(int iteration) => System.IO.Path.Combine(Iteration(iteration), "taught.jsonl");

    /// <summary>A line per optimizer step.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string Metrics(int iteration) => System.IO.Path.Combine(Iteration(iteration), "metrics.jsonl");

    /// <summary>A line per triplet and step.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string TripletMetrics(int iteration) => System.IO.Path.Combine(Iteration(iteration), "triplets-metrics.jsonl");

    /// <summary>The policy after an iteration: a Hugging Face folder.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A folder.</returns>
    public string Checkpoint(int iteration) => System.IO.Path.Combine(Iteration(iteration), "checkpoint");

    /// <summary>The float32 weights behind a checkpoint that is stored in a narrower type; the next iteration starts from them.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A folder.</returns>
    public string Masters(int iteration) => System.IO.Path.Combine(Iteration(iteration), "masters");

    /// <summary>What a stopped training stage continues from.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A safetensors file; where processes share the state, it names parts beside it.</returns>
    public string TrainingState(int iteration) => System.IO.Path.Combine(Iteration(iteration), "training-state.safetensors");

    /// <summary>Log-probabilities under the policy at the start of an iteration, for SPIN and T-SPIN-ref.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSONL file.</returns>
    public string Reference(int iteration) => System.IO.Path.Combine(Iteration(iteration), "reference-log-probs.jsonl");

    /// <summary>The batch at which training met a NaN.</summary>
    /// <param name="iteration">Zero-based.</param>
    /// <returns>A JSON file.</returns>
    public string FailedBatch(int iteration) => System.IO.Path.Combine(Iteration(iteration), "failed-batch.json");

    /// <summary>What an unfinished evaluation has computed so far; gone when it is finished.</summary>
    /// <param name="iteration">Zero-based; -1 for the starting model.</param>
    /// <returns>A folder.</returns>
    public string EvaluationWork(int iteration) => System.IO.Path.Combine(iteration < 0 ? Initial : Iteration(iteration), "evaluation-work");

    /// <summary>The checkpoint of the latest iteration that still has one.</summary>
    /// <returns>A folder, or null when there is none.</returns>
    public string? LatestCheckpoint() => !Directory.Exists(Path) ? null
        : Directory.EnumerateDirectories(Path, "iteration-*").Order(StringComparer.Ordinal)
            .Select(iteration => System.IO.Path.Combine(iteration, "checkpoint")).LastOrDefault(Directory.Exists);

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
