using System.Collections.Concurrent;
using TSpin.Data;
using TSpin.Files;
using TSpin.Models;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.SelfPlay;

namespace TSpin.Studies;

/// <summary>
/// What decides a cell's result but the kind of processor, as a hash: its recipe and the content of the files that it
/// reads, wherever they lie. So ledgers of several machines can be joined, and a line of a recipe that was changed
/// since is not taken for one of today's.
/// </summary>
internal sealed class CellWork
{
    private readonly ConcurrentDictionary<(string, long, DateTime), string> _prints = new();

    /// <summary>The hash.</summary>
    /// <param name="recipe">The cell's recipe on the study's own data files.</param>
    /// <returns>16 hexadecimal digits.</returns>
    public string Of(Recipe recipe)
    {
        // No path is left: the writer would make it absolute, and so other from elsewhere.
        var validation = recipe.Data.Validation is { } words && ValidationSplit.IsFile(words) ? words : null;
        var bare = recipe with
        {
            Name = "cell",
            Model = recipe.Model with { Path = "", Dtype = ComputeType.Auto },
            Data = recipe.Data with
            {
                Train = [],
                Validation = validation is null ? recipe.Data.Validation : null,
                Prompts = recipe.Data.Prompts is null ? null : [""],
            },
            Rejection = recipe.Rejection with { Judge = recipe.Rejection.Judge is null ? null : "" },
            Prompt = TemplateText.IsFile(recipe.Prompt.Template) ? recipe.Prompt with { Template = "{prompt}" } : recipe.Prompt,
            Lora = recipe.Lora with { Adapter = null },
            Evaluation = recipe.Evaluation with
            {
                Data = null,
                Datasets = null,
                Harness = null,
                Langdetect = recipe.Evaluation.Langdetect is null ? null : "",
                Punkt = recipe.Evaluation.Punkt is null ? null : "",
                Tasks = [.. recipe.Evaluation.Tasks.Select(task => TaskFile.IsOne(task) ? Path.GetFileNameWithoutExtension(task) : task)],
            },
            Checkpoints = recipe.Checkpoints with { MaxShardBytes = new Recipe().Checkpoints.MaxShardBytes },
            Logging = new(),
            Distribution = new(),
            Output = new() { Directory = "" },
        };
        var files = RunSources.Files(recipe).Select(file => $"{file.Role} {PrintOf(file.Path)}\n").Order(StringComparer.Ordinal);
        return SharedKeys.HashOf($"{RecipeWriter.Write(bare)}{string.Concat(files)}{(validation is null ? "" : PrintOf(validation))}")[..16];
    }

    private string PrintOf(string path)
    {
        var info = new FileInfo(path);
        return _prints.GetOrAdd((path, info.Exists ? info.Length : 0, info.LastWriteTimeUtc), _ => FileFingerprint.Of(path));
    }
}
