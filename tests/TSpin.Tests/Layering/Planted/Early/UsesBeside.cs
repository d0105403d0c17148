namespace TSpin.Tests.Layering.Planted.Early;

internal static class UsesBeside
{
    public static object Make() => Beside.Make();
}
