using System.Text.Json;
using System.Text.Unicode;
using TSpin.Files;

namespace TSpin.Data;

/// <summary>
/// Reads annotated examples from JSONL files (one record per line, read as a stream), JSON files (an array of records, or an object
/// that holds one such array; at most 1 GiB), CSV and TSV files with a header, these also packed with gzip or Zstandard, and Parquet and Arrow files (read as a stream of rows).
/// UTF-8, with or without byte order mark; LF or CRLF; blank lines are passed over.
/// <para>
/// Records: <c>messages</c> or ShareGPT's <c>conversations</c> (the first user turn and the assistant turn after it; a system turn before
/// them goes into a chat template's system turn, or before the prompt with an empty line between; other turns when they are asked for), <c>prompt</c> with <c>response</c> or
/// <c>completion</c>, alpaca's <c>instruction</c> / <c>input</c> / <c>output</c> (an input that is not blank follows the instruction after
/// an empty line), SPIN's <c>real</c>, GSM8K's <c>question</c> / <c>answer</c>, preferences with <c>chosen</c> / <c>rejected</c> (the
/// chosen response is the annotated one), or columns that are named. Earlier rounds in <c>history</c> and words in <c>system</c> stand before the prompt. Other keys
/// are ignored; those that would change what a record means are counted by name. Texts are kept as they are; a blank prompt or
/// response makes a record bad, and so do a turn of an unknown role, invalid UTF-8, a key written twice, and a line of more than 64 MiB.
/// </para>
/// </summary>
public static class ExampleReader
{
    private const int MostFaultsShown = 20;
    private const int MostBadWithoutGood = 1000;

    // Beyond this the list of them would need more memory than the examples; a damaged Parquet file can claim any number of empty rows.
    private const int MostBad = 250_000;

    /// <summary>Reads files.</summary>
    /// <param name="paths">
    /// Files, folders or patterns (see <see cref="SourceFiles"/>), read in this order; every one must hold a record, and all must have the same format.
    /// </param>
    /// <param name="format">The layout of the records; <see cref="DataFormat.Auto"/> decides from the first record.</param>
    /// <param name="skipBad">Leave bad records out and list them in the result, instead of refusing the files.</param>
    /// <param name="columns">Where the texts stand, in records with names of their own; null or without names: where the format has them.</param>
    /// <param name="turns">Which assistant turns of a conversation are annotated. Default the first.</param>
    /// <returns>The examples, in file order.</returns>
    /// <exception cref="BadDataException">There are bad records and they may not be skipped; the first 20 are listed together.</exception>
    /// <exception cref="TSpinException">A file cannot be read or is of another kind, holds no record, or the format cannot be decided.</exception>
    public static ExampleSet Read(IEnumerable<string> paths, DataFormat format, bool skipBad, ColumnSettings? columns = null, AnnotatedTurns turns = AnnotatedTurns.First)
    {
        var reading = new Reading(format, skipBad, columns, turns, keepsTexts: true);
        reading.ReadAll(paths.ToArray());
        return new ExampleSet(reading.Examples, reading.Bad, reading.Layout.Format) { NotUsed = reading.NotUsed };
    }

    /// <summary>
    /// Reads prompts: records as in <see cref="Read"/> that may lack a response. Where a conversation ends in a user turn, all of it is the prompt; where it is
    /// answered, what stands before the first answer.
    /// </summary>
    /// <param name="paths">As in <see cref="Read"/>.</param>
    /// <param name="format">As in <see cref="Read"/>.</param>
    /// <param name="skipBad">As in <see cref="Read"/>.</param>
    /// <param name="columns">As in <see cref="Read"/>.</param>
    /// <returns>The examples, in file order; a response may be empty, and nothing should be made of it.</returns>
    /// <exception cref="TSpinException">As <see cref="Read"/>.</exception>
    public static ExampleSet ReadPrompts(IEnumerable<string> paths, DataFormat format = DataFormat.Auto, bool skipBad = false, ColumnSettings? columns = null)
    {
        var reading = new Reading(format, skipBad, columns, AnnotatedTurns.First, keepsTexts: true, promptsAlone: true);
        reading.ReadAll(paths.ToArray());
        return new ExampleSet(reading.Examples, reading.Bad, reading.Layout.Format) { NotUsed = reading.NotUsed };
    }

    /// <summary>
    /// Reads the seeded subset that <see cref="ExampleSelection"/> takes from what <see cref="Read"/> gives, but holds no more than the
    /// subset in memory: a first pass checks and counts the records, a second takes the chosen ones.
    /// </summary>
    /// <param name="paths">As in <see cref="Read"/>.</param>
    /// <param name="format">As in <see cref="Read"/>.</param>
    /// <param name="skipBad">As in <see cref="Read"/>.</param>
    /// <param name="columns">As in <see cref="Read"/>.</param>
    /// <param name="count">How many examples; null for all, which are then read in one pass.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="turns">Which assistant turns of a conversation are annotated. Default the first.</param>
    /// <param name="withRejected">Whether every record must have a rejected response beside the chosen one. Default false.</param>
    /// <returns>The subset.</returns>
    /// <exception cref="TSpinException">As <see cref="Read"/> and <see cref="ExampleSelection.Take"/>; or the files changed between the passes.</exception>
    public static ExampleSubset ReadSubset(IEnumerable<string> paths, DataFormat format, bool skipBad, ColumnSettings? columns, int? count, ulong seed, AnnotatedTurns turns = AnnotatedTurns.First, bool withRejected = false)
    {
        var sources = paths.ToArray();
        var reading = new Reading(format, skipBad, columns, turns, keepsTexts: count is null, withRejected: withRejected);
        reading.ReadAll(sources);
        var chosen = ExampleSelection.Indices(reading.Good, count, seed);
        var examples = count is null ? [.. chosen.Select(index => reading.Examples[index])] : reading.Take(sources, chosen);
        return new ExampleSubset(examples, reading.Good, reading.Bad, reading.Layout.Format, reading.NotUsed);
    }

    /// <summary>Reads all records and keeps the first usable one.</summary>
    /// <param name="paths">As in <see cref="Read"/>.</param>
    /// <param name="format">As in <see cref="Read"/>.</param>
    /// <param name="columns">As in <see cref="Read"/>.</param>
    /// <returns>That example, and the counts of all; bad records are skipped.</returns>
    /// <exception cref="TSpinException">As <see cref="Read"/>.</exception>
    internal static ExampleSubset ReadFirst(IReadOnlyList<string> paths, DataFormat format, ColumnSettings columns)
    {
        var reading = new Reading(format, skipBad: true, columns, AnnotatedTurns.First, keepsTexts: false);
        reading.ReadAll([.. paths]);
        return new ExampleSubset(reading.Take([.. paths], [0]), reading.Good, reading.Bad, reading.Layout.Format, reading.NotUsed);
    }

    private sealed class Reading(DataFormat format, bool skipBad, ColumnSettings? columns, AnnotatedTurns turns, bool keepsTexts, bool promptsAlone = false, bool withRejected = false)
    {
        private readonly IReadOnlyList<RecordLayout> _known = promptsAlone ? RecordLayout.Prompts : RecordLayout.All;
        private readonly SortedDictionary<string, int> _notUsed = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _notRead = new(StringComparer.Ordinal);
        private readonly HashSet<long> _badPlaces = [];
        private RecordLayout? _layout = columns is { IsAny: true }
            ? RecordLayout.Of(columns, promptsAlone)
            : (promptsAlone ? RecordLayout.Prompts : RecordLayout.All).FirstOrDefault(layout => layout.Format == format);

        private string _decidedAt = "";
        private long _place;

        public int Good { get; private set; }

        public List<AnnotatedExample> Examples { get; } = [];

        public List<BadLine> Bad { get; } = [];

        public RecordLayout Layout => _layout!;

        /// <summary>Which keys that change what records mean were not used, and in how many; empty for none.</summary>
        public string NotUsed => string.Join("; ", _notRead.Prepend(_notUsed.Count == 0 ? "" : KeysNotUsed).Where(text => text.Length > 0));

        private string KeysNotUsed => $"not used: {string.Join(", ", _notUsed.Select(key => $"{key.Key} in {key.Value} {(key.Value == 1 ? "record" : "records")}"))}";

        public void ReadAll(string[] paths)
        {
            if (paths.Length == 0)
            {
                throw new TSpinException("data.train: no file is named; name a JSONL, JSON, CSV, Parquet or Arrow file");
            }

            foreach (var path in paths)
            {
                var before = _place;
                foreach (var file in SourceFiles.Expand(path))
                {
                    ForEach(file, record => Add(file, record));
                }

                if (_place == before)
                {
                    throw new TSpinException($"{path}: holds no records; write one JSON object per line, or remove the file from the list");
                }
            }

            if (!skipBad && Bad.Count > 0)
            {
                throw TooBad(Bad.Count == 1 ? "The data have a bad record" : $"The data have {Bad.Count} bad records");
            }

            if (Good == 0)
            {
                throw NothingUsable();
            }
        }

        // The second pass: which records are good is known, so only the chosen ones are parsed.
        public AnnotatedExample[] Take(string[] paths, IReadOnlyList<int> chosen)
        {
            var positions = chosen.Select((index, position) => (index, position)).ToDictionary(pair => pair.index, pair => pair.position);
            var examples = new AnnotatedExample[chosen.Count];
            var (place, index, taken) = (0L, 0, 0);
            foreach (var file in paths.SelectMany(SourceFiles.Expand))
            {
                ForEach(file, record =>
                {
                    if (_badPlaces.Contains(place++))
                    {
                        return;
                    }

                    // Only for data.turns: every must a record that was not chosen be parsed again, to count its examples.
                    if (turns != AnnotatedTurns.Every && !positions.ContainsKey(index))
                    {
                        index++;
                        return;
                    }

                    foreach (var exchange in Again(file, record))
                    {
                        if (positions.TryGetValue(index, out var position))
                        {
                            examples[position] = Example(index, exchange, file, record.Line);
                            taken++;
                        }

                        index++;
                    }
                });
            }

            return taken == examples.Length && place == _place ? examples : throw new TSpinException($"{paths[0]}: the data changed while they were read; run the same command again");
        }

        private IReadOnlyList<Exchange> Again(string file, RawRecord record)
        {
            try
            {
                return Parse(file, record, new RecordReading(turns, promptsAlone, withRejected));
            }
            catch (BadRecordException error)
            {
                throw new TSpinException($"{file}:{record.Line}: the data changed while they were read; run the same command again", error);
            }
        }

        private static AnnotatedExample Example(int index, Exchange exchange, string file, int line) =>
            new(index, exchange.Prompt, exchange.Response, file, line) { Turns = exchange.Turns.Count > 1 ? exchange.Turns : null, Rejected = exchange.Rejected };

        private void ForEach(string path, Action<RawRecord> use)
        {
            try
            {
                foreach (var record in SourceFile.Read(path, record => (_layout ?? RecordLayout.Of(record, promptsAlone))?.Fits(record) == true))
                {
                    use(record);
                }
            }
            catch (Exception error) when (SourceFile.FaultOf(path, error) is { } fault)
            {
                throw fault;
            }
        }

        private void Add(string path, RawRecord raw)
        {
            _place++;
            if (raw.NotRead.Length > 0)
            {
                _notRead.Add(raw.NotRead);
            }

            try
            {
                var reading = new RecordReading(turns, promptsAlone, withRejected);
                foreach (var exchange in Parse(path, raw, reading))
                {
                    if (keepsTexts)
                    {
                        Examples.Add(Example(Good, exchange, path, raw.Line));
                    }

                    Good++;
                }

                foreach (var key in reading.NotUsed)
                {
                    _notUsed[key] = _notUsed.GetValueOrDefault(key) + 1;
                }
            }
            catch (BadRecordException error)
            {
                _badPlaces.Add(_place - 1);
                Bad.Add(new BadLine(path, raw.Line, error.Message + (raw.NotRead.Length > 0 ? $" ({raw.NotRead})" : "")));
                if (!skipBad && Bad.Count == MostFaultsShown)
                {
                    throw TooBad($"The data have at least {MostFaultsShown} bad records");
                }

                if (Good == 0 && Bad.Count == MostBadWithoutGood)
                {
                    throw NothingUsable();
                }

                if (Bad.Count == MostBad)
                {
                    throw new BadDataException([.. Bad.Take(MostFaultsShown)], $"{MostBad} records cannot be used, against {Good} that can; the first of them", "Correct them, or name another file.");
                }
            }
        }

        private IReadOnlyList<Exchange> Parse(string path, RawRecord raw, RecordReading reading)
        {
            if (raw.Fault is { } fault)
            {
                throw new BadRecordException(fault);
            }

            if (!Utf8.IsValid(raw.Json.Span))
            {
                throw new BadRecordException("is not valid UTF-8; save the file as UTF-8, or remove the line");
            }

            using var document = Json(raw.Json);
            var record = document.RootElement;
            if (record.ValueKind != JsonValueKind.Object)
            {
                throw new BadRecordException($"{RecordField.Show(record)} where a record belongs; write an object {{...}}");
            }

            if (_layout is null)
            {
                _layout = RecordLayout.Of(record, promptsAlone) ?? throw new TSpinException(
                    $"{path}:{raw.Line}: the format cannot be decided from this record; it has {RecordField.Keys(record)}. Known: "
                    + string.Join("; ", _known.Select(known => $"{known.Word} with {known.Keys}")) + $". Rename the keys to one of these.{(raw.NotRead.Length > 0 ? $" ({raw.NotRead})" : "")}");
                _decidedAt = $"{path}:{raw.Line}";
            }

            if (!_layout.Fits(record))
            {
                throw new BadRecordException($"is not of format {_layout.Word}, which has {_layout.Keys}; it has {RecordField.Keys(record)}"
                    + (_decidedAt.Length > 0 ? $". The format was decided from {_decidedAt}; do not mix formats" : "; name the format it has in data.format"));
            }

            var exchanges = columns is { IsAny: true } && Good == 0 ? FromColumns(path, raw, record, reading) : _layout.Extract(record, reading);
            reading.IgnoreRest(record);
            foreach (var exchange in exchanges)
            {
                Conversation.RequireText(exchange.Turns[^1].Content, "prompt");
                if (!promptsAlone)
                {
                    Conversation.RequireText(exchange.Response, "response");
                }

                if (withRejected)
                {
                    Conversation.RequireText(exchange.Rejected ?? throw new BadRecordException(
                        "has no rejected response, which the method learns from; give records with prompt, chosen and rejected, and name data.turns last where they are conversations"), "rejected");
                }
            }

            return exchanges;
        }

        // A misspelt column is missing everywhere: that is one fault of the recipe, not one of every record.
        private IReadOnlyList<Exchange> FromColumns(string path, RawRecord raw, JsonElement record, RecordReading reading)
        {
            foreach (var (name, column) in new[] { ("prompt", columns!.Prompt), ("response", columns.Response), ("messages", columns.Messages) })
            {
                try
                {
                    _ = column is null ? default : RecordField.At(record, column);
                }
                catch (BadRecordException error)
                {
                    throw new TSpinException($"data.columns.{name}: {path}:{raw.Line} {error.Message}; name a column that is there{(raw.NotRead.Length > 0 ? $" ({raw.NotRead})" : "")}", error);
                }
            }

            return _layout!.Extract(record, reading);
        }

        private static JsonDocument Json(ReadOnlyMemory<byte> json)
        {
            try
            {
                return RecordJson.Parse(json);
            }
            catch (JsonException error)
            {
                var start = System.Text.Encoding.UTF8.GetString(json.Span[..Math.Min(json.Length, 240)]);
                throw new BadRecordException(
                    $"not valid JSON at byte {1 + (error.BytePositionInLine ?? 0)}: {RecordJson.Explain(error)}: {YamlText.Show(start, quoted: true)}; "
                    + "correct or remove the line");
            }
        }

        private BadDataException TooBad(string heading) =>
            new([.. Bad], heading, "Correct them, or leave them out with data.skip_bad: true (--skip-bad).");

        private BadDataException NothingUsable() =>
            new([.. Bad.Take(MostFaultsShown)], $"None of the first {Bad.Count} records can be used; the first of them", "Correct them, or name another file.");
    }
}
