using System.Text.Json;
using System.Text.Json.Nodes;
using TSpin.Files;
using TSpin.Prompts;

namespace TSpin.Generation;

/// <summary>
/// The answers of one stage on disk: <c>responses.jsonl</c>, one <see cref="ResponseLine"/> per prompt in the order of <see cref="WavePlan"/>, appended
/// wave by wave, and beside it <c>responses.json</c> with the <see cref="ResponseSettings"/> that made them. Opening it after a kill at any moment
/// keeps the whole waves and cuts off what an unfinished wave left, so that the continued file has the same bytes as an undisturbed one.
/// </summary>
public sealed class ResponseFile : IDisposable
{
    private readonly JsonLinesWriter<ResponseLine> _writer;

    private ResponseFile(JsonLinesWriter<ResponseLine> writer, int finishedWaves, IReadOnlyList<Response> finished)
    {
        _writer = writer;
        FinishedWaves = finishedWaves;
        Finished = finished;
    }

    /// <summary>Waves that were whole when the file was opened; go on with the next.</summary>
    public int FinishedWaves { get; }

    /// <summary>The answers of those waves.</summary>
    public IReadOnlyList<Response> Finished { get; }

    /// <summary>Starts a file or continues one.</summary>
    /// <param name="path">The file, <c>….jsonl</c>; its settings go beside it with the extension <c>.json</c>.</param>
    /// <param name="settings">Everything the answers depend on.</param>
    /// <param name="waves">The plan of all prompts.</param>
    /// <param name="seeds">Their seeds.</param>
    /// <returns>The file, ready for <see cref="Append"/>.</returns>
    /// <exception cref="TSpinException">The file was made with other settings, was changed by other hands, or can't be read or written.</exception>
    public static ResponseFile Open(string path, ResponseSettings settings, IReadOnlyList<PromptTokens[]> waves, ResponseSeeds seeds)
    {
        var full = Path.GetFullPath(path);
        var settingsPath = SettingsPath(full);
        if (settingsPath == full)
        {
            throw new TSpinException($"{full}: answers are JSON Lines, and this name is needed for their settings; give the file the extension .jsonl.");
        }

        var exists = File.Exists(full) && new FileInfo(full).Length > 0;
        if (exists)
        {
            RequireSame(full, settingsPath, settings);
        }
        else
        {
            AtomicFile.WriteText(settingsPath, JsonSerializer.Serialize(settings, Indented) + "\n");
        }

        var (finishedWaves, finished) = exists ? KeepWholeWaves(full, waves, seeds) : (0, []);
        return new ResponseFile(new JsonLinesWriter<ResponseLine>(full), finishedWaves, finished);
    }

    /// <summary>Reads the answers of a file, also of one that is still being written.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The lines in the order of the file.</returns>
    /// <exception cref="TSpinException">The file is missing, or a line is not an answer.</exception>
    public static IEnumerable<ResponseLine> Read(string path) => JsonLinesReader.Read<ResponseLine>(path, ignoreTornLastLine: true);

    /// <summary>Where the settings of a response file are.</summary>
    /// <param name="path">The response file.</param>
    /// <returns>The same path with the extension <c>.json</c>.</returns>
    public static string SettingsPath(string path) => Path.ChangeExtension(path, ".json");

    /// <summary>The batch size that a file goes on with when nobody says.</summary>
    /// <param name="path">The response file.</param>
    /// <returns>Null for a file that is new, or whose settings <see cref="Open"/> will not take.</returns>
    public static int? BatchSizeOf(string path) => BatchSizesOf(path).Size;

    /// <summary>The batch sizes that a file was made with so far.</summary>
    /// <param name="path">The response file.</param>
    /// <returns>The size at its end, null for a file that is new or whose settings <see cref="Open"/> will not take; and what was made with others.</returns>
    public static (int? Size, IReadOnlyList<EarlierBatches> Earlier) BatchSizesOf(string path)
    {
        try
        {
            var settings = SettingsPath(Path.GetFullPath(path));
            if (!File.Exists(path) || !File.Exists(settings) || JsonNode.Parse(File.ReadAllBytes(settings)) is not JsonObject node || (int?)node["sampling"]?["batch_size"] is not (>= 1 and var size))
            {
                return (null, []);
            }

            var earlier = node["earlier_batches"].Deserialize<EarlierBatches[]>(JsonLinesFormat.Default) ?? [];
            return earlier.All(batches => batches.BatchSize >= 1) ? (size, earlier) : (null, []);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            return (null, []);
        }
    }

    /// <summary>Goes on with another batch size: keeps the whole waves that are there, and plans the rest anew.</summary>
    /// <param name="path">The file; it is there.</param>
    /// <param name="before">The settings with the batch sizes so far.</param>
    /// <param name="prompts">All prompts.</param>
    /// <param name="seeds">Their seeds.</param>
    /// <param name="batchSize">The new batch size.</param>
    /// <returns>What was made with other batch sizes; null where all answers are there already, and nothing was changed.</returns>
    /// <exception cref="TSpinException">As for <see cref="Open"/>.</exception>
    public static IReadOnlyList<EarlierBatches>? Rebatch(string path, ResponseSettings before, IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize)
    {
        var full = Path.GetFullPath(path);
        RequireSame(full, SettingsPath(full), before);
        var size = before.Sampling.BatchSize!.Value;
        var (_, finished) = KeepWholeWaves(full, WavePlan.Of(prompts, size, before.EarlierBatches), seeds);
        if (finished.Count == prompts.Count)
        {
            return null;
        }

        var earlier = before.EarlierBatches ?? [];
        if (finished.Count > (earlier.Count == 0 ? 0 : earlier[^1].Answers))
        {
            earlier = [.. earlier, new EarlierBatches(finished.Count, size)];
        }

        var after = before with { Sampling = before.Sampling with { BatchSize = batchSize }, EarlierBatches = earlier.Count > 0 ? earlier : null };
        AtomicFile.WriteText(SettingsPath(full), JsonSerializer.Serialize(after, Indented) + "\n");
        return earlier;
    }

    /// <summary>Appends a whole wave and waits until it is on the disk.</summary>
    /// <param name="wave">The prompts of the next unfinished wave.</param>
    /// <param name="responses">Their answers in the same order.</param>
    /// <exception cref="TSpinException">The disk is full or the file has become unwritable.</exception>
    public void Append(IReadOnlyList<PromptTokens> wave, IReadOnlyList<Response> responses)
    {
        foreach (var (prompt, response) in wave.Zip(responses))
        {
            _writer.Append(ResponseLine.Of(prompt, response));
        }

        _writer.FlushToDisk();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _writer.Dispose();

    private static JsonSerializerOptions Indented { get; } = new(JsonLinesFormat.Default) { WriteIndented = true };

    private static void RequireSame(string path, string settingsPath, ResponseSettings settings)
    {
        const string cure = "Go back to the earlier settings, or move both files away to answer all prompts anew.";
        if (!File.Exists(settingsPath))
        {
            throw new TSpinException($"{path}: holds answers, but {settingsPath}, which says how they were made, is missing. {cure}");
        }

        JsonObject earlier;
        try
        {
            earlier = JsonNode.Parse(File.ReadAllBytes(settingsPath)) as JsonObject ?? throw new JsonException("it is no JSON object");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{settingsPath}: cannot be read: {error.Message} {cure}", error);
        }

        var now = Leaves(JsonSerializer.SerializeToNode(settings, Indented)!);
        var then = Leaves(earlier);
        string[] differences = [.. now.Keys.Union(then.Keys).Order(StringComparer.Ordinal)
            .Where(name => now.GetValueOrDefault(name) != then.GetValueOrDefault(name))
            .Select(name => $"\n  {name}: {Excerpt.Of(then.GetValueOrDefault(name) ?? "nothing")} then, {Excerpt.Of(now.GetValueOrDefault(name) ?? "nothing")} now")];
        if (differences.Length > 0)
        {
            throw new TSpinException($"{path}: these answers were made with other settings:{string.Concat(differences)}\n{cure}");
        }
    }

    /// <summary>Every value by its path, for example <c>sampling.temperature</c>; a list is one value.</summary>
    private static Dictionary<string, string> Leaves(JsonNode settings)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("", settings);
        return leaves;

        void Add(string name, JsonNode? node)
        {
            if (node is JsonObject properties)
            {
                foreach (var (key, value) in properties)
                {
                    Add(name.Length == 0 ? key : $"{name}.{key}", value);
                }
            }
            else
            {
                leaves[name] = node?.ToJsonString(JsonLinesFormat.Default) ?? "null";
            }
        }
    }

    private static (int Waves, IReadOnlyList<Response> Finished) KeepWholeWaves(string path, IReadOnlyList<PromptTokens[]> waves, ResponseSeeds seeds)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
            var finished = new List<Response>();
            var (wave, wholeEnd) = (0, 0L);
            var (pending, number) = (new List<Response>(), 0);
            while (ReadLine(stream) is { } line)
            {
                number++;
                if (wave == waves.Count)
                {
                    throw new TSpinException($"{path}:{number}: there are only {number - 1} prompts, but the file goes on. It was changed by hand; move it away to answer all prompts anew.");
                }

                pending.Add(Parse(path, number, line, waves[wave][pending.Count], seeds));
                if (pending.Count == waves[wave].Length)
                {
                    finished.AddRange(pending);
                    pending.Clear();
                    wave++;
                    wholeEnd = stream.Position;
                }
            }

            stream.SetLength(wholeEnd);
            return (wave, finished);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TSpinException($"{path}: could not be continued: {error.Message} Check the file's permissions, then run the same command again.", error);
        }
    }

    private static Response Parse(string path, int number, byte[] line, PromptTokens prompt, ResponseSeeds seeds)
    {
        const string cure = "Move the file away to answer all prompts anew, or bring back the file as it was.";
        ResponseLine read;
        try
        {
            read = JsonSerializer.Deserialize<ResponseLine>(line, JsonLinesFormat.Default) ?? throw new JsonException("null is not an answer");
        }
        catch (JsonException error)
        {
            throw new TSpinException($"{path}:{number}: not an answer: {error.Message} {cure}", error);
        }

        if (read.Index != prompt.Index || read.Seed != seeds.Of(prompt.Index))
        {
            throw new TSpinException(
                $"{path}:{number}: is the answer to prompt {read.Index} with seed {read.Seed}, but prompt {prompt.Index} with seed {seeds.Of(prompt.Index)} stands here. {cure}");
        }

        if (read.Tokens.Length != read.LogProbs.Length || read.Tokens.Length == 0)
        {
            throw new TSpinException($"{path}:{number}: has {read.Tokens.Length} tokens and {read.LogProbs.Length} log_probs; there must be as many of both, and at least one. {cure}");
        }

        return read.ToResponse();
    }

    /// <summary>The next line that has an end; null when what is left has none. Positions the stream after it.</summary>
    private static byte[]? ReadLine(FileStream stream)
    {
        var line = new List<byte>();
        for (var value = stream.ReadByte(); value >= 0; value = stream.ReadByte())
        {
            if (value == '\n')
            {
                return [.. line];
            }

            if (line.Count == JsonLinesReader.MaxLineBytes)
            {
                throw new TSpinException($"{stream.Name}: holds a line longer than {DiskSpace.Shown(JsonLinesReader.MaxLineBytes)}, which is no answer; move it away to answer all prompts anew.");
            }

            line.Add((byte)value);
        }

        return null;
    }
}
