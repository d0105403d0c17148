namespace TSpin.Tests.Layering.Planted.Early;

internal static class InBody
{
    public static object Make() => Late.Made.Instance.ToString() ?? "";
}
