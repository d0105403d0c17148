using System.CommandLine;

namespace TSpin.Cli;

/// <summary>What ends an answer besides the model's own ends, as several verbs take it.</summary>
internal sealed class StopOptions
{
    public Option<string[]> Text { get; } = new("--stop") { Description = "Text that ends an answer; may be given several times. The text of a special token ends it at that token.", Arity = ArgumentArity.ZeroOrMore };

    public Option<int[]> Id { get; } = new("--stop-id") { Description = "Token id that ends an answer; may be given several times.", HelpName = "ID", Arity = ArgumentArity.ZeroOrMore };

    public string[] Texts(ParseResult result) => result.GetValue(Text) ?? [];

    public int[]? Ids(ParseResult result) => result.GetValue(Id) is { Length: > 0 } ids ? ids : null;
}
