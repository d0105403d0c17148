using TSpin.Distribution;
using TSpin.Torch;

namespace TSpin.Models;

/// <summary>
/// Parameters that processes gather together: one behind the other in one flat row, of which each process keeps its share, an equal part. The whole has memory only while it is in use; the
/// parameters are views of it, and keep their places in an autograd graph while it has none.
/// </summary>
internal sealed class WeightUnit : IDisposable
{
    // Numbers: parameters and shares begin at cache lines, also in bfloat16.
    private const long Step = 32;

    // Numbers of a share in one exchange of gradients: buffers of a few MB, whatever the unit's size.
    private const long Piece = 1 << 19;
    private const int MostUnderWay = 2;

    private readonly RankGroup _ranks;
    private readonly Dictionary<string, (long Start, long Count, long[] Shape)> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _parameters = new(StringComparer.Ordinal);
    private readonly bool _ownsShare;
    private readonly long _shareLength;
    private readonly Queue<Action> _underWay = [];
    private Tensor _whole;
    private Action? _gathering;
    private bool _hasMemory;

    /// <summary>Makes room for this process' share, zeros.</summary>
    public WeightUnit(RankGroup ranks, IEnumerable<ParameterShape> parameters, DType type)
    {
        _ranks = ranks;
        var end = 0L;
        foreach (var parameter in parameters)
        {
            _places.Add(parameter.Name, (end, parameter.ElementCount, parameter.Shape));
            end = UpToStep(end + parameter.ElementCount);
        }

        _shareLength = UpToStep(Math.Max(Step, (end + ranks.Count - 1) / ranks.Count));
        _ownsShare = true;
        Share = TensorScope.Detach(Tensor.Zeros([_shareLength], type));
        _whole = MakeWhole(type);
    }

    /// <summary>The same parameters in a type of their own; shares memory where the type is the same and <paramref name="ownMemory"/> is false.</summary>
    public WeightUnit(WeightUnit other, DType type, bool ownMemory)
    {
        (_ranks, _places, _shareLength) = (other._ranks, other._places, other._shareLength);
        using var scope = new TensorScope();
        var exact = other.Exact();
        _ownsShare = ownMemory || exact.DType != type || other.Residue is not null;
        Share = !_ownsShare ? other.Share : TensorScope.Detach(exact.To(type, exact.Device, copy: true));
        _whole = MakeWhole(type);
    }

    /// <summary>The parameters by name; to be read between <see cref="Finish"/> and <see cref="Release"/>.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters => _parameters;

    /// <summary>This process' share of the row.</summary>
    public Tensor Share { get; private set; }

    /// <summary>The lower halves of the share (<see cref="Float32Halves"/>); null where it is not split.</summary>
    public Tensor? Residue { get; private set; }

    /// <summary>The share's gradient, summed over processes and passes; null outside of training.</summary>
    public Tensor? Gradient { get; private set; }

    /// <summary>Whether there is something in <see cref="Gradient"/>.</summary>
    public bool HasGradient { get; private set; }

    /// <summary>The part of a parameter that a process has: from which of its numbers, how many, and where in the share they are.</summary>
    public (long Begin, long Count, long At) PieceOf(string name, int rank)
    {
        var (start, count, _) = _places[name];
        var (low, high) = (Math.Max(start, rank * _shareLength), Math.Min(start + count, (rank + 1) * _shareLength));
        return high <= low ? (0, 0, 0) : (low - start, high - low, low - (rank * _shareLength));
    }

    /// <summary>Begins to gather, if that has not begun.</summary>
    public void Start()
    {
        if (!_hasMemory)
        {
            _whole.TakeMemory();
            _hasMemory = true;
            _gathering = _ranks.BeginGather(Share, _whole);
        }
    }

    /// <summary>Waits until all is there.</summary>
    public void Finish()
    {
        Start();
        _gathering?.Invoke();
        _gathering = null;
    }

    /// <summary>Gives back the memory of the whole.</summary>
    public void Release()
    {
        if (_hasMemory)
        {
            _gathering?.Invoke();
            _gathering = null;
            _whole.ReleaseMemory();
            _hasMemory = false;
        }
    }

    /// <summary>Gives the whole memory that nobody fills, for views of it to be made.</summary>
    public void TakeEmpty()
    {
        if (!_hasMemory)
        {
            _whole.TakeMemory();
            _hasMemory = true;
        }
    }

    /// <summary>Keeps float32 in two halves from now on, of which the upper one is gathered.</summary>
    public void Split()
    {
        if (Share.DType != DType.Float32)
        {
            return;
        }

        Release();
        using var scope = new TensorScope();
        var (high, low) = Float32Halves.Split(Share);
        Share.Dispose();
        (Share, Residue) = (TensorScope.Detach(high), TensorScope.Detach(low));
        FreeWhole();
        _whole = MakeWhole(DType.BFloat16);
    }

    /// <summary>The share as exactly as it is kept.</summary>
    public Tensor Exact() => Residue is null ? Share : Float32Halves.Join(Share, Residue);

    /// <summary>Overwrites this process' part of a parameter.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="part">Gives numbers of the new values, flat: from which, how many.</param>
    public void Assign(string name, Func<long, long, Tensor> part)
    {
        var (begin, count, at) = PieceOf(name, _ranks.Rank);
        if (count == 0)
        {
            return;
        }

        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var values = part(begin, count);
        if (Residue is null)
        {
            Share.Narrow(0, at, count).CopyFrom(values);
            return;
        }

        var (high, low) = Float32Halves.Split(values.To(DType.Float32));
        Share.Narrow(0, at, count).CopyFrom(high);
        Residue.Narrow(0, at, count).CopyFrom(low);
    }

    /// <summary>Makes room for the gradient of the share.</summary>
    public void PrepareGradient() => Gradient ??= TensorScope.Detach(Tensor.Zeros([_shareLength], Share.DType == DType.Float64 ? DType.Float64 : DType.Float32));

    /// <summary>Frees it.</summary>
    public void DropGradient()
    {
        Gradient?.Dispose();
        (Gradient, HasGradient) = (null, false);
    }

    /// <summary>Forgets the gradient, and keeps its room.</summary>
    public void ClearGradient() => HasGradient = false;

    /// <summary>Adds the sum over processes of a pass' gradients to that of the share, and frees them. The last exchanges go on: <see cref="FinishGradients"/>.</summary>
    public void TakeGradients()
    {
        using var off = GradMode.Off();
        PrepareGradient();
        var adds = HasGradient;
        HasGradient = true;
        var gradients = _parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.Grad());
        for (long at = 0; at < _shareLength; at += Piece)
        {
            if (_underWay.Count == MostUnderWay)
            {
                _underWay.Dequeue()();
            }

            _underWay.Enqueue(Exchange(gradients, at, Math.Min(Piece, _shareLength - at), adds));
        }

        foreach (var (name, gradient) in gradients)
        {
            gradient?.Dispose();
            _parameters[name].ClearGrad();
        }
    }

    /// <summary>Waits for what <see cref="TakeGradients"/> has left under way.</summary>
    public void FinishGradients()
    {
        while (_underWay.TryDequeue(out var wait))
        {
            wait();
        }
    }

    public void Dispose()
    {
        // Nothing is under way but after a fault; an operation keeps its tensors until it ends.
        FreeWhole();
        DropGradient();
        Residue?.Dispose();
        if (_ownsShare)
        {
            Share.Dispose();
        }
    }

    private static long UpToStep(long count) => (count + Step - 1) / Step * Step;

    // The same stretch of every process' share, one behind the other.
    private Action Exchange(Dictionary<string, Tensor?> gradients, long at, long count, bool adds)
    {
        using var scope = new TensorScope();
        var all = TensorScope.Detach(Tensor.Zeros([count * _ranks.Count], Gradient!.DType));
        for (var rank = 0; rank < _ranks.Count; rank++)
        {
            var first = (rank * _shareLength) + at;
            foreach (var (name, gradient) in gradients)
            {
                var (start, length, _) = _places[name];
                var (low, high) = (Math.Max(start, first), Math.Min(start + length, first + count));
                if (gradient is not null && high > low)
                {
                    all.Narrow(0, (rank * count) + low - first, high - low).CopyFrom(gradient.Reshape(-1).Narrow(0, low - start, high - low));
                }
            }
        }

        var own = TensorScope.Detach(Tensor.Empty([count], all.DType));
        var wait = _ranks.BeginReduceScatter(all, own);
        return () =>
        {
            wait();
            using var inner = new TensorScope();
            var sum = Gradient.Narrow(0, at, count);
            _ = adds ? sum.AddInPlace(own) : sum.CopyFrom(own);
            own.Dispose();
            all.Dispose();
        };
    }

    private Tensor MakeWhole(DType type)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var whole = TensorScope.Detach(Tensor.Empty([_shareLength * _ranks.Count], type));
        foreach (var (name, (start, count, shape)) in _places)
        {
            _parameters[name] = TensorScope.Detach(whole.Narrow(0, start, count).Reshape(shape).Detach());
        }

        whole.ReleaseMemory();
        return whole;
    }

    private void FreeWhole()
    {
        foreach (var parameter in _parameters.Values)
        {
            parameter.Dispose();
        }

        _whole.Dispose();
        (_hasMemory, _gathering) = (false, null);
    }
}
