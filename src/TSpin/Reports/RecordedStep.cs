using System.Runtime.CompilerServices;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Reports;

/// <summary>
/// One line of <c>metrics.jsonl</c>: what one optimizer step measured, as means over the step's triplets. A quantity that the
/// method does not have (SFT has no synthetic responses) or that was not recorded is NaN.
/// </summary>
public sealed class RecordedStep
{
    /// <summary>As many numbers of a method's own are read of a step.</summary>
    internal const int MostTerms = 16;

    private const int LongestTermName = 100;
    private List<KeyValuePair<string, double>>? _terms;

    /// <summary>Step number as recorded; 0 when not recorded.</summary>
    public int Step { get; private set; }

    /// <summary>Steps in the iteration; 0 when not recorded.</summary>
    public int Steps { get; private set; }

    /// <summary>Iteration of self-play the step belongs to.</summary>
    public int Iteration { get; private set; }

    /// <summary>Learning rate of the step.</summary>
    public double LearningRate { get; private set; } = double.NaN;

    /// <summary>Loss: <see cref="CurrentTerm"/> plus beta times <see cref="HistoricalTerm"/> (equation 7).</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>First term of the loss, of the current advantage.</summary>
    public double CurrentTerm { get; private set; } = double.NaN;

    /// <summary>Second term of the loss, of the historical advantage.</summary>
    public double HistoricalTerm { get; private set; } = double.NaN;

    /// <summary>Current advantage u = log pi(y|x) - log pi(y'|x), nats.</summary>
    public double CurrentAdvantage { get; private set; } = double.NaN;

    /// <summary>Historical advantage v = log pi(y'|x) - log pi(y0|x), nats.</summary>
    public double HistoricalAdvantage { get; private set; } = double.NaN;

    /// <summary>Share of triplets whose first term is saturated, in [0, 1].</summary>
    public double SaturatedShare { get; private set; } = double.NaN;

    /// <summary>Log-probability of the annotated responses, nats per response.</summary>
    public double LogProbAnnotated { get; private set; } = double.NaN;

    /// <summary>Log-probability of the synthetic responses, nats per response.</summary>
    public double LogProbSynthetic { get; private set; } = double.NaN;

    /// <summary>Log-probability of the proto-synthetic responses, nats per response.</summary>
    public double LogProbProtoSynthetic { get; private set; } = double.NaN;

    /// <summary>Log-probability of the annotated responses, nats per token.</summary>
    public double LogProbPerTokenAnnotated { get; private set; } = double.NaN;

    /// <summary>Log-probability of the synthetic responses, nats per token.</summary>
    public double LogProbPerTokenSynthetic { get; private set; } = double.NaN;

    /// <summary>Log-probability of the proto-synthetic responses, nats per token.</summary>
    public double LogProbPerTokenProtoSynthetic { get; private set; } = double.NaN;

    /// <summary>Reward of the annotated responses.</summary>
    public double RewardAnnotated { get; private set; } = double.NaN;

    /// <summary>Log-probability of the token that ends the annotated responses, nats.</summary>
    public double EndLogProbAnnotated { get; private set; } = double.NaN;

    /// <summary>The same of the synthetic responses that ended.</summary>
    public double EndLogProbSynthetic { get; private set; } = double.NaN;

    /// <summary>Reward of the synthetic responses.</summary>
    public double RewardSynthetic { get; private set; } = double.NaN;

    /// <summary>Reward of the annotated minus reward of the synthetic responses.</summary>
    public double RewardGap { get; private set; } = double.NaN;

    /// <summary>Share of triplets where the annotated response has the higher reward and the lower log-likelihood, in [0, 1].</summary>
    public double MisalignedShare { get; private set; } = double.NaN;

    /// <summary>Global gradient norm before clipping.</summary>
    public double GradientNorm { get; private set; } = double.NaN;

    /// <summary>Mean length of the annotated responses, tokens.</summary>
    public double TokensAnnotated { get; private set; } = double.NaN;

    /// <summary>Mean length of the synthetic responses, tokens.</summary>
    public double TokensSynthetic { get; private set; } = double.NaN;

    /// <summary>Mean length of the proto-synthetic responses, tokens.</summary>
    public double TokensProtoSynthetic { get; private set; } = double.NaN;

    /// <summary>Tokens trained on per second.</summary>
    public double TokensPerSecond { get; private set; } = double.NaN;

    /// <summary>Duration of the step, seconds.</summary>
    public double Seconds { get; private set; } = double.NaN;

    /// <summary>Largest memory in use so far, bytes.</summary>
    public double PeakMemoryBytes { get; private set; } = double.NaN;

    /// <summary>Numbers of the method's own, in the order of the file, at most <see cref="MostTerms"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Terms => _terms ?? [];

    /// <summary>A number of the method's own.</summary>
    /// <param name="name">Its name in <see cref="Terms"/>.</param>
    /// <returns>Its mean over the step's triplets; NaN where the step has none of that name.</returns>
    public double Term(string name)
    {
        foreach (var (known, value) in Terms)
        {
            if (known == name)
            {
                return value;
            }
        }

        return double.NaN;
    }

    /// <summary>Reads the steps of one iteration. After a resume a step may be there twice: the later line counts.</summary>
    internal static List<RecordedStep> Read(string path, int iteration, ICollection<string> notes)
    {
        var steps = new List<RecordedStep>();
        TolerantJson.ForEach(path, notes, line =>
        {
            var step = From(line, iteration);
            while (step.Step > 0 && steps.Count > 0 && steps[^1].Step >= step.Step)
            {
                steps.RemoveAt(steps.Count - 1);
            }

            steps.Add(step);
        });
        return steps;
    }

    /// <summary>One line, without the detour over a document: a page that opens a run reads a hundred thousand of
    /// them.</summary>
    /// <param name="line">The line's bytes, without its end.</param>
    /// <param name="iteration">Iteration of self-play.</param>
    /// <returns>The step; null where the line is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static RecordedStep? Parse(ReadOnlySpan<byte> line, int iteration)
    {
        try
        {
            var step = new RecordedStep { Iteration = iteration };
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            var expected = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                // The writer's order is always the same: mostly the name is the one after the last.
                expected = Known(ref reader, expected);
                var isTerms = expected < 0 && reader.ValueTextEquals("terms"u8);
                reader.Read();
                if (isTerms && reader.TokenType == JsonTokenType.StartObject)
                {
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        var name = reader.GetString()!;
                        reader.Read();
                        step.SetTerm(name, reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : double.NaN);
                        reader.Skip();
                    }

                    expected = 0;
                    continue;
                }

                if (reader.TokenType == JsonTokenType.Number && expected >= 0)
                {
                    step.Set(Names[expected].Text, reader.GetDouble());
                }
                else
                {
                    reader.Skip();
                }

                expected = expected < 0 ? 0 : expected + 1;
            }

            return step;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static readonly (string Text, byte[] Bytes)[] Names = [.. new[]
    {
        "step", "steps", "learning_rate", "loss", "current_term", "historical_term", "current_advantage", "historical_advantage", "saturated_share", "log_prob_annotated",
        "log_prob_synthetic", "log_prob_proto_synthetic", "log_prob_per_token_annotated", "log_prob_per_token_synthetic", "log_prob_per_token_proto_synthetic", "reward_annotated",
        "reward_synthetic", "reward_gap", "misaligned_share", "gradient_norm", "tokens_annotated", "tokens_synthetic", "tokens_proto_synthetic", "end_log_prob_annotated", "end_log_prob_synthetic",
        "tokens_per_second", "seconds", "peak_memory_bytes",
    }.Select(name => (name, System.Text.Encoding.UTF8.GetBytes(name)))];

    private static int Known(ref Utf8JsonReader reader, int expected)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (reader.ValueTextEquals(Names[(expected + i) % Names.Length].Bytes))
            {
                return (expected + i) % Names.Length;
            }
        }

        return -1;
    }

    private static RecordedStep From(JsonElement line, int iteration)
    {
        var step = new RecordedStep { Iteration = iteration };
        foreach (var property in line.EnumerateObject())
        {
            if (property is { Name: "terms", Value.ValueKind: JsonValueKind.Object })
            {
                foreach (var term in property.Value.EnumerateObject())
                {
                    step.SetTerm(term.Name, JsonField.Number(term.Value));
                }
            }
            else
            {
                step.Set(property.Name, JsonField.Number(property.Value));
            }
        }

        return step;
    }

    private void SetTerm(string name, double value)
    {
        if (double.IsFinite(value) && name.Length is > 0 and <= LongestTermName && Terms.Count < MostTerms)
        {
            (_terms ??= []).Add(KeyValuePair.Create(name, value));
        }
    }

    private void Set(string name, double value)
    {
        switch (name)
        {
            case "step": Step = value is > 0 and < int.MaxValue ? (int)value : 0; break;
            case "steps": Steps = value is > 0 and < int.MaxValue ? (int)value : 0; break;
            case "learning_rate": LearningRate = value; break;
            case "loss": Loss = value; break;
            case "current_term": CurrentTerm = value; break;
            case "historical_term": HistoricalTerm = value; break;
            case "current_advantage": CurrentAdvantage = value; break;
            case "historical_advantage": HistoricalAdvantage = value; break;
            case "saturated_share": SaturatedShare = value; break;
            case "log_prob_annotated": LogProbAnnotated = value; break;
            case "log_prob_synthetic": LogProbSynthetic = value; break;
            case "log_prob_proto_synthetic": LogProbProtoSynthetic = value; break;
            case "log_prob_per_token_annotated": LogProbPerTokenAnnotated = value; break;
            case "log_prob_per_token_synthetic": LogProbPerTokenSynthetic = value; break;
            case "log_prob_per_token_proto_synthetic": LogProbPerTokenProtoSynthetic = value; break;
            case "end_log_prob_annotated": EndLogProbAnnotated = value; break;
            case "end_log_prob_synthetic": EndLogProbSynthetic = value; break;
            case "reward_annotated": RewardAnnotated = value; break;
            case "reward_synthetic": RewardSynthetic = value; break;
            case "reward_gap": RewardGap = value; break;
            case "misaligned_share": MisalignedShare = value; break;
            case "gradient_norm": GradientNorm = value; break;
            case "tokens_annotated": TokensAnnotated = value; break;
            case "tokens_synthetic": TokensSynthetic = value; break;
            case "tokens_proto_synthetic": TokensProtoSynthetic = value; break;
            case "tokens_per_second": TokensPerSecond = value; break;
            case "seconds": Seconds = value; break;
            case "peak_memory_bytes": PeakMemoryBytes = value; break;
            default: break;
        }
    }
}
