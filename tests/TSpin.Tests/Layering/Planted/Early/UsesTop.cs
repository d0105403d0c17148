namespace TSpin.Tests.Layering.Planted.Early;

internal static class UsesTop
{
    public static object Make() => Top.Make();
}
