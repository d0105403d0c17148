using System.Text;
using TSpin.Recipes.Binding;

namespace TSpin.Recipes;

/// <summary>Describes a recipe's keys for people: the reference page docs/recipes.md and the command line's help.</summary>
public static class RecipeSchema
{
    private const int PageColumns = 120;

    /// <summary>Every key of a <see cref="Recipe"/>, sections before their keys; without what a host registers.</summary>
    public static IReadOnlyList<SchemaEntry> Entries => RecipeTables.OfTheProgram.Schema;

    /// <summary>The keys as plain text, two lines each, at most about 100 columns wide apart from long meanings.</summary>
    /// <param name="entries">The keys; <see cref="Entries"/> for a run's recipe.</param>
    /// <returns>Text that ends in a line break.</returns>
    public static string ToText(IReadOnlyList<SchemaEntry> entries)
    {
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            text.Append(entry.IsSection ? $"{entry.Field}: {entry.Doc}\n" : $"  {entry.Field}  ({Expectation(entry)})\n      {entry.Doc}\n");
        }

        return text.ToString();
    }

    /// <summary>The keys as Markdown tables, one per section.</summary>
    /// <param name="entries">The keys; <see cref="Entries"/> for a run's recipe.</param>
    /// <returns>Markdown that ends in a line break.</returns>
    public static string ToMarkdown(IReadOnlyList<SchemaEntry> entries)
    {
        const string Head = "| key | type | allowed | default | meaning |\n|---|---|---|---|---|\n";
        var text = new StringBuilder(Head);
        foreach (var entry in entries)
        {
            text.Append(entry.IsSection
                ? $"\n## {entry.Field}\n\n{InLines(entry.Doc)}\n\n{Head}"
                : $"| `{entry.Field}` | {entry.Type} | {entry.Range} | {(entry.Default is null ? "must be stated" : $"`{entry.Default}`")} | {entry.Doc} |\n");
        }

        return text.ToString();
    }

    private static string InLines(string text)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' '))
        {
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= PageColumns)
            {
                lines[^1] += " " + word;
            }
            else
            {
                lines.Add(word);
            }
        }

        return string.Join('\n', lines);
    }

    private static string Expectation(SchemaEntry entry) => string.Join(
        ", ",
        new[] { entry.Type, entry.Range, entry.Default is null ? "must be stated" : $"default {entry.Default}" }.Where(part => part.Length > 0));
}
