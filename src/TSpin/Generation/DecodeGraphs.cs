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
    private const int StepsBeforeRecording = 4;
    private const long LeastSlots = 128;
    private const long SizesPerDoubling = 4;

    // Graphs of nothing much that keep the pools which no wave has at present: a pool without a graph would be given up, and its memory with it.
    private static readonly ConcurrentDictionary<Device, ConcurrentBag<CudaGraph>> FreePools = [];

    private readonly Decoder _model;
    private readonly KeyValueCache _cache;
    private readonly GraphRecording _recording;
    private readonly Func<Func<Tensor>, (Func<Tensor> Replay, IDisposable Graph)> _record;
    private readonly Dictionary<(long Rows, long Slots), Entry> _entries = [];
    private Tensor? _logits;   // [rows of the cache, V]
    private CudaGraph? _pool;

    /// <param name="model">The model.</param>
    /// <param name="cache">The wave's.</param>
    /// <param name="recording">How; graphs are there.</param>
    /// <param name="record">Records some work. Default: in a CUDA graph.</param>
    internal DecodeGraphs(Decoder model, KeyValueCache cache, GraphRecording recording, Func<Func<Tensor>, (Func<Tensor> Replay, IDisposable Graph)>? record = null) =>
        (_model, _cache, _recording, _record) = (model, cache, recording, record ?? Recorded);

    /// <summary>The steps of a wave.</summary>
    /// <param name="model">The model; must not change.</param>
    /// <param name="cache">The wave's.</param>
    /// <param name="recording">How; told of a failure.</param>
    /// <returns>Null where all steps are to be ordinary ones.</returns>
    public static DecodeGraphs? Of(Decoder model, KeyValueCache cache, GraphRecording recording) => recording.Use switch
    {
        GraphUse.Unrecorded => new DecodeGraphs(model, cache, recording),
        GraphUse.On when recording.Failure is not null => null,
        GraphUse.On or GraphUse.AtOnce when model.Device.IsCuda && CudaGraph.IsAvailable => new DecodeGraphs(model, cache, recording),
        _ => null,
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
        if (_recording is { Use: GraphUse.On, Failure: not null })
        {
            return null;
        }

        var size = (RowsFor(ids.Length, _cache.Rows), SlotsFor(positions.Max() + 1, _cache.Capacity));
        if (!_entries.TryGetValue(size, out var entry))
        {
            _entries.Add(size, entry = new Entry());
        }

        if (_recording.Use == GraphUse.On && entry.Replay is null && entry.OrdinarySteps++ < StepsBeforeRecording)
        {
            return null;
        }

        _logits ??= TensorScope.Detach(Tensor.Empty([_cache.Rows, _model.Config.VocabularySize], _model.ComputeType, _model.Device));
        entry.Step ??= new StaticDecodeStep(_model, _cache, size.Item1, size.Item2, _logits);
        entry.Step.Set(ids, positions);
        if (_recording.Use == GraphUse.Unrecorded)
        {
            return entry.Step.Logits().Narrow(0, 0, ids.Length);
        }

        if (entry.Replay is null)
        {
            try
            {
                (entry.Replay, entry.Graph) = _record(entry.Step.Logits);
            }
            catch (TorchException error) when (_recording.Use == GraphUse.On)
            {
                _recording.Failure = error.Message;
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
