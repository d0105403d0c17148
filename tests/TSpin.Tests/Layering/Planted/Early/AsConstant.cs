using TSpin.Tests.Layering.Planted.Late;

namespace TSpin.Tests.Layering.Planted.Early;

internal static class AsConstant
{
    public const int Number = Made.Number;
}
