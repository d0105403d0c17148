namespace TSpin.Evaluation.InstructionFollowing.Instructions;

/// <summary>There are enough placeholders, like <c>[address]</c>, each on one line; even <c>[]</c> is one.</summary>
internal sealed class NumberOfPlaceholders(InstructionArguments given) : IInstruction
{
    private readonly double _placeholders = given.Count("num_placeholders");

    public bool IsFollowed(string response)
    {
        var count = 0;
        for (var at = response.IndexOf('[', StringComparison.Ordinal); at >= 0; at = response.IndexOf('[', at))
        {
            var length = response.AsSpan(at).IndexOfAny(']', '\n');
            if (length < 0)
            {
                break;
            }

            count += response[at + length] == ']' ? 1 : 0;
            at += length;
        }

        return count >= _placeholders;
    }
}
