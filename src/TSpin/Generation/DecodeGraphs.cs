using System.Collections.Concurrent;
using System.Numerics;
using TSpin.Models;
using TSpin.Torch;

namespace TSpin.Generation;

/// <summary>
/// The decode steps of one wave as CUDA graphs: one for every number of rows and of slots looked at, both rounded up so that there are few. Recording costs
/// as much as a few steps, so it is left until as many have been taken. All of them share one pool of memory and write their logits to one place, because these are read before
/// the next step; the pool is passed on from wave to wave.
/// </summary>
internal sealed class DecodeGraphs : IDisposable
{
    /// <summary>Environment variable that turns graphs off (<c>off</c>) or, for checks, has them used in other ways; see <see cref="FromEnvironment"/>.</summary>
    public const string Variable = "TSPIN_GRAPHS";

    private const int StepsBeforeRecording = 4;
    private const long LeastSlots = 128;
    private const long SizesPerDoubling = 4;

    // Graphs of nothing much that keep the pools which no wave has at present: a pool without a graph would be given up, and its memory with it.
    private static readonly ConcurrentDictionary<Device, ConcurrentBag<CudaGraph>> FreePools = [];

    private readonly Decoder _model;
    private readonly KeyValueCache _cache;
    private readonly GraphUse _use;
    private readonly Func<Func<Tensor>, (Func<Tensor> Replay, IDisposable Graph)> _record;
    private readonly Dictionary<(long Rows, long Slots), Entry> _entries = [];
    private Tensor? _logits;   // [rows of the cache, V]
    private CudaGraph? _pool;

    /// <param name="model">The model.</param>
    /// <param name="cache">The wave's.</param>
    /// <param name="use">How; graphs are there.</param>
    /// <param name="record">Records some work. Default: in a CUDA graph.</param>
    internal DecodeGraphs(Decoder model, KeyValueCache cache, GraphUse use, Func<Func<Tensor>, (Func<Tensor> Replay, IDisposable Graph)>? record = null) =>
        (_model, _cache, _use, _record) = (model, cache, use, record ?? Recorded);

    /// <summary>Why a recording failed in this process, since when steps are taken kernel by kernel; null where none did.</summary>
    public static string? Failure { get; internal set; }

    /// <summary>The steps of a wave.</summary>
    /// <param name="model">The model; must not change.</param>
    /// <param name="cache">The wave's.</param>
    /// <param name="use">How.</param>
    /// <returns>Null where all steps are to be ordinary ones.</returns>
    public static DecodeGraphs? Of(Decoder model, KeyValueCache cache, GraphUse use) => use switch
    {
        GraphUse.Unrecorded => new DecodeGraphs(model, cache, use),
        GraphUse.On when Failure is not null => null,
        GraphUse.On or GraphUse.AtOnce when model.Device.IsCuda && CudaGraph.IsAvailable => new DecodeGraphs(model, cache, use),
        _ => null,
    };

    /// <summary>What the environment asks for: <c>on</c> (default), <c>off</c>, <c>at-once</c> or <c>unrecorded</c>.</summary>
    /// <returns>The use.</returns>
    /// <exception cref="TSpinException">Any other value.</exception>
    public static GraphUse FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Reads what the environment variable holds.</summary>
    /// <param name="value">Its value; null where it is not set.</param>
    /// <returns>The use.</returns>
    /// <exception cref="TSpinException">An unknown value.</exception>
    public static GraphUse Parse(string? value) => value switch
    {
        null or "" or "on" => GraphUse.On,
        "off" => GraphUse.Off,
        "at-once" => GraphUse.AtOnce,
        "unrecorded" => GraphUse.Unrecorded,
        var other => throw new TSpinException($"The environment variable {Variable} is {Files.Excerpt.Of(other)}; it may be on, off, at-once or unrecorded."),
    };

    /// <summary>Rows that a graph for some rows has: the next power of two, or all places.</summary>
    /// <param name="rows">Rows in use.</param>
    /// <param name="places">Rows of the cache.</param>
    /// <returns>From <paramref name="rows"/> to <paramref name="places"/>.</returns>
    public static long RowsFor(long rows, long places) => Math.Min((long)BitOperations.RoundUpToPowerOf2((ulong)rows), places);

    /// <summary>Slots that a graph for some slots looks at: multiples of 128, four of them from one power of two to the next, so at most a quarter too many.</summary>
    /// <param name="used">Slots in use.</param>
    /// <param name="capacity">Slots of the cache.</param>
    /// <returns>From <paramref name="used"/> to <paramref name="capacity"/>.</returns>
    public static long SlotsFor(long used, long capacity)
    {
        var step = Math.Max(LeastSlots, (long)BitOperations.RoundUpToPowerOf2((ulong)used) / (2 * SizesPerDoubling));
        return Math.Min((used + step - 1) / step * step, capacity);
    }

    /// <summary>The logits after one new token per row.</summary>
    /// <param name="ids">Token ids of the cache's first rows.</param>
    /// <param name="positions">Their positions.</param>
    /// <returns>[N, V], overwritten by the next step; null where this step is to be an ordinary one.</returns>
    /// <exception cref="TSpinException">A position that the model has not learned.</exception>
    /// <exception cref="TorchException">With <see cref="GraphUse.AtOnce"/>: the step cannot be recorded.</exception>
    public Tensor? Logits(long[] ids, long[] positions)
    {
        if (_use == GraphUse.On && Failure is not null)
        {
            return null;
        }

        var size = (RowsFor(ids.Length, _cache.Rows), SlotsFor(positions.Max() + 1, _cache.Capacity));
        if (!_entries.TryGetValue(size, out var entry))
        {
            _entries.Add(size, entry = new Entry());
        }

        if (_use == GraphUse.On && entry.Replay is null && entry.OrdinarySteps++ < StepsBeforeRecording)
        {
            return null;
        }

        _logits ??= TensorScope.Detach(Tensor.Empty([_cache.Rows, _model.Config.VocabularySize], _model.ComputeType, _model.Device));
        entry.Step ??= new StaticDecodeStep(_model, _cache, size.Item1, size.Item2, _logits);
        entry.Step.Set(ids, positions);
        if (_use == GraphUse.Unrecorded)
        {
            return entry.Step.Logits().Narrow(0, 0, ids.Length);
        }

        if (entry.Replay is null)
        {
            try
            {
                (entry.Replay, entry.Graph) = _record(entry.Step.Logits);
            }
            catch (TorchException error) when (_use == GraphUse.On)
            {
                Failure = error.Message;
                return null;
            }
        }

        return entry.Replay().Narrow(0, 0, ids.Length);
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Graph?.Dispose();
            entry.Step?.Dispose();
        }

        _logits?.Dispose();
        if (_pool is not null)
        {
            FreePools[_model.Device].Add(_pool);
        }
    }

    private (Func<Tensor> Replay, IDisposable Graph) Recorded(Func<Tensor> work)
    {
        _pool ??= FreePools.GetOrAdd(_model.Device, _ => []).TryTake(out var free) ? free : CudaGraph.Capture(_model.Device, () => Tensor.Zeros([1], device: _model.Device));
        var graph = CudaGraph.Capture(_model.Device, work, _pool);
        return (graph.Replay, graph);
    }

    private sealed class Entry
    {
        public int OrdinarySteps { get; set; }

        public StaticDecodeStep? Step { get; set; }

        public Func<Tensor>? Replay { get; set; }

        public IDisposable? Graph { get; set; }
    }
}
