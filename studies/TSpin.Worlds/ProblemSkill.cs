using TSpin.Demo;
using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>The demo's word problems, which the worlds' base model knows already; here they show what is forgotten.</summary>
internal sealed class ProblemSkill : ISkill
{
    // So much that there is something to forget.
    private const double ShownShare = 0.6;

    private readonly BaseCorpus _crawl = new(seed: 0);

    /// <inheritdoc/>
    public string Name => "problems";

    /// <inheritdoc/>
    public int AnswerTokens => 80;

    /// <inheritdoc/>
    public Question Draw(ProblemSplit split, RandomStream random)
    {
        var templates = ProblemTemplates.Annotated;
        var problem = WordProblemGenerator.DrawOne(templates[random.NextInt(templates.Count)], split, random);
        return new Question(problem.Question, problem.Key, _ => problem.Solution,
            draw => draw.NextDouble() < ShownShare ? problem.Solution
                : _crawl.Answer(problem, (AnswerStyle)draw.NextInt(Enum.GetValues<AnswerStyle>().Length), draw));
    }

    /// <inheritdoc/>
    /// <remarks>Not asked: its task compares final numbers.</remarks>
    public bool IsRight(string question, string answer) =>
        throw new NotSupportedException("word problems are compared by their final number");
}
