namespace TSpin.Tests.Layering.Planted.Early;

internal static class AsGenericArgument
{
    public static object Make() => new List<Late.Made>();
}
