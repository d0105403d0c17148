namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>
/// There are exactly so many bullets: lines that begin with one asterisk and something behind it, be it the line's end,
/// or with a hyphen.
/// </summary>
internal sealed class NumberOfBullets(InstructionArguments given) : IInstruction
{
    private readonly double _bullets = given.Count("num_bullets");

    public bool IsFollowed(string response) => Count(response, '*') + Count(response, '-') == _bullets;

    private static int Count(string response, char mark)
    {
        var count = 0;
        var at = 0;
        while (true)
        {
            while (at < response.Length && PythonString.IsSpace(response[at]))
            {
                at++;
            }

            if (at >= response.Length)
            {
                return count;
            }

            if (response[at] == mark && (mark == '-' || (at + 1 < response.Length && response[at + 1] != mark)))
            {
                // What follows the asterisk belongs to the bullet, a line's end with the whole next line too, as in the
                // official checker's pattern.
                count++;
                at += mark == '-' ? 1 : 2;
            }

            var end = at > response.Length ? -1 : response.IndexOf('\n', at);
            if (end < 0)
            {
                return count;
            }

            at = end + 1;
        }
    }
}
