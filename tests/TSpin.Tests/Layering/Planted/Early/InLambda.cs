namespace TSpin.Tests.Layering.Planted.Early;

internal static class InLambda
{
    public static Func<object> Make(int number) => () => (number, new Late.Made());
}
