namespace TSpin.Tests.Layering.Planted.Early;

internal sealed class AsBase : Late.Made;
