using TSpin.Distribution;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// The parameters of a decoder of which every process keeps an equal share (ZeRO, Rajbhandari et al. 2020, stage 3). A forward pass gathers what precedes the blocks, each block, and what follows
/// them, the next while one computes, and lets go of each; so does the way back. All processes take the same passes at the same time.
/// </summary>
internal sealed class WeightShards : IDisposable
{
    private readonly WeightUnit[] _units;
    private readonly Dictionary<string, int> _unitOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _parameters = new(StringComparer.Ordinal);
    private readonly bool _isTied;
    private WeightUnit? _taking;
    private Dictionary<string, Tensor>? _pieces;
    private Dictionary<string, Tensor>? _residuePieces;

    /// <summary>Makes room for a model, zeros.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="type">Type of the parameters.</param>
    public WeightShards(RankGroup ranks, DecoderConfig config, DType type)
    {
        var modules = config.Modules;
        (Ranks, _isTied) = (ranks, config.TieEmbeddings);
        Shapes = [.. ParameterShapes.Of(config)];
        var byUnit = Shapes.ToLookup(shape => modules.BlockOf(shape.Name) is { } layer ? layer + 1 : modules.IsAfterBlocks(shape.Name) ? config.LayerCount + 1 : 0);
        _units = [.. Enumerable.Range(0, config.LayerCount + 2).Select(unit => new WeightUnit(ranks, byUnit[unit], type))];
        foreach (var unit in byUnit)
        {
            foreach (var (name, _) in unit)
            {
                _unitOf.Add(name, unit.Key);
            }
        }

        Collect();
    }

    /// <summary>The same model in a type of its own.</summary>
    /// <param name="other">The model.</param>
    /// <param name="type">Type of the parameters.</param>
    /// <param name="ownMemory">Whether it stays as it is when the other one is trained.</param>
    public WeightShards(WeightShards other, DType type, bool ownMemory)
    {
        (Ranks, _isTied, Shapes, _unitOf) = (other.Ranks, other._isTied, other.Shapes, other._unitOf);
        _units = [.. other._units.Select(unit => new WeightUnit(unit, type, ownMemory))];
        Collect();
    }

    /// <summary>The processes.</summary>
    public RankGroup Ranks { get; }

    /// <summary>What makes all processes take a pass together. Default: nothing, they do by themselves.</summary>
    public IPassPace? Pace { get; set; }

    /// <summary>Gathers a parameter, as exactly as it is kept, in rank 0 while it writes. Default: it cannot.</summary>
    public Func<string, Tensor>? Fetch { get; set; }

    /// <summary>Names and shapes of all parameters.</summary>
    public IReadOnlyList<ParameterShape> Shapes { get; }

    /// <summary>The parameters by name, which have memory while their unit is gathered.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>The type of the parameters as they are kept.</summary>
    public DType Type => _units[0].Residue is null ? _units[0].Share.DType : DType.Float32;

    /// <summary>The gradients of this process' shares, summed over processes.</summary>
    public IReadOnlyList<Tensor> Gradients => [.. _units.Where(unit => unit.HasGradient).Select(unit => unit.Gradient!)];

    /// <summary>Views of this process' part of every parameter, flat; empty where it has none.</summary>
    public IReadOnlyDictionary<string, Tensor> Pieces => _pieces ??= OfPieces(unit => unit.Share);

    /// <summary>The same of the lower halves; none where there are none.</summary>
    public IReadOnlyDictionary<string, Tensor> ResiduePieces => _residuePieces ??= _units[0].Residue is null ? [] : OfPieces(unit => unit.Residue!);

    /// <summary>This process' part of a parameter's gradient, flat; null where it has no part, or there is no gradient.</summary>
    public Tensor? GradientPiece(string name)
    {
        var unit = _units[_unitOf[name]];
        var (_, count, at) = unit.PieceOf(name, Ranks.Rank);
        return count == 0 || !unit.HasGradient ? null : unit.Gradient!.Narrow(0, at, count);
    }

    /// <summary>Of a parameter, the part that a process has: from which of its numbers, and how many.</summary>
    public (long Begin, long Count) PieceOf(string name, int rank)
    {
        var (begin, count, _) = _units[_unitOf[name]].PieceOf(name, rank);
        return (begin, count);
    }

    /// <summary>This process' part of a parameter as exactly as it is kept.</summary>
    public Tensor ExactPiece(string name)
    {
        var unit = _units[_unitOf[name]];
        var (_, count, at) = unit.PieceOf(name, Ranks.Rank);
        var high = unit.Share.Narrow(0, at, count);
        return unit.Residue is null ? high : Float32Halves.Join(high.Contiguous(), unit.Residue.Narrow(0, at, count).Contiguous());
    }

    /// <summary>Overwrites this process' part of a parameter.</summary>
    public void Assign(string name, Func<long, long, Tensor> part) => _units[_unitOf[name]].Assign(name, part);

    /// <summary>Begins a forward pass.</summary>
    public void BeginPass()
    {
        Release();
        Pace?.Begin();
    }

    /// <summary>Ends the gathering of a forward pass; what follows the blocks stays until the next pass begins or backward has left it.</summary>
    public void EndPass() => Pace?.End();

    /// <summary>Ends a forward pass that failed.</summary>
    public void AbortPass() => Pace?.Abort();

    /// <summary>Waits for what precedes the blocks.</summary>
    public void NeedBefore() => Need(0, 1);

    /// <summary>Lets go of it, unless the head needs it too.</summary>
    public void LeaveBefore()
    {
        if (!_isTied)
        {
            _units[0].Release();
        }
    }

    /// <summary>Waits for a block, while the next is gathered: the one after it, or on the way back the one before.</summary>
    public void NeedBlock(int layer, bool isBackward = false) => Need(layer + 1, isBackward ? layer > 0 ? layer : null : layer + 2);

    /// <summary>Lets go of a block.</summary>
    public void LeaveBlock(int layer) => _units[layer + 1].Release();

    /// <summary>Waits for what follows the blocks.</summary>
    public void NeedAfter() => Need(_units.Length - 1, null);

    /// <summary>Takes the gradients of what follows the blocks, and lets go of it. An embedding that is the head too keeps its own until <see cref="TakeBefore"/>, which adds to it.</summary>
    public void LeaveAfter(bool takesGradients)
    {
        Release();
        if (takesGradients)
        {
            TakeGradients(_units[^1]);
        }
    }

    /// <summary>Takes the gradients of a block.</summary>
    public void TakeBlock(int layer) => TakeGradients(_units[layer + 1]);

    /// <summary>Takes the gradients of what precedes the blocks, the last of a pass.</summary>
    public void TakeBefore()
    {
        TakeGradients(_units[0]);
        _taking!.FinishGradients();
    }

    /// <summary>Goes through a forward pass without computing anything, for the others' sake.</summary>
    public void Walk()
    {
        Release();
        NeedBefore();
        LeaveBefore();
        for (var layer = 0; layer < _units.Length - 2; layer++)
        {
            NeedBlock(layer);
            LeaveBlock(layer);
        }

        NeedAfter();
        Release();
    }

    /// <summary>Lets go of everything.</summary>
    public void Release() => Array.ForEach(_units, unit => unit.Release());

    /// <summary>Does something that makes views of a block's parameters, and reads none.</summary>
    public T WithMemory<T>(int layer, Func<T> work)
    {
        Release();
        _units[layer + 1].TakeEmpty();
        try
        {
            return work();
        }
        finally
        {
            LeaveBlock(layer);
        }
    }

    /// <summary>Keeps float32 parameters in two halves from now on.</summary>
    public void Split()
    {
        DropPieces();
        Array.ForEach(_units, unit => unit.Split());
        Collect();
    }

    /// <summary>Makes room for gradients, or frees it.</summary>
    public void RequireGradients(bool required) => Array.ForEach(_units, unit =>
    {
        if (required)
        {
            unit.PrepareGradient();
        }
        else
        {
            unit.DropGradient();
        }
    });

    /// <summary>Forgets the gradients.</summary>
    public void ClearGradients() => Array.ForEach(_units, unit => unit.ClearGradient());

    public void Dispose()
    {
        DropPieces();
        Array.ForEach(_units, unit => unit.Dispose());
    }

    private void Need(int unit, int? next)
    {
        _units[unit].Finish();
        if (next is { } soon)
        {
            _units[soon].Start();
        }
    }

    // One unit's last exchanges go on while the next computes.
    private void TakeGradients(WeightUnit unit)
    {
        _taking?.FinishGradients();
        _taking = unit;
        unit.TakeGradients();
    }

    private Dictionary<string, Tensor> OfPieces(Func<WeightUnit, Tensor> share) => Shapes.ToDictionary(shape => shape.Name, shape =>
    {
        var unit = _units[_unitOf[shape.Name]];
        var (_, count, at) = unit.PieceOf(shape.Name, Ranks.Rank);
        return TensorScope.Detach(share(unit).Narrow(0, at, count));
    }, StringComparer.Ordinal);

    private void DropPieces()
    {
        foreach (var piece in (_pieces ?? []).Values.Concat((_residuePieces ?? []).Values))
        {
            piece.Dispose();
        }

        (_pieces, _residuePieces) = (null, null);
    }

    private void Collect()
    {
        foreach (var (name, tensor) in _units.SelectMany(unit => unit.Parameters))
        {
            _parameters[name] = tensor;
        }
    }
}
