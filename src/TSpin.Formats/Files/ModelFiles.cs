using System.Text.RegularExpressions;

namespace TSpin.Files;

/// <summary>
/// The files that belong to a model besides its weights: the one list for what is fetched from a hub, and what goes into a checkpoint, a merged
/// model and an adapter's folder.
/// </summary>
public static partial class ModelFiles
{
    /// <summary>The folder of named chat templates.</summary>
    public const string TemplateFolder = "additional_chat_templates";

    /// <summary>Whether a file is one of them: configuration, tokenizer, chat templates, licence.</summary>
    /// <param name="path">Path in the model's folder, with <c>/</c> between its parts.</param>
    /// <returns>False for weights and everything else.</returns>
    public static bool Has(string path) => Names().IsMatch(path);

    /// <summary>Those that a folder has.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <returns>Their paths in it, in ordinal order.</returns>
    public static IReadOnlyList<string> In(string folder)
    {
        var templates = Path.Combine(folder, TemplateFolder);
        return
        [
            .. Directory.EnumerateFiles(folder).Concat(Directory.Exists(templates) ? Directory.EnumerateFiles(templates) : [])
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Where(Has).Order(StringComparer.Ordinal),
        ];
    }

    [GeneratedRegex(@"^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template)\.json$|^merges\.txt$|^tokenizer\.model$|^chat_template\.jinja$|^additional_chat_templates/[^/]+\.jinja$|^LICENSE[^/]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}
