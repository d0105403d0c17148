namespace TSpin.Tests.Layering.Planted;

internal static class Top
{
    public static object Make() => (Early.InBody.Make(), new Late.Made());
}
