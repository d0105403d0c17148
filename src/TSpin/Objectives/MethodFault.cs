namespace TSpin.Objectives;

/// <summary>A setting that its own range allows and its method does not.</summary>
/// <param name="Key">The key in section <c>objective</c>.</param>
/// <param name="Message">What is wrong, and the cure.</param>
public sealed record MethodFault(string Key, string Message);
