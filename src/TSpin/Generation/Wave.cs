using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// Answers a few prompts at the same time. The first step reads the prompts, padded on the right, into a key-value cache; every step
/// gives each row one more token, after reading the newest one (or, where a rotary embedding changes with the length, all of them). A finished row stays in the batch, ignored, until a quarter of the rows are finished, and then its part
/// of the cache is freed.
/// </summary>
internal sealed class Wave : IDisposable
{
    /// <summary>Attention scores held at once while prompts are read, elements per block; longer prompts are read in pieces.</summary>
    private const long MaxPrefillScores = 1L << 25;

    private readonly Decoder _decoder;
    private readonly Sampler _sampler;
    private readonly KeyValueCache _cache;
    private WaveRow[] _rows;
    private bool _promptsRead;

    public Wave(Decoder decoder, Sampler sampler, WaveRow[] rows, int maxNewTokens)
    {
        _decoder = decoder;
        _sampler = sampler;
        _rows = rows;
        var capacity = Math.Min((long)decoder.Config.LongestSequence, rows.Max(row => row.Prompt.Ids.Length) + (long)maxNewTokens);
        _cache = new KeyValueCache(decoder.Config, rows.Length, capacity, decoder.ComputeType, decoder.Device);
    }

    /// <summary>True when every row has its whole answer.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Adds one token to every unfinished row.</summary>
    /// <returns>Number of tokens added.</returns>
    public int Step()
    {
        using var noGradients = GradMode.Off();
        using var scope = new TensorScope();
        var cacheServes = _promptsRead && _rows.All(row => _decoder.Config.CacheSurvives(row.Position, row.Position + 1));
        var hidden = cacheServes ? ReadNewest() : ReadAll();                                            // (N, H)
        _promptsRead = true;

        var logits = _decoder.Logits(hidden);                                                           // (N, V)
        var (chosen, logProbs) = _sampler.Next(logits, _sampler.IsGreedy ? [] : [.. _rows.Select(row => row.NextUniform())]);
        var added = Append(chosen, logProbs);
        DropFinished();
        return added;
    }

    public void Dispose() => _cache.Dispose();

    private int Append(long[] chosen, float[] logProbs)
    {
        var added = 0;
        for (var n = 0; n < _rows.Length; n++)
        {
            if (_rows[n].Finished is not null)
            {
                continue;
            }

            // A NaN or +infinity anywhere among the logits makes every log-probability of the row a NaN.
            if (!float.IsFinite(logProbs[n]))
            {
                throw new TSpinException(
                    $"Prompt {_rows[n].Prompt.Index}: the model's logits at position {_rows[n].Position} hold a NaN or an infinity. "
                    + "Its weights are damaged or training diverged; go back to an earlier checkpoint, or generate in float32 if this was a narrower type.")
                {
                    ExitCode = 4,
                };
            }

            _rows[n].Append((int)chosen[n], logProbs[n]);
            added++;
        }

        return added;
    }

    private Tensor ReadAll()
    {
        var longest = _rows.Max(row => row.Position) + 1;
        var padded = new long[_rows.Length * longest];
        for (var n = 0; n < _rows.Length; n++)
        {
            foreach (var (t, token) in _rows[n].Tokens.Index())
            {
                padded[(n * longest) + t] = token;
            }
        }

        var ids = Tensor.From<long>(padded, [_rows.Length, longest], _decoder.Device);
        var positions = Tensor.Range(longest, DType.Int64, _decoder.Device).Unsqueeze(0);
        var lengths = Tensor.From<long>([.. _rows.Select(row => row.Position + 1)], [_rows.Length, 1], _decoder.Device);
        var piece = Math.Clamp(MaxPrefillScores / ((long)_rows.Length * _decoder.Config.HeadCount * longest), 1, longest);
        var lasts = new Tensor[_rows.Length];
        for (var start = 0L; start < longest; start += piece)
        {
            using var scope = new TensorScope();
            var length = Math.Min(piece, longest - start);
            _cache.Used = start + length;
            var layout = new AttentionLayout(positions.Narrow(1, start, length), positions.Narrow(1, 0, _cache.Used), lengths);
            var hidden = _decoder.Hidden(ids.Narrow(1, start, length), layout, _cache);                // (N, piece, H)
            for (var n = 0; n < _rows.Length; n++)
            {
                var last = _rows[n].Position - start;
                if (last >= 0 && last < length)
                {
                    // Cloned: a view would keep the whole piece in memory.
                    lasts[n] = scope.Keep(hidden.Select(0, n).Select(0, last).Clone());
                }
            }
        }

        return Tensor.Stack(lasts, 0);
    }

    private Tensor ReadNewest()
    {
        var ids = new long[_rows.Length];
        var positions = new long[_rows.Length];
        for (var n = 0; n < _rows.Length; n++)
        {
            ids[n] = _rows[n].NewestToken;
            positions[n] = _rows[n].Position;
        }

        return _decoder.Next(ids, positions, _cache);
    }

    private void DropFinished()
    {
        long[] running = [.. Enumerable.Range(0, _rows.Length).Where(n => _rows[n].Finished is null).Select(n => (long)n)];
        IsDone = running.Length == 0;
        const int quarter = 4;
        if (!IsDone && (_rows.Length - running.Length) * quarter >= _rows.Length)
        {
            _cache.KeepRows(Tensor.From(running, _decoder.Device));
            _rows = [.. running.Select(n => _rows[n])];
        }
    }
}
