using System.Diagnostics;
using System.Text.Json;
using TSpin;
using TSpin.Evaluation;
using TSpin.Generation;

namespace Extending;

/// <summary>
/// A task that compares given answers: of the choices the one with the highest log-likelihood after the question (<c>acc</c>), or the highest per character (<c>acc_norm</c>).
/// </summary>
/// <param name="path">A JSONL file of <c>{"question": text, "choices": [text, ...], "answer": index}</c>.</param>
public sealed class MultipleChoiceTask(string path) : IEvaluationTask
{
    /// <summary>The word in recipes: <c>evaluation.tasks: [sample-choice]</c>.</summary>
    public const string TaskName = "sample-choice";

    /// <inheritdoc/>
    public string Name => TaskName;

    /// <inheritdoc/>
    public (EvaluationResult Result, IReadOnlyList<EvaluatedAnswer> Answers) Run(
        EvaluatedModel model, IProgress<GenerationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var problems = File.ReadLines(path).Select((line, i) => Problem.Parse(line, $"{path}:{i + 1}")).ToArray();
        var prompts = model.Encoder.Prompts([.. problems.Select(problem => problem.Question)]);
        var pairs = problems.SelectMany(problem => problem.Choices.Select(choice => (problem.Question, choice)));
        var scores = model.Score([.. model.Encoder.Responses(pairs).Zip(problems.SelectMany((problem, i) => problem.Choices.Select(_ => prompts[i].Ids)), (ids, prompt) => (prompt, ids))], progress, cancellation: cancellation);
        var answers = new List<EvaluatedAnswer>();
        var next = 0;
        foreach (var (problem, index) in problems.Select((problem, index) => (problem, index)))
        {
            double[] own = [.. scores.Skip(next).Take(problem.Choices.Length).Select(score => score.LogProb)];
            next += own.Length;
            var likeliest = Array.IndexOf(own, own.Max());
            double[] perCharacter = [.. own.Select((score, i) => score / problem.Choices[i].Length)];
            answers.Add(new EvaluatedAnswer(
                index, "", prompts[index].Text, problem.Choices[problem.Answer], problem.Choices[likeliest],
                new Dictionary<string, double>
                {
                    [MetricScore.KeyOf("acc", "none")] = likeliest == problem.Answer ? 1 : 0,
                    [MetricScore.KeyOf("acc_norm", "none")] = Array.IndexOf(perCharacter, perCharacter.Max()) == problem.Answer ? 1 : 0,
                },
                Ended: true, Tokens: 0)
            {
                Task = Name,
            });
        }

        MetricScore[] metrics = [MetricScore.Of("acc", "none", "", "acc", answers), MetricScore.Of("acc_norm", "none", "", "acc_norm", answers)];
        return (new EvaluationResult(Name, problems.Length, metrics, [], null, 0, clock.Elapsed.TotalSeconds), answers);
    }

    private sealed record Problem(string Question, string[] Choices, int Answer)
    {
        private static readonly JsonSerializerOptions Lower = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

        public static Problem Parse(string line, string place)
        {
            try
            {
                var problem = JsonSerializer.Deserialize<Problem>(line, Lower) ?? throw new JsonException("null is no problem");
                return problem.Answer >= 0 && problem.Answer < problem.Choices.Length && problem.Choices.All(choice => choice.Length > 0) ? problem
                    : throw new TSpinException($"{place}: answer {problem.Answer} is none of the {problem.Choices.Length} choices, or one of them is empty. Correct the line.");
            }
            catch (JsonException error)
            {
                throw new TSpinException($"{place}: not {{\"question\", \"choices\", \"answer\"}}: {error.Message} Correct the line.", error);
            }
        }
    }
}
