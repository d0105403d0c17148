namespace TSpin.ChatTemplates;

/// <summary>One turn of a conversation, as chat templates see it in <c>messages</c>.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatTurn(string Role, string Content);
