using TSpin.Models;
using TSpin.Scoring;
using TSpin.Torch;

namespace TSpin.Optimization;

/// <summary>
/// Peak memory of a training process on the CPU, term by term, in bytes. The peak is where backward begins, all activations there and the head's logits with them, or where it ends, all gradients
/// there: these are the terms of the larger one. docs/memory.md has the formula and how it compares with measured peaks.
/// </summary>
/// <param name="Runtime">.NET, libtorch and the libraries' own buffers.</param>
/// <param name="Weights">
/// The parameters, an adapter's, and those of a reference whose distributions are compared.
/// </param>
/// <param name="Moments">The optimizer's state.</param>
/// <param name="Gradients">Gradients that live at that moment.</param>
/// <param name="Activations">What backward needs of one micro-batch, and the temporaries of a block.</param>
/// <param name="Head">Logits that are kept or computed at once, and the hidden states that are scored.</param>
public sealed record TrainingMemory(long Runtime, long Weights, long Moments, long Gradients, long Activations, long Head)
{
    private const long RuntimeBytes = 230_000_000;

    /// <summary>What lies unused between the tensors that live, 1.5% of the terms.</summary>
    public long Holes => 3 * (Runtime + Weights + Moments + Gradients + Activations + Head) / 200;

    /// <summary>The sum of all terms.</summary>
    public long PeakBytes => Runtime + Weights + Moments + Gradients + Activations + Head + Holes;

    /// <summary>Predicts from shapes alone.</summary>
    /// <param name="config">The model.</param>
    /// <param name="bfloat16">True for bfloat16 arithmetic, false for float32.</param>
    /// <param name="optimizer">Decides the number of moments.</param>
    /// <param name="tokens">Tokens of the largest micro-batch as laid out: a packed prompt once, each response once.</param>
    /// <param name="predicted">Response tokens among them.</param>
    /// <param name="recompute">Whether blocks are computed again in backward.</param>
    /// <param name="accumulates">Whether a step has several micro-batches. Default: false.</param>
    /// <param name="loraRank">Rank of an adapter of all linear modules; 0 trains the model. Default: 0.</param>
    /// <param name="masters">What is kept of parameters trained in bfloat16. Default: all of a float32.</param>
    /// <param name="clips">Whether gradients are clipped; where they are not, with recompute and in steps of one pass, they are consumed block by block. Default: true.</param>
    /// <param name="withTerm">
    /// Null without a term of whole distributions; else whether it compares them with a reference, which is then in
    /// memory too. Default: null.
    /// </param>
    /// <param name="exchanges">Whether several processes exchange gradients, those of one block while the next are computed. Default: false.</param>
    /// <returns>The terms.</returns>
    public static TrainingMemory Of(
        DecoderConfig config, bool bfloat16, OptimizerKind optimizer, long tokens, long predicted, bool recompute,
        bool accumulates = false, int loraRank = 0, MasterKind masters = MasterKind.Float32, bool clips = true,
        bool? withTerm = null, bool exchanges = false)
    {
        long width = bfloat16 ? 2 : 4;
        long moments = optimizer == OptimizerKind.AdamW ? 2 : 1;
        var parameters = config.ParameterCount;
        var isAdapter = loraRank > 0;
        var adapter = isAdapter ? AdapterParameters(config, loraRank) : 0;
        var table = (long)config.VocabularySize * config.HiddenSize;
        // Gradients of earlier micro-batches, in float32.
        var sums = !accumulates ? 0 : 4 * (isAdapter ? adapter : parameters);
        var block = tokens * BytesPerToken(config, width, loraRank);
        var inputs = tokens * config.HiddenSize * width;
        var (begin, end) = recompute ? ((config.LayerCount + 1) * inputs, 0) : (config.LayerCount * block, config.LayerCount * block / 2);
        // What one block computes, again or not, and the gradients of that.
        end += (isAdapter ? 5 : 6) * block / 2;
        var shared = new TrainingMemory(RuntimeBytes, isAdapter ? (width * parameters) + (4 * adapter) : (masters == MasterKind.Stochastic ? width : 4) * parameters, 4 * moments * (isAdapter ? adapter : parameters), 0, 0, 0);
        var reference = withTerm == true ? width * parameters : 0;
        shared = shared with { Weights = shared.Weights + reference };
        var term = withTerm is { } compares ? TermBytes(config, predicted, width, compares) : 0;
        var whereItBegins = shared with
        {
            Gradients = sums + (isAdapter ? 0 : width * table),
            Activations = begin,
            Head = HeadBytes(config, predicted, width) + term,
        };
        var whereItEnds = shared with { Gradients = AtTheEnd(), Activations = end };
        return whereItBegins.PeakBytes >= whereItEnds.PeakBytes ? whereItBegins : whereItEnds;

        long AtTheEnd()
        {
            if (isAdapter)
            {
                return 4 * adapter;
            }

            // The largest gradient of a micro-batch is whole before it is added: to float32 sums, or where it is float32 itself, to the others.
            return accumulates ? sums + (4 * table) + (bfloat16 ? width * parameters : 0) : width * (recompute && !clips ? MostGradientsAtOnce(config, exchanges ? 2 : 1) : parameters);
        }
    }

    /// <summary>Predicts the peak of one of several processes each of which keeps its share of the model (<c>distribution.sharding: full</c>).</summary>
    /// <param name="config">The model.</param>
    /// <param name="bfloat16">True for bfloat16 arithmetic, false for float32.</param>
    /// <param name="optimizer">Decides the number of moments.</param>
    /// <param name="tokens">Tokens of the largest micro-batch of a process as laid out.</param>
    /// <param name="predicted">Response tokens among them.</param>
    /// <param name="recompute">Whether blocks are computed again in backward.</param>
    /// <param name="processes">How many processes there are.</param>
    /// <param name="loraRank">Rank of an adapter of all linear modules, which every process has; 0 trains the model. Default: 0.</param>
    /// <param name="masters">What is kept of parameters trained in bfloat16. Default: all of a float32.</param>
    /// <param name="withTerm">As for <see cref="Of"/>. Default: null.</param>
    /// <returns>The terms; what is gathered counts as weights.</returns>
    public static TrainingMemory OfShare(
        DecoderConfig config, bool bfloat16, OptimizerKind optimizer, long tokens, long predicted, bool recompute, int processes, int loraRank = 0, MasterKind masters = MasterKind.Float32,
        bool? withTerm = null)
    {
        const long exchanges = 2;
        const long exchanged = 4 << 19;
        var whole = Of(config, bfloat16, optimizer, tokens, predicted, recompute, false, loraRank, masters, true, withTerm);
        long width = bfloat16 ? 2 : 4;
        var isAdapter = loraRank > 0;
        var adapter = isAdapter ? AdapterParameters(config, loraRank) : 0;
        var modules = config.Modules;
        var sizes = ParameterShapes.Of(config).Select(shape => (shape.Name, Count: shape.ElementCount)).ToArray();
        var block = sizes.Where(size => modules.BlockOf(size.Name) is not null).GroupBy(size => modules.BlockOf(size.Name)).Max(parts => parts.Sum(size => size.Count));
        var after = sizes.Where(size => modules.IsAfterBlocks(size.Name)).Sum(size => size.Count);
        var before = sizes.Where(size => modules.BlockOf(size.Name) is null).Sum(size => size.Count) - after;
        var head = after + (config.TieEmbeddings ? before : 0);
        var share = whole with
        {
            Weights = ((whole.Weights - (4 * adapter)) / processes) + (4 * adapter),
            Moments = isAdapter ? whole.Moments : whole.Moments / processes,
            Gradients = isAdapter ? 4 * adapter : 4 * config.ParameterCount / processes,
        };
        var kept = tokens * BytesPerToken(config, width, loraRank);
        var inputs = tokens * config.HiddenSize * width;
        var (begin, end) = recompute ? ((config.LayerCount + 1) * inputs, 0) : (config.LayerCount * kept, config.LayerCount * kept / 2);
        var term = withTerm is { } compares ? TermBytes(config, predicted, width, compares) : 0;
        var whereItBegins = share with
        {
            Weights = share.Weights + (width * head * (withTerm == true ? 2 : 1)), // of a reference too
            Gradients = share.Gradients + (isAdapter ? 0 : width * head),
            Activations = begin,
            Head = HeadBytes(config, predicted, width) + term,
        };
        var whereItEnds = share with
        {
            Weights = share.Weights + (2 * width * block),
            Gradients = share.Gradients + (isAdapter ? 0 : (width * (block + (config.TieEmbeddings ? before : 0))) + (exchanges * 2 * processes * exchanged)),
            Activations = end + ((isAdapter ? 5 : 6) * kept / 2),
            Head = 0,
        };
        return whereItBegins.PeakBytes >= whereItEnds.PeakBytes ? whereItBegins : whereItEnds;
    }

    private static long HeadBytes(DecoderConfig config, long predicted, long width)
    {
        var kept = FusedLayers.LogProbHeadKept(predicted, config.VocabularySize, width == 2 ? DType.BFloat16 : DType.Float32);
        var again = kept == config.VocabularySize ? 0 : FusedLayers.LogProbHeadColumns(predicted, config.VocabularySize);
        return ((kept + again) * predicted * width) + (predicted * config.HiddenSize * (width + 4));
    }

    // Some places' distributions at a time, in float32: logits, log-probabilities, what the term makes of them, and
    // in backward the gradients of these; of a reference logits and log-probabilities. Its hidden states, and the
    // policy's as a leaf with their gradient, are there for all places.
    private static long TermBytes(DecoderConfig config, long predicted, long width, bool compares)
    {
        const long distributions = 6;
        const long ofReference = 2;
        var numbers = Math.Min(LogProbWants.DefaultTermNumbers, predicted * config.VocabularySize);
        return (4 * numbers * (distributions + (compares ? ofReference : 0)))
            + (predicted * config.HiddenSize * width * (compares ? 3 : 2));
    }

    // Kept for backward of one token in one block: both norms' inputs, the attention's output, queries, keys and values, gate and up; float32 log-sum-exps. Where a norm or an activation is
    // none that is computed again in backward, its output too.
    private static long BytesPerToken(DecoderConfig config, long width, int loraRank)
    {
        long heads = (long)config.HeadCount * config.HeadDimension, keys = (long)config.KeyValueHeadCount * config.HeadDimension;
        var isAgain = loraRank == 0 && config.Norm != NormKind.Layer;
        var isGatedAgain = isAgain && config.Activation == Activation.Silu;
        var kept = (width * (((isAgain ? 2L : 4L) * config.HiddenSize) + (2 * heads) + (2 * keys) + ((isGatedAgain ? 2L : 3L) * config.IntermediateSize))) + (4L * config.HeadCount);
        // An adapter keeps the rank's worth between its two products; what the first reads is counted above.
        return kept + (width * 7L * loraRank);
    }

    // First those of the head, then a block's at a time, or two blocks', then those of the embeddings; an embedding that is the head too has its gradient from the beginning.
    private static long MostGradientsAtOnce(DecoderConfig config, int blocks)
    {
        var modules = config.Modules;
        var sizes = ParameterShapes.Of(config).Select(shape => (shape.Name, Count: shape.ElementCount)).ToArray();
        var block = blocks * sizes.Where(size => modules.BlockOf(size.Name) is not null).GroupBy(size => modules.BlockOf(size.Name)).Max(block => block.Sum(size => size.Count));
        var after = sizes.Where(size => modules.IsAfterBlocks(size.Name)).Sum(size => size.Count);
        var before = sizes.Where(size => modules.BlockOf(size.Name) is null).Sum(size => size.Count) - after;
        return config.TieEmbeddings ? before + Math.Max(after, block) : Math.Max(before, Math.Max(after, block));
    }

    /// <summary>Parameters of an adapter of all linear modules but the output head, the most that is usual.</summary>
    /// <param name="config">The base model.</param>
    /// <param name="rank">Rank of the update.</param>
    /// <returns>The rank times inputs plus outputs of all projections of all blocks.</returns>
    public static long AdapterParameters(DecoderConfig config, int rank) => rank * ParameterShapes.Of(config)
        .Where(parameter => parameter.Shape.Length == 2 && parameter.Name != config.Modules.Embedding + ".weight" && parameter.Name != ParameterShapes.Head(config) && parameter.Name != config.Modules.Positions + ".weight")
        .Sum(parameter => parameter.Shape[0] + parameter.Shape[1]);
}
