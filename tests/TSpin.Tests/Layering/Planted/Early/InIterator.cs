namespace TSpin.Tests.Layering.Planted.Early;

internal static class InIterator
{
    public static IEnumerable<object> Make()
    {
        yield return new Late.Made();
    }
}
