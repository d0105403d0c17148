namespace TSpin.Tests.Layering.Planted;

internal static class Beside
{
    public static object Make() => Early.InBody.Make();
}
