using TSpin.Objectives;
using TSpin.Torch;

namespace TSpin.Checks;

/// <summary>Compares the objectives with recorded values and gradients in float64, to 1e-9 of each number.</summary>
public static class ObjectivesCheck
{
    private const double Relative = 1e-9;
    private const double Absolute = 1e-300;

    /// <summary>Evaluates every recorded case.</summary>
    /// <param name="list">Where the comparisons go.</param>
    /// <param name="path">objectives.json.</param>
    /// <exception cref="TSpinException">Missing or malformed file, or an unknown objective or link.</exception>
    public static void Run(CheckList list, string path)
    {
        var records = RecordJson.Read<ObjectiveRecord[]>(path);
        for (var i = 0; i < records.Length; i++)
        {
            using var scope = new TensorScope();
            var record = records[i];
            var place = $"case {i} ({record.Objective}, {record.Link})";
            var objective = RecordedObjective.Of(path, record.Objective, record.Link, record.Alpha, record.Beta, record.Lambda);
            var policy = Leaves(path, i, record.Logprobs, record.PerExample.Length);
            var value = objective.Evaluate(policy, record.ReferenceLogprobs is null ? null : Plain(path, i, record.ReferenceLogprobs, record.PerExample.Length)).PerExample;
            var loss = value.Mean();
            loss.Backward();

            Near("objective per example", place, value.Detach().ToArray<double>(), record.PerExample);
            Near("objective loss", place, [loss.Item()], [record.Loss]);
            Near("objective gradient", $"{place}, y", Gradient(policy.Annotated), record.Gradient.Annotated);
            Near("objective gradient", $"{place}, y'", Gradient(policy.Synthetic), record.Gradient.Synthetic);
            Near("objective gradient", $"{place}, y0", Gradient(policy.ProtoSynthetic), record.Gradient.ProtoSynthetic);
        }

        void Near(string quantity, string place, double[] actual, double[]? expected)
        {
            if (expected is not null && expected.Length != actual.Length)
            {
                throw new TSpinException($"{path}: {place}: {expected.Length} recorded numbers for {actual.Length} examples. Record it again.");
            }

            for (var i = 0; i < actual.Length; i++)
            {
                // A record without a gradient says that the loss does not depend on this response.
                var recorded = expected is null ? 0 : expected[i];
                list.Near(quantity, $"{place}[{i}]", actual[i], recorded, Math.Max(Relative * Math.Abs(recorded), Absolute));
            }
        }
    }

    private static double[] Gradient(Tensor? leaf) => leaf is null ? [] : leaf.Grad()?.ToArray<double>() ?? new double[leaf.ElementCount];

    private static SequenceLogProbs Leaves(string path, int index, ObjectiveRecord.Sequences rows, int count)
    {
        var plain = Plain(path, index, rows, count);
        foreach (var tensor in new[] { plain.Annotated, plain.Synthetic, plain.ProtoSynthetic })
        {
            if (tensor is not null)
            {
                tensor.RequiresGrad = true;
            }
        }

        return plain;
    }

    private static SequenceLogProbs Plain(string path, int index, ObjectiveRecord.Sequences rows, int count)
    {
        return new(One(rows.Annotated)!, One(rows.Synthetic), One(rows.ProtoSynthetic));

        Tensor? One(double[]? values) => values is null ? null
            : values.Length == count ? Tensor.From(values)
            : throw new TSpinException($"{path}: [{index}]: {values.Length} log-probabilities for {count} examples. Record it again.");
    }
}
