namespace TSpin.Tests.Layering.Planted.Early;

internal static class AsTypeTest
{
    public static bool Is(object value) => value is Late.Made;
}
