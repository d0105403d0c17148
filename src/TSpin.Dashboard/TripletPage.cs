using System.Text.Json;
using TSpin.Files;
using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>A few triplets of an iteration, in an order and with a text that the reader chose, out of as many as there
/// are.</summary>
/// <param name="run">The run; <see cref="WatchedRun.Locked"/> around every call.</param>
/// <param name="iteration">The iteration.</param>
internal sealed class TripletPage(WatchedRun run, int iteration)
{
    private const int MaxCharacters = 20_000;

    /// <summary>Reads.</summary>
    /// <param name="sort"><c>index</c>, <c>u</c> or <c>v</c>.</param>
    /// <param name="isDescending">Whether the largest come first.</param>
    /// <param name="search">A text that the prompt or a response must hold, in any case; empty for all.</param>
    /// <param name="offset">How many to pass over.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellation">Ends a search that nobody waits for.</param>
    /// <returns>How many there are, and those.</returns>
    public (int Total, IReadOnlyList<object> Triplets) Read(string sort, bool isDescending, string search, int offset,
        int count, CancellationToken cancellation)
    {
        var examples = run.Examples;
        var synthetic = iteration > 0 ? run.Responses(iteration) : null;
        var proto = run.Responses(0);
        var figures = run.Figures(iteration);
        var chosen = (examples.Count > 0 ? examples.Indices : (synthetic ?? proto).Indices).Order().ToArray();
        if (search.Length > 0)
        {
            var holding = Holding(search, [examples, synthetic, proto], cancellation);
            chosen = [.. chosen.Where(holding.Contains)];
        }

        if (sort is "u" or "v")
        {
            var keyed = chosen.Select(index => (index, Value: figures.Of(index) is { } known
                ? (sort == "u" ? known.U : known.V) : float.NaN)).ToArray();
            var with = keyed.Where(each => float.IsFinite(each.Value));
            chosen = [.. (isDescending ? with.OrderByDescending(each => each.Value) : with.OrderBy(each => each.Value))
                .Concat(keyed.Where(each => !float.IsFinite(each.Value))).Select(each => each.index)];
        }
        else if (isDescending)
        {
            Array.Reverse(chosen);
        }

        var shown = chosen.Skip(offset).Take(count).ToArray();
        var (ys, primes, zeros) = (examples.Read(shown), synthetic?.Read(shown) ?? [], proto.Read(shown));
        return (chosen.Length, [.. shown.Select(index => Triplet(index, ys.GetValueOrDefault(index),
            primes.GetValueOrDefault(index), zeros.GetValueOrDefault(index), figures.Of(index)))]);
    }

    private static object Triplet(int index, byte[]? example, byte[]? prime, byte[]? zero,
        TripletFigures.Figures? figures)
    {
        using var known = Parse(example);
        var (synthetic, proto) = (Response(index, prime), Response(index, zero));
        var prompt = known is null ? (proto ?? synthetic)?.Prompt ?? "" : JsonField.Text(known.RootElement, "prompt")
            ?? "";
        return new
        {
            index,
            prompt = Cut(prompt),
            step = figures?.Step,
            u = Finite(figures?.U),
            v = Finite(figures?.V),
            annotated = known is null ? null
                : new
                {
                    text = Cut(JsonField.Text(known.RootElement, "response") ?? ""),
                    logProb = Finite(figures?.Annotated)
                },
            synthetic = Shown(synthetic, figures?.Synthetic),
            protoSynthetic = Shown(proto, figures is { } f && float.IsFinite(f.ProtoSynthetic) ? f.ProtoSynthetic
                : prime is null ? figures?.Synthetic : null),
        };
    }

    private static object? Shown(RecordedResponse? response, float? trained) => response is null ? null : new
    {
        text = Cut(response.Text),
        tokens = response.Tokens,
        finish = response.FinishReason,
        logProb = Finite(trained),
        sampledLogProb = double.IsFinite(response.LogProb) ? response.LogProb : (double?)null,
    };

    private static string Cut(string text) => text.Length <= MaxCharacters ? text : text[..MaxCharacters] + " … (cut)";

    private static float? Finite(float? value) => value is { } number && float.IsFinite(number) ? number : null;

    private static JsonDocument? Parse(byte[]? line) => line is null ? null : TolerantJson.TryParse(line);

    private static RecordedResponse? Response(int index, byte[]? line)
    {
        using var known = Parse(line);
        return known is null ? null : RecordedResponse.From(index, known.RootElement);
    }

    // Only the texts of a line are looked at, never its tokens.
    private static HashSet<int> Holding(string search, LineIndex?[] logs, CancellationToken cancellation)
    {
        var found = new HashSet<int>();
        var text = new char[1 << 16];
        foreach (var log in logs.OfType<LineIndex>())
        {
            log.ForEach((line, _) =>
            {
                if (TolerantJson.LeadingIndex(line) is >= 0 and <= int.MaxValue and var index
                    && !found.Contains((int)index) && Holds(line, search, ref text))
                {
                    found.Add((int)index);
                }
            }, cancellation);
        }

        return found;
    }

    private static bool Holds(ReadOnlySpan<byte> line, string search, ref char[] text)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isText = reader.ValueTextEquals("prompt"u8) || reader.ValueTextEquals("text"u8)
                    || reader.ValueTextEquals("response"u8);
                reader.Read();
                if (!isText || reader.TokenType != JsonTokenType.String)
                {
                    reader.Skip();
                    continue;
                }

                if (reader.ValueSpan.Length > text.Length)
                {
                    text = new char[reader.ValueSpan.Length];
                }

                if (text.AsSpan(0, reader.CopyString(text)).Contains(search, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Half a line, or a text that is none.
        }

        return false;
    }
}
