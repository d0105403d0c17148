namespace TSpin.Tests.Layering.Planted.Late;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class MarkedAttribute : Attribute;
