using TSpin.Demo;
using TSpin.Randomness;

namespace TSpin.Worlds;

/// <summary>Something that the worlds' base model knows and shows little of: questions, right answers, careless ones, and who is right.</summary>
internal interface ISkill
{
    /// <summary>Names files, tasks and streams of random numbers.</summary>
    string Name { get; }

    /// <summary>Longest right answer in tokens of the demo's vocabulary, with room for one that runs on.</summary>
    int AnswerTokens { get; }

    /// <summary>Draws a question of one part of the world; no question is in two parts.</summary>
    /// <param name="split">The part.</param>
    /// <param name="random">Where the draws come from.</param>
    Question Draw(ProblemSplit split, RandomStream random);

    /// <summary>Whether an answer is right, whatever right answer it is.</summary>
    /// <param name="question">The question's text.</param>
    /// <param name="answer">The whole answer.</param>
    bool IsRight(string question, string answer);
}
