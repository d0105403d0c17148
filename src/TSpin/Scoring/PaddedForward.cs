using TSpin.Models;
using TSpin.Prompts;
using TSpin.Torch;

namespace TSpin.Scoring;

/// <summary>
/// One row per distinct (prompt, response), padded on the right. Where y' equals y or y0 the row is computed once and used twice. Logits
/// are made at response positions only: the logits at position i predict token i + 1, so the last prompt token predicts the first
/// response token.
/// </summary>
/// <param name="wants">What is computed besides sums. Default: nothing.</param>
public sealed class PaddedForward(LogProbWants? wants = null) : ITripletForward
{
    private const int Padding = 0;

    private readonly LogProbWants _wants = wants ?? new();

    /// <inheritdoc/>
    public TripletLogProbs Run(Decoder policy, IReadOnlyList<Triplet> triplets)
    {
        var rows = new Rows();
        var roles = triplets[0].Responses().ToDictionary(response => response.Role, response => triplets.Select(triplet => rows.Of(triplet, triplet.Of(response.Role)!)).ToArray());
        var (ids, positions, targets, owners) = rows.Flatten();
        var numbers = new RowNumbers(policy, _wants, targets, owners, rows.Count);
        var (promptPositions, promptTargets) = _wants.Prompts ? rows.Prompts(triplets) : ([], []);
        var type = policy.ComputeType == DType.Float64 ? DType.Float64 : DType.Float32;
        numbers.Compute(
            model => model.Hidden(Tensor.From<long>(ids, [rows.Count, rows.Length], model.Device), AttentionLayout.Causal(rows.Length, model.Device, rows.Lengths()))
                .Reshape(-1, model.Config.HiddenSize),
            positions, promptPositions, promptTargets,
            (states, next) => policy.Logits(states).LogSoftmax(-1, type).Gather(1, next.Unsqueeze(1)).Squeeze(1));
        var starts = rows.Starts();
        return numbers.Report(
            roles.ToDictionary(role => role.Key, role => numbers.Of(role.Value, [.. role.Value.Select(row => starts[row])], [.. triplets.Select(triplet => triplet.Of(role.Key)!.Length)])),
            _wants.Prompts ? triplets : null, (long)rows.Count * rows.Length, rows.UsefulTokens);
    }

    /// <inheritdoc/>
    public bool Pads(Decoder policy) => true;

    private sealed class Rows
    {
        private readonly List<(int[] Prompt, int[] Response)> _rows = [];

        public int Count => _rows.Count;

        public int Length { get; private set; }

        public long UsefulTokens { get; private set; }

        // The row of a response; a response that the same triplet already has shares its row.
        public long Of(Triplet triplet, int[] response)
        {
            for (var i = 0; i < _rows.Count; i++)
            {
                if (ReferenceEquals(_rows[i].Prompt, triplet.Prompt) && _rows[i].Response.AsSpan().SequenceEqual(response))
                {
                    return i;
                }
            }

            _rows.Add((triplet.Prompt, response));
            Length = Math.Max(Length, triplet.Prompt.Length + response.Length);
            UsefulTokens += triplet.Prompt.Length + response.Length;
            return _rows.Count - 1;
        }

        // Where each row's response begins among all response tokens.
        public long[] Starts()
        {
            var starts = new long[_rows.Count];
            for (var row = 1; row < starts.Length; row++)
            {
                starts[row] = starts[row - 1] + _rows[row - 1].Response.Length;
            }

            return starts;
        }

        // The prompts' tokens from the second on, once for each triplet, and the positions that predict them.
        public (long[] Positions, long[] Targets) Prompts(IReadOnlyList<Triplet> triplets)
        {
            var (positions, targets) = (new List<long>(), new List<long>());
            foreach (var triplet in triplets)
            {
                var start = (long)_rows.FindIndex(row => ReferenceEquals(row.Prompt, triplet.Prompt)) * Length;
                for (var i = 1; i < triplet.Prompt.Length; i++)
                {
                    positions.Add(start + i - 1);
                    targets.Add(triplet.Prompt[i]);
                }
            }

            return ([.. positions], [.. targets]);
        }

        public long[] Lengths() => [.. _rows.Select(row => (long)row.Prompt.Length + row.Response.Length)];

        public (long[] Ids, long[] Positions, long[] Targets, long[] Row) Flatten()
        {
            var total = _rows.Sum(row => row.Response.Length);
            var ids = new long[_rows.Count * Length];
            Array.Fill(ids, Padding);
            var (positions, targets, owners) = (new long[total], new long[total], new long[total]);
            var next = 0;
            for (var row = 0; row < _rows.Count; row++)
            {
                var (prompt, response) = _rows[row];
                var start = row * Length;
                for (var i = 0; i < prompt.Length; i++)
                {
                    ids[start + i] = prompt[i];
                }

                for (var i = 0; i < response.Length; i++)
                {
                    ids[start + prompt.Length + i] = response[i];
                    positions[next] = start + prompt.Length + i - 1;
                    targets[next] = response[i];
                    owners[next++] = row;
                }
            }

            return (ids, positions, targets, owners);
        }
    }
}
