using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// Answers the prompts of a wave, a batch of them at a time. A step either reads prompts, packed in one row of tokens without padding, into free rows of the
/// key-value cache and gives each its first token, or gives every row that is being answered one more. An answer that is whole leaves at once: the last row
/// takes its place, so the rows in use are always the first ones, and the next prompts take the places that are free when they are an eighth of the batch.
/// What is done when depends on the wave alone, so a wave that is repeated rounds the same way.
/// </summary>
internal sealed class Wave : IDisposable
{
    /// <summary>What to do about logits that are no numbers, outside a run.</summary>
    internal const string NonFiniteCure = "Its weights are damaged or training diverged; go back to an earlier checkpoint, or generate in float32 if this was a narrower type.";

    /// <summary>Tokens of prompts read in one pass; a longer prompt has a pass to itself.</summary>
    private const int MaxTokensRead = 4096;

    private const int PlacesPerRefill = 8;
    private const long LeastTokensForPacking = 64;   // packing pays after some twenty
    private const int PartOfMemoryForPacking = 4;

    private readonly Decoder _decoder;
    private readonly Sampler _sampler;
    private readonly DecodeSession _session;
    private readonly DecodeGraphs? _graphs;
    private readonly Queue<WaveRow> _waiting;
    private readonly List<WaveRow> _running = [];   // row n of the cache is the n-th's
    private readonly int _places;

    /// <param name="decoder">The model.</param>
    /// <param name="sampler">Chooses tokens.</param>
    /// <param name="rows">The prompts in the order in which they are begun.</param>
    /// <param name="batchSize">Most rows at once.</param>
    /// <param name="graphs">How steps of one token per row are taken.</param>
    public Wave(Decoder decoder, Sampler sampler, IReadOnlyCollection<WaveRow> rows, int batchSize, GraphRecording graphs)
    {
        _decoder = decoder;
        _sampler = sampler;
        _waiting = new Queue<WaveRow>(rows);
        _places = Math.Min(batchSize, rows.Count);
        var packs = rows.Sum(row => (long)row.MaxTokens) >= LeastTokensForPacking
            && decoder.ComputeType.Size() * decoder.Config.ParameterCount <= BatchSizeChoice.FreeBytes(decoder.Device) / PartOfMemoryForPacking;
        _session = new DecodeSession(decoder, _places, rows.Max(row => row.LongestSequence), packs);
        _graphs = DecodeGraphs.Of(decoder, _session.Cache, graphs);
    }

    /// <summary>True when every row has its whole answer.</summary>
    public bool IsDone => _waiting.Count == 0 && _running.Count == 0;

    /// <summary>Adds one token to the rows whose turn it is.</summary>
    /// <returns>What was done.</returns>
    public WaveStep Step()
    {
        using var noGradients = GradMode.Off();
        using var scope = new TensorScope();
        var first = Admit();
        if (first == _running.Count && !_running.All(row => _decoder.Config.CacheSurvives(row.Position, row.Position + 1)))
        {
            first = 0;   // their rotary embedding changes with the length: all is read anew
        }

        var isRead = first < _running.Count;
        var rows = isRead ? _running[first..] : [.. _running];
        var logits = isRead ? _session.Logits(Read(first, rows)) : ReadNewest(rows);                    // (N, V)
        var (tokens, logProbs) = _sampler.Next(logits, _sampler.IsGreedy ? [] : [.. rows.Select(row => row.NextUniform())]);
        foreach (var (n, row) in rows.Index())
        {
            Append(row, (int)tokens[n], logProbs[n]);
        }

        var whole = rows.Where(row => row.Finished is not null).ToArray();
        Retire();
        return new WaveStep(rows.Count, whole.Length, whole.Sum(row => row.Count))
        {
            PromptTokens = isRead ? rows.Sum(row => (long)row.Prompt.Ids.Length) : 0,
            Waiting = _waiting.Count,
            Running = [.. _running.Select(row => row.Count)],
            Whole = [.. whole.Select(row => (row.Count, row.Finished == FinishReason.Length))],
        };
    }

    public void Dispose()
    {
        _graphs?.Dispose();
        _session.Dispose();
    }

    private static void Append(WaveRow row, int token, float logProb)
    {
        // A NaN or +infinity anywhere among the logits makes every log-probability of the row a NaN.
        if (!float.IsFinite(logProb))
        {
            throw new TSpinException(
                $"Prompt {row.Prompt.Index}: the model's logits at position {row.Position} hold a NaN or an infinity. "
                + NonFiniteCure)
            {
                ExitCode = 4,
            };
        }

        row.Append(token, logProb);
    }

    /// <summary>Gives free places to waiting prompts, when it is worth a pass over the weights.</summary>
    /// <returns>Index of the first row that was added; the number of rows if none was.</returns>
    private int Admit()
    {
        var first = _running.Count;
        var free = _places - first;
        if (free >= Math.Max(1, _places / PlacesPerRefill) || first == 0)
        {
            for (var n = 0; n < free && _waiting.TryDequeue(out var row); n++)
            {
                _running.Add(row);
            }
        }

        return first;
    }

    /// <summary>Reads whole sequences into the cache's rows from <paramref name="first"/> on; returns the last hidden state of each, [n, H].</summary>
    private Tensor Read(int first, List<WaveRow> rows)
    {
        var lasts = new List<Tensor>();
        for (var begin = 0; begin < rows.Count;)
        {
            var end = begin + 1;
            for (var tokens = rows[begin].Position + 1; end < rows.Count && (tokens += rows[end].Position + 1) <= MaxTokensRead; end++)
            {
            }

            lasts.Add(_session.Read([.. rows[begin..end].Select(row => row.Tokens)], first + begin));
            begin = end;
        }

        return lasts.Count == 1 ? lasts[0] : Tensor.Concatenate([.. lasts], 0);
    }

    private Tensor ReadNewest(List<WaveRow> rows)
    {
        long[] ids = [.. rows.Select(row => row.NewestToken)], positions = [.. rows.Select(row => row.Position)];
        return _graphs?.Logits(ids, positions) ?? _session.Logits(_session.Next(ids, positions));
    }

    private void Retire()
    {
        for (var place = _running.Count - 1; place >= 0; place--)
        {
            if (_running[place].Finished is null)
            {
                continue;
            }

            var last = _running.Count - 1;
            if (place < last)
            {
                // The newest token's keys and values are not there yet: the next step stores them.
                _session.CopyRow(last, place, _running[last].Position);
                _running[place] = _running[last];
            }

            _running.RemoveAt(last);
        }
    }
}
