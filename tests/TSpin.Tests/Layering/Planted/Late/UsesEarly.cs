namespace TSpin.Tests.Layering.Planted.Late;

internal static class UsesEarly
{
    public static object Make() => Early.InBody.Make();
}
