using System.Text.Json;

namespace TSpin.Dashboard;

/// <summary>What an iteration's training measured of each triplet, at the last step that had it.</summary>
/// <param name="files">Says what may be read.</param>
/// <param name="path">triplets-metrics.jsonl; may be absent.</param>
internal sealed class TripletFigures(RunFiles files, string path)
{
    private readonly FollowedFile _file = new(files, path);
    private readonly Dictionary<int, Figures> _figures = [];

    /// <summary>Log-probabilities of whole responses, in nats; NaN where there is none.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Annotated">Of y.</param>
    /// <param name="Synthetic">Of y'.</param>
    /// <param name="ProtoSynthetic">Of y0.</param>
    public readonly record struct Figures(int Step, float Annotated, float Synthetic, float ProtoSynthetic)
    {
        /// <summary>The current advantage.</summary>
        public float U => Annotated - Synthetic;

        /// <summary>The historical advantage.</summary>
        public float V => Synthetic - ProtoSynthetic;
    }

    /// <summary>Takes in what is new.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Refresh() => _file.Read(_figures.Clear, (line, _) => Add(line));

    /// <summary>The figures of an example.</summary>
    public Figures? Of(int index) => _figures.TryGetValue(index, out var figures) ? figures : null;

    private void Add(ReadOnlySpan<byte> line)
    {
        try
        {
            var (index, step) = (-1, 0);
            var (annotated, synthetic, proto) = (float.NaN, float.NaN, float.NaN);
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var which = reader.ValueTextEquals("index"u8) ? 0 : reader.ValueTextEquals("step"u8) ? 1
                    : reader.ValueTextEquals("log_prob_annotated"u8) ? 2
                    : reader.ValueTextEquals("log_prob_synthetic"u8) ? 3
                        : reader.ValueTextEquals("log_prob_proto_synthetic"u8) ? 4 : 5;
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number)
                {
                    reader.Skip();
                    continue;
                }

                var number = reader.GetDouble();
                switch (which)
                {
                    case 0: index = number is >= 0 and <= int.MaxValue ? (int)number : -1; break;
                    case 1: step = number is >= 0 and <= int.MaxValue ? (int)number : 0; break;
                    case 2: annotated = (float)number; break;
                    case 3: synthetic = (float)number; break;
                    case 4: proto = (float)number; break;
                    default: break;
                }
            }

            if (index >= 0)
            {
                _figures[index] = new Figures(step, annotated, synthetic, proto);
            }
        }
        catch (JsonException)
        {
            // Half a line of a run that was killed.
        }
    }
}
