namespace TSpin.Tests.Layering.Planted.Late;

internal class Made
{
    public const int Number = 7;

    public static Made Instance { get; } = new();
}
