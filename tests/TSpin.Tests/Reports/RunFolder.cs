using System.Globalization;
using System.Text.Json;
using TSpin.Randomness;

namespace TSpin.Tests.Reports;

/// <summary>A made-up run folder as the loop writes it, in a temporary place, with curves as a run of that method has them.</summary>
internal sealed class RunFolder : IDisposable
{
    private static readonly string[] Names = ["Tom", "Aisha", "Lena", "Ravi", "Mia", "Olu"];
    private readonly string _parent;

    public RunFolder(string id = "demo")
    {
        _parent = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "tspin-report-" + Guid.NewGuid().ToString("N"));
        Path = System.IO.Path.Combine(_parent, id);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    /// <summary>Writes a file below the run folder.</summary>
    public RunFolder Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    /// <summary>Writes a JSONL file below the run folder.</summary>
    public RunFolder WriteLines(string name, IEnumerable<object> lines) =>
        Write(name, string.Concat(lines.Select(line => JsonSerializer.Serialize(line) + "\n")));

    public static object Evaluation(double strict, double flexible, double sampled, int examples = 300, double logProb = -1.2) => new
    {
        task = "word-problems",
        examples,
        greedy = Decoding(strict, flexible, examples),
        sampled = Decoding(sampled, sampled + 0.02, examples),
        annotated_log_prob_per_token = logProb,
        annotated_tokens = 12000,
        seconds = 14.2,
        extra = new Dictionary<string, object> { ["held-out templates"] = Decoding(strict * 0.7, flexible * 0.7, examples) },
    };

    public RunFolder WriteEvaluation(string folder, object evaluation) => Write($"{folder}/evaluation.json", JsonSerializer.Serialize(evaluation));

    /// <summary>A whole run, its scores rising (or wavering, for SPIN).</summary>
    public RunFolder WriteWholeRun(string method, int iterations = 4, int examples = 300, int stepsPerIteration = 75, ulong seed = 1)
    {
        var random = new RandomStream(seed);
        Write("recipe.yaml", $"# The demo's recipe.\nmodel: models/demo-base\nmethod: {method}\ndata:\n  train: demo:train\n  examples: {examples}\ntraining:\n  alpha: 0.1\n  beta: 0.1\n  learning_rate: 1.0e-5\n  optimizer: adamw\niterations: {iterations}\nseed: 1\n");
        Write("run.json", JsonSerializer.Serialize(new { id = System.IO.Path.GetFileName(Path), method, started = "2026-11-23T04:44:54+00:00", iterations, status = "finished" }));
        Write("environment.json", JsonSerializer.Serialize(new { machine = "Debian GNU/Linux 12, x64", cores = 2, memory_gib = 7.8, libtorch = "1.13.0", dotnet = "10.0.0", tspin = "0.1.0", blas = "OpenBLAS (OpenMP)" }));
        var problems = Enumerable.Range(0, examples).Select(i => Problem(random, i)).ToList();
        WriteLines("examples.jsonl", problems.Select((problem, index) => (object)new { index, prompt = problem.Prompt, response = problem.Answer }));
        var rates = Enumerable.Range(0, iterations + 1).Select(i => Rate(method, i)).ToArray();
        WriteEvaluationOf("initial", rates[0], new RandomStream(77), -1.31);
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            var folder = string.Create(CultureInfo.InvariantCulture, $"iteration-{iteration:00}");
            if (method != "sft")
            {
                var current = iteration;
                WriteLines($"{folder}/responses.jsonl", problems.Select((problem, index) => Response(problem, index, random, current)));
                WriteLines($"{folder}/triplets-metrics.jsonl", Enumerable.Range(0, 400).Select(i => Triplet(method, random, i, current)));
            }

            WriteLines($"{folder}/metrics.jsonl", Enumerable.Range(1, stepsPerIteration).Select(step => Step(method, random, iteration, step, stepsPerIteration)));
            WriteEvaluationOf(folder, rates[iteration + 1], new RandomStream(77), -1.31 + (0.2 * (iteration + 1)));
        }

        return this;
    }

    private static object Decoding(double strict, double flexible, int examples) => new
    {
        strict = Score(strict, examples),
        flexible = Score(flexible, examples),
        format_share = 0.97,
        ended_share = 0.99,
        mean_response_tokens = 38.4,
    };

    private static object Score(double score, int examples) => new { score, standard_error = Math.Sqrt(score * (1 - score) / (examples - 1)) };

    private static double Rate(string method, int iteration) => method switch
    {
        "sft" => new[] { 0.23, 0.71, 0.76, 0.75, 0.76 }[iteration % 5],
        "spin" => new[] { 0.23, 0.55, 0.69, 0.64, 0.72 }[iteration % 5],
        _ => new[] { 0.23, 0.54, 0.77, 0.84, 0.87 }[iteration % 5],
    };

    private static (string Prompt, string Answer, int Value) Problem(RandomStream random, int index)
    {
        var (name, a, b, c) = (Names[index % Names.Length], random.NextInt(3, 60), random.NextInt(2, 40), random.NextInt(2, 9));
        return (
            $"### Instruction: {name} has {a} pens and gets {b} more from a friend. Then {name} buys {c} packs of 10 pens each. How many pens does {name} have now?\n\n### Response: ",
            $"After the gift {name} has {a}+{b}={a + b} pens. The packs hold {c}*10={10 * c} pens. Altogether {name} has {a + b}+{10 * c}={a + b + (10 * c)} pens.\n#### {a + b + (10 * c)}",
            a + b + (10 * c));
    }

    private static object Response((string Prompt, string Answer, int Value) problem, int index, RandomStream random, int iteration)
    {
        var text = random.NextDouble() < 0.25 + (0.2 * iteration) ? problem.Answer : iteration == 0 ? $"#### {problem.Value + random.NextInt(-20, 20)}" : problem.Answer.Replace("Altogether", "So in all", StringComparison.Ordinal);
        var count = Math.Max(3, text.Length / 4);
        return new
        {
            index,
            prompt = problem.Prompt,
            text,
            tokens = Enumerable.Range(5, count),
            log_probs = Enumerable.Range(0, count).Select(_ => -0.7 * random.NextDouble()),
            finish_reason = random.NextDouble() < 0.95 ? "eos" : "length",
            seed = 123UL + (ulong)index,
        };
    }

    private static object Triplet(string method, RandomStream random, int index, int iteration)
    {
        var gap = 4 + (random.NextNormal() * 5) + iteration;
        var reward = method == "tspin" ? 0.1 * gap : (0.1 * (4 + (random.NextNormal() * 4))) - (0.02 * gap);
        return new { step = 10 + (index / 40), index, log_prob_annotated = -20.5, log_prob_synthetic = -20.5 - gap, log_prob_proto_synthetic = -25.0, reward_gap = reward, likelihood_gap = gap };
    }

    private static object Step(string method, RandomStream random, int iteration, int step, int steps)
    {
        double Noise(double size) => random.NextNormal() * size;
        var progress = iteration + (step / (double)steps);
        var annotated = -38 + (6 * Math.Sqrt(progress)) + Noise(1.6);
        var synthetic = annotated - (iteration == 0 ? 2 + progress : 3) + Noise(0.8);
        var proto = synthetic - (iteration == 0 ? 0 : 1.5 * progress) + Noise(iteration == 0 ? 0 : 0.5);
        double u = annotated - synthetic, v = synthetic - proto;
        double? Paired(double value) => method == "sft" ? null : value;
        return new
        {
            step,
            epoch = step * 2 / steps,
            iteration,
            learning_rate = 1e-5 * Math.Min(1, step / 8.0) * (1 - (step / (steps + 1.0))),
            loss = Math.Log(1 + Math.Exp(-0.1 * u)) + 0.06,
            current_term = Paired(Math.Log(1 + Math.Exp(-0.1 * u))),
            historical_term = Paired(Math.Log(1 + Math.Exp(-0.1 * v))),
            current_advantage = Paired(u),
            historical_advantage = Paired(v),
            saturated_share = Paired(Math.Min(1, Math.Max(0, (0.05 * progress) + Noise(0.02)))),
            log_prob_annotated = annotated,
            log_prob_synthetic = Paired(synthetic),
            log_prob_proto_synthetic = Paired(proto),
            log_prob_per_token_annotated = annotated / 38,
            log_prob_per_token_synthetic = Paired(synthetic / 34),
            log_prob_per_token_proto_synthetic = Paired(proto / 22),
            reward_annotated = Paired(0.1 * annotated),
            reward_synthetic = Paired(0.1 * synthetic),
            reward_gap = Paired(0.1 * u),
            misaligned_share = Paired(method == "spin" ? 0.4 + Noise(0.05) : 0),
            gradient_norm = Math.Exp(Noise(0.3)) * 3 / (1 + progress),
            tokens_annotated = 38 + Noise(1),
            tokens_synthetic = Paired(34 + Noise(1.5)),
            tokens_proto_synthetic = Paired(22 + Noise(2)),
            tokens_per_second = 2400 + Noise(60),
            seconds = 0.61,
            peak_memory_bytes = 512L << 20,
        };
    }

    private void WriteEvaluationOf(string folder, double rate, RandomStream random, double logProb)
    {
        const int Examples = 300;
        var answers = new List<object>();
        var (strict, sampled) = (0, 0);
        foreach (var mode in new[] { "greedy", "sampled" })
        {
            for (var index = 0; index < Examples; index++)
            {
                var problem = Problem(random, index);

                // One draw per problem, the same in every evaluation: what is right once stays right as the rate rises.
                var right = random.NextDouble() < (mode == "greedy" ? rate : rate * 0.6);
                (strict, sampled) = (strict + (right && mode == "greedy" ? 1 : 0), sampled + (right && mode == "sampled" ? 1 : 0));
                var answer = right ? problem.Answer : $"After the gift there are {problem.Value - 7} pens.\n#### {problem.Value - 7}";
                answers.Add(new { index, mode, prompt = problem.Prompt, reference = problem.Answer, answer, strict = right, flexible = right, ended = true, tokens = answer.Length / 4 });
            }
        }

        WriteEvaluation(folder, Evaluation(strict / (double)Examples, strict / (double)Examples, sampled / (double)Examples, Examples, logProb));
        WriteLines($"{folder}/evaluation-answers.jsonl", answers);
    }
}
