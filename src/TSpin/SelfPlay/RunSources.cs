using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TSpin.Data;
using TSpin.Evaluation;
using TSpin.Files;
using TSpin.Gguf;
using TSpin.Prompts;
using TSpin.Recipes;
using TSpin.Safetensors;

namespace TSpin.SelfPlay;

/// <summary>
/// Notices when a run is continued on other sources than it began with: the model's weights, configuration, tokenizer and templates, an adapter, a template's
/// file, the held-out problems and the tasks' datasets. Their fingerprints are written at the first start (<c>sources.json</c>) and compared at every later one, by what a file is for
/// and not by where it lies: a moved folder changes nothing. The annotated examples, also those to validate with, need no watch where they lie (the run keeps its
/// own copy of those it chose); a recipe that now names other files must name the same content.
/// </summary>
internal static class RunSources
{
    private const string Training = "data.train";
    private const string Validation = "data.validation";
    private const string ModelRole = "model/";
    private const string AdditionalTemplates = "additional_chat_templates";
    private static readonly string[] Beside = ["model.safetensors.index.json", "chat_template.json"];

    /// <summary>Compares, or at the first start writes what later ones compare with.</summary>
    /// <param name="path">sources.json.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="before">The recipe of the last start; null at the first.</param>
    /// <exception cref="TSpinException">A source changed, is gone, or is new: names it.</exception>
    public static void RequireUnchanged(string path, Recipe recipe, Recipe? before)
    {
        const string cure = "so what follows would not belong to what is there. Restore the file as it was, or start a new run (--run NAME).";
        var renamed = RenamedFields(before, recipe);
        var files = Files(recipe);
        var now = files.Where(row => CopiedField(row.Role) is null)
            .ToDictionary(row => row.Role, row => new SourceFingerprint(row.Path, FileFingerprint.Of(row.Path)), StringComparer.Ordinal);
        var copied = files.Where(row => CopiedField(row.Role) is not null).ToDictionary(row => row.Role, row => row.Path, StringComparer.Ordinal);
        var known = File.Exists(path) ? Read(path, now.Values) : [];
        foreach (var (role, source) in known)
        {
            if (CopiedField(role) is { } field)
            {
                if (renamed.Contains(field) && copied.GetValueOrDefault(role) is var named && (named is null || !File.Exists(named) || FileFingerprint.Of(named) != source.Fingerprint))
                {
                    throw new TSpinException(
                        $"{role}: the recipe names {named ?? "no such file"} now, which is not the content of {source.Path} that this run was begun on, {cure}");
                }
            }
            else if (now.GetValueOrDefault(role)?.Fingerprint != source.Fingerprint)
            {
                throw new TSpinException($"{now.GetValueOrDefault(role)?.Path ?? source.Path}: {(now.ContainsKey(role) ? "changed" : "gone")} since this run began, {cure}");
            }
        }

        foreach (var field in renamed.Where(_ => File.Exists(path)))
        {
            var (then, given) = (known.Keys.Count(role => CopiedField(role) == field), copied.Keys.Count(role => CopiedField(role) == field));
            if (then != given)
            {
                throw new TSpinException(then == 0
                    ? $"{path}: does not say what {field} was (an earlier version wrote it), so it must keep its paths. Name the same files as before, or start a new run (--run NAME)."
                    : $"{field}: the recipe names {given} files now, and this run was begun on {then}, {cure}");
            }
        }

        if (known.Keys.Any(role => role.StartsWith(ModelRole, StringComparison.Ordinal)) && now.FirstOrDefault(row => !known.ContainsKey(row.Key)) is { Key: not null } added)
        {
            throw new TSpinException($"{added.Value.Path}: was not there when this run began, {cure.Replace("Restore the file as it was", "Remove the file", StringComparison.Ordinal)}");
        }

        foreach (var (role, file) in copied)
        {
            if (File.Exists(file))
            {
                now[role] = known.TryGetValue(role, out var same) ? same with { Path = file } : new SourceFingerprint(file, FileFingerprint.Of(file));
            }
            else if (known.TryGetValue(role, out var last))
            {
                now[role] = last;
            }
        }

        JsonRecordFile.Write(path, new SortedDictionary<string, SourceFingerprint>(now, StringComparer.Ordinal));
    }

    // The field of examples of which a run keeps its own copy; null for all other sources.
    private static string? CopiedField(string role) =>
        role.StartsWith(Training, StringComparison.Ordinal) ? Training : role.StartsWith(Validation, StringComparison.Ordinal) ? Validation : null;

    private static HashSet<string> RenamedFields(Recipe? before, Recipe now)
    {
        var renamed = new HashSet<string>();
        if (before is not null && !before.Data.Train.Equals(now.Data.Train))
        {
            renamed.Add(Training);
        }

        if (before is not null && before.Data.Validation != now.Data.Validation)
        {
            renamed.Add(Validation);
        }

        return renamed;
    }

    // Earlier versions wrote a digest of both ends for each path; a file that still has it counts as unchanged, and the rest as before.
    private static Dictionary<string, SourceFingerprint> Read(string path, IEnumerable<SourceFingerprint> now)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            var before = new Dictionary<string, SourceFingerprint>(StringComparer.Ordinal);
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.String)
                {
                    before[entry.Name] = entry.Value.Deserialize<SourceFingerprint>(JsonLinesFormat.Default) ?? throw new JsonException($"{entry.Name} is null.");
                    continue;
                }

                var same = now.FirstOrDefault(source => source.Path == entry.Name);
                if (same is null || EndsOf(entry.Name) != entry.Value.GetString())
                {
                    throw new TSpinException(
                        $"{entry.Name}: {(same is null ? "gone" : "changed")} since this run began, so what follows would not belong to what is there. Restore the file as it was, or start a new run (--run NAME).");
                }
            }

            return before;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new TSpinException($"{path}: damaged: {error.Message} Restore it from a copy; or delete it, if model and data are those the run began with.", error);
        }
    }

    // The words of a command that are files: its script, and what that is given.
    private static IEnumerable<(string Role, string Path)> Named(string role, string? command) =>
        (command ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select((word, i) => (Role: $"{role}[{i}]", Path: word.Trim('\'', '"'))).Where(file => File.Exists(file.Path));

    /// <summary>The files that a run reads, each with what it is for.</summary>
    /// <param name="recipe">The run's.</param>
    /// <returns>Roles as <c>data.train[0]</c>, <c>model/config.json</c>, and paths.</returns>
    public static IReadOnlyList<(string Role, string Path)> Files(Recipe recipe)
    {
        var files = new List<(string Role, string Path)>();
        files.AddRange(recipe.Data.Train.SelectMany(TrainingFiles).Select((file, i) => ($"{Training}[{i}]", file)));
        if (recipe.Data.Validation is { } validation && ValidationSplit.IsFile(validation))
        {
            files.AddRange(TrainingFiles(validation).Select((file, i) => ($"{Validation}[{i}]", file)));
        }

        files.AddRange((recipe.Data.Prompts ?? []).SelectMany(SourceFiles.Expand).Where(File.Exists).Select((file, i) => ($"data.prompts[{i}]", file)));
        files.AddRange(Named("rejection.judge", recipe.Rejection.Judge));
        files.AddRange(Named("evaluation.judge", recipe.Evaluation.Judge));
        files.AddRange((recipe.Evaluation.Data ?? []).SelectMany(SourceFiles.Expand).Where(File.Exists).Select((file, i) => ($"evaluation.data[{i}]", file)));
        files.AddRange(EvaluationTasks.FilesOf(recipe.Evaluation, TaskFile.ReadIfOne));
        if (recipe.Lora.Adapter is { } adapter && Directory.Exists(adapter))
        {
            files.AddRange(Directory.EnumerateFiles(adapter, "adapter_*").Select(file => ($"lora.adapter/{Path.GetFileName(file)}", file)));
        }

        if (TemplateText.IsFile(recipe.Prompt.Template) && File.Exists(recipe.Prompt.Template))
        {
            files.Add(("prompt.template", recipe.Prompt.Template));
        }

        var model = recipe.Model.Path;
        IReadOnlyList<string> weights = GgufModelFile.Find(model) is { } gguf ? GgufModelFile.Files(gguf) : Directory.Exists(model) ? WeightFolder.FilesOf(model) : [];
        files.AddRange(weights.Where(File.Exists).Select(file => (ModelRole + Path.GetFileName(file), file)));
        if (Directory.Exists(model))
        {
            files.AddRange(Directory.EnumerateFiles(model).Where(IsRead).Select(file => (ModelRole + Path.GetFileName(file), file)));
            var more = Path.Combine(model, AdditionalTemplates);
            if (Directory.Exists(more))
            {
                files.AddRange(Directory.EnumerateFiles(more, "*.jinja").Select(file => ($"{ModelRole}{AdditionalTemplates}/{Path.GetFileName(file)}", file)));
            }
        }

        return files;
    }

    // Where they are gone, the run's own copy may still be all that is needed.
    private static IReadOnlyList<string> TrainingFiles(string path)
    {
        try
        {
            return SourceFiles.Expand(path);
        }
        catch (TSpinException)
        {
            return [path];
        }
    }

    private static bool IsRead(string file) =>
        Path.GetFileName(file) is var name && ((ModelFiles.Has(name) && !name.StartsWith("LICENSE", StringComparison.Ordinal)) || Beside.Contains(name) || Path.GetExtension(name) == ".jinja");

    // What earlier versions wrote: SHA-256 of the length and the first and last MiB.
    private static string EndsOf(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, stream.Length);
        sha.AppendData(length);
        var buffer = new byte[Math.Min(1 << 20, stream.Length)];
        stream.ReadExactly(buffer);
        sha.AppendData(buffer);
        stream.Seek(-buffer.Length, SeekOrigin.End);
        stream.ReadExactly(buffer);
        sha.AppendData(buffer);
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
