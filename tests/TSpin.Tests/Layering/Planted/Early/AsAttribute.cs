namespace TSpin.Tests.Layering.Planted.Early;

[Late.Marked]
internal static class AsAttribute;
