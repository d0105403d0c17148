namespace TSpin.Safetensors;

/// <summary>
/// The order in which transformers 5 lists a model's tensors: names are compared part by part between dots, parts that are numbers by
/// value and before words, so that layer 2 comes before layer 10.
/// </summary>
public sealed class NaturalOrder : IComparer<string>
{
    private NaturalOrder()
    {
    }

    /// <summary>The one instance.</summary>
    public static NaturalOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        var leftParts = left.Split('.');
        var rightParts = right.Split('.');
        while (true)
        {
            var (moreLeft, moreRight) = (leftParts.MoveNext(), rightParts.MoveNext());
            if (!moreLeft || !moreRight)
            {
                // Equal by value ("01" and "1") is not the same name, so the plain order decides.
                return moreLeft != moreRight ? moreLeft.CompareTo(moreRight) : left.SequenceCompareTo(right);
            }

            var order = CompareParts(left[leftParts.Current], right[rightParts.Current]);
            if (order != 0)
            {
                return order;
            }
        }
    }

    private static int CompareParts(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var (leftNumber, rightNumber) = (IsNumber(left), IsNumber(right));
        if (!leftNumber || !rightNumber)
        {
            return leftNumber != rightNumber ? rightNumber.CompareTo(leftNumber) : left.SequenceCompareTo(right);
        }

        // Without leading zeros the longer number is the larger, whatever its length; no overflow.
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
    }

    private static bool IsNumber(ReadOnlySpan<char> part) => !part.IsEmpty && part.IndexOfAnyExceptInRange('0', '9') < 0;
}
