using TSpin.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TSpin.Recipes.Binding;

/// <summary>
/// Turns YAML text into nodes that know their places. Recipes need a small, safe part of YAML 1.2: one document of block or flow
/// mappings, sequences and scalars. Anchors, aliases and tags are refused, which also rules out exponential alias bombs.
/// </summary>
public static class RecipeYaml
{
    private const int DeepestNesting = 16;

    /// <summary>Parses one document.</summary>
    /// <param name="text">The YAML text.</param>
    /// <param name="place">The place of a line and column.</param>
    /// <param name="faults">Receives syntax errors, duplicate keys and refused constructs.</param>
    /// <returns>The document's node; null when it is empty or cannot be parsed.</returns>
    public static RecipeNode? Parse(string text, Func<int, int, RecipePlace> place, FaultList faults)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return null;
            }

            parser.Consume<DocumentStart>();
            var node = Node(parser, 0, place, faults);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
            {
                faults.Add(At(second.Start, place), "",
                    $"a second YAML document starts here; a {faults.Kind} is one document, remove what follows \"---\"");
            }

            return node;
        }
        catch (YamlException error)
        {
            faults.AddUnread(
                error.Message.Contains("invalid tab", StringComparison.Ordinal) && FirstTab(text) is var (line, column) ? place(line, column) : At(error.Start, place),
                "",
                $"not valid YAML: {error.Message.TrimEnd('.')}; check indentation (spaces, no tabs), colons and quotes here and in the line above");
            return null;
        }
    }

    // The parser reports a tab in the indentation at the start of the whole block around it.
    private static (int Line, int Column)? FirstTab(string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var tab = lines[i].IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && string.IsNullOrWhiteSpace(lines[i][..tab]))
            {
                return (i + 1, tab + 1);
            }
        }

        return null;
    }

    private static RecipeNode Node(Parser parser, int depth, Func<int, int, RecipePlace> place, FaultList faults)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            faults.Add(At(alias.Start, place), "", $"alias *{alias.Value} is refused; write the value out, or use \"extends\" to share settings");
            return new RefusedNode(At(alias.Start, place));
        }

        var start = parser.Consume<NodeEvent>();
        var at = At(start.Start, place);
        if (!start.Anchor.IsEmpty)
        {
            faults.Add(at, "",
                $"anchor &{start.Anchor.Value} is refused; remove it (a {faults.Kind} has no aliases; use \"extends\" to share settings)");
        }

        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific)
        {
            faults.Add(at, "", $"tag {YamlText.Show(start.Tag.Value)} is refused; remove it, every field knows its own type");
        }

        if (depth > DeepestNesting)
        {
            throw new YamlException(start.Start, start.End, $"nested deeper than {DeepestNesting} levels");
        }

        switch (start)
        {
            case Scalar scalar:
                return new ScalarNode(at, scalar.Value, scalar.Style != ScalarStyle.Plain);
            case SequenceStart:
                var items = new List<RecipeNode>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(Node(parser, depth + 1, place, faults));
                }

                return new SequenceNode(at, items);
            default:
                return new MappingNode(at, Entries(parser, depth, place, faults));
        }
    }

    private static List<MappingEntry> Entries(Parser parser, int depth, Func<int, int, RecipePlace> place, FaultList faults)
    {
        var entries = new List<MappingEntry>();
        var lines = new Dictionary<string, RecipePlace>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(parser, depth + 1, place, faults);
            var value = Node(parser, depth + 1, place, faults);
            if (key is not ScalarNode { Text: var name })
            {
                if (key is not RefusedNode)
                {
                    faults.Add(key.Place, "", $"{key.Show()} cannot be a key; a key is a plain word followed by a colon");
                }
            }
            else if (!lines.TryAdd(name, key.Place))
            {
                faults.Add(key.Place, "", $"key \"{YamlText.Show(name)}\" is written twice, first in line {lines[name].Line}; keep one of them");
            }
            else
            {
                entries.Add(new MappingEntry(name, key.Place, value));
            }
        }

        return entries;
    }

    private static RecipePlace At(in Mark mark, Func<int, int, RecipePlace> place) => place((int)mark.Line, (int)mark.Column);
}
