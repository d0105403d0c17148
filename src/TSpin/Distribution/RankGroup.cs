using System.Buffers.Binary;
using System.Diagnostics;
using TSpin.Torch;

namespace TSpin.Distribution;

/// <summary>
/// The processes of one run. Rank 0 leads: it gives orders, which the others wait for (<see cref="Receive"/>), and an order is followed by what all do together. A leader that is long busy with
/// something of its own lets the others know that it is still there. Every failure of an exchange is a <see cref="RankLostException"/>, and the end of the group.
/// </summary>
public sealed class RankGroup : IDisposable
{
    private const string Cure = "Everything saved is kept; start all processes again with the same command, and the run goes on.";

    // How long those that notice a failure wait for each other, so that they can say who is missing.
    private static readonly TimeSpan RollCall = TimeSpan.FromSeconds(3);

    private readonly ProcessGroup _group;
    private readonly TimeSpan _timeout;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ManualResetEventSlim _closes = new();
    private readonly Dictionary<Device, Device> _places = new() { [Device.Cpu] = Device.Cpu };
    private long _lastOrder = Stopwatch.GetTimestamp();
    private bool _isLost;

    private RankGroup(LaunchedRank launched, ProcessGroup group, TimeSpan timeout) =>
        (Launched, _group, _timeout) = (launched, group, timeout);

    /// <summary>What the launcher says of this process.</summary>
    public LaunchedRank Launched { get; }

    /// <summary>This process' number.</summary>
    public int Rank => _group.Rank;

    /// <summary>How many processes there are.</summary>
    public int Count => _group.Size;

    /// <summary>Whether this process gives the orders, writes and speaks.</summary>
    public bool Leads => Rank == 0;

    /// <summary>Whether an exchange has failed, or was left in the middle: there will be no other.</summary>
    public bool IsLost => _isLost;

    /// <summary>Waits for all processes of a run.</summary>
    /// <param name="launched">This process.</param>
    /// <param name="timeout">The longest that this and every exchange may take, or wait for the others.</param>
    /// <returns>The group.</returns>
    /// <exception cref="RankLostException">Not all came in time.</exception>
    /// <exception cref="TSpinException">This libtorch cannot join processes, or the meeting place has no address.</exception>
    public static RankGroup Join(LaunchedRank launched, TimeSpan timeout)
    {
        if (!ProcessGroup.IsAvailable)
        {
            throw new TSpinException(
                $"{launched.Launcher} started {launched.Count} processes, but libtorch {TorchLibrary.Version} of {TorchLibrary.LoadedPath} has no c10d with Gloo to join them. Use Debian's libtorch-dev or Python's torch, or run in one process.")
            {
                ExitCode = 3,
            };
        }

        try
        {
            return new RankGroup(launched, ProcessGroup.Join(MachineAddress.Of(launched), launched.Rank, launched.Count, timeout), timeout);
        }
        catch (ProcessGroupException error)
        {
            throw new RankLostException(
                $"rank {launched.Rank} of {launched.Count} ({launched.Launcher}) did not meet the others at {launched.StoreHost}:{launched.StorePort} within {timeout.TotalSeconds:0.#} s: {error.Message}. "
                + "Check that every process was started and that the port is open between their machines; then start all of them again.",
                error);
        }
    }

    /// <summary>
    /// Begins to give orders, in rank 0; without effect in the others, which <see cref="Receive"/> from now on wherever they make no exchange. Between orders they are told four times in the
    /// timeout that rank 0 lives. Where nobody leads, all make the same exchanges, and there are no others.
    /// </summary>
    public void Lead()
    {
        if (Leads)
        {
            // A thread of its own: those of the pool may all be busy for longer than the others wait.
            var pause = _timeout / 4;
            new Thread(() => ShowLifeUntilClosed(pause)) { IsBackground = true, Name = "signs of life" }.Start();
        }
    }

    /// <summary>Gives an order, and keeps the turn until what all do of it is done.</summary>
    /// <param name="message">What <see cref="Receive"/> returns in the others; not empty.</param>
    /// <returns>To be told when it is done, and disposed.</returns>
    public RankTurn Order(ReadOnlySpan<byte> message)
    {
        _turn.Wait();
        var turn = new RankTurn(done =>
        {
            // Who leaves in the middle leaves the others in an exchange that never ends: the group is of no more use.
            _isLost |= !done;
            _lastOrder = Stopwatch.GetTimestamp();
            _turn.Release();
        });
        try
        {
            Send(message);
        }
        catch
        {
            turn.Dispose();
            throw;
        }

        return turn;
    }

    /// <summary>Waits for the next order of rank 0.</summary>
    /// <returns>The message.</returns>
    /// <exception cref="RankLostException">Rank 0 is gone.</exception>
    public byte[] Receive()
    {
        while (true)
        {
            if (Broadcast([]) is { Length: > 0 } message)
            {
                return message;
            }
        }
    }

    /// <summary>Gives all what rank 0 has.</summary>
    /// <param name="message">Rank 0's; the others' is not read.</param>
    /// <returns>Rank 0's.</returns>
    public byte[] Broadcast(ReadOnlySpan<byte> message)
    {
        var length = (int)Whole(message.Length);
        if (length == 0)
        {
            return [];
        }

        using var scope = new TensorScope();
        var bytes = Leads ? Tensor.FromBytes(message, [length], DType.UInt8) : Tensor.Empty([length], DType.UInt8);
        Wait(() => _group.Broadcast(bytes, 0));
        return bytes.ToArray<byte>();
    }

    /// <summary>Gives all what each has.</summary>
    /// <param name="part">This process'.</param>
    /// <returns>In the order of ranks.</returns>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> part)
    {
        using var scope = new TensorScope();
        var lengths = Tensor.Empty([Count], DType.Int64);
        var own = Tensor.From([(long)part.Length]);
        Wait(() => _group.AllGather(own, lengths));
        var sizes = lengths.ToArray<long>();
        var longest = (int)Math.Max(1, sizes.Max());
        var padded = new byte[longest];
        part.CopyTo(padded);
        var all = Tensor.Empty([Count, longest], DType.UInt8);
        Wait(() => _group.AllGather(Tensor.FromBytes(padded, [longest], DType.UInt8), all));
        var bytes = all.ToArray<byte>();
        return [.. sizes.Select((size, rank) => bytes.AsSpan(rank * longest, (int)size).ToArray())];
    }

    /// <summary>Replaces a tensor by that of one process.</summary>
    /// <param name="tensor">Contiguous and on the CPU.</param>
    /// <param name="root">That process. Default: rank 0.</param>
    public void Broadcast(Tensor tensor, int root = 0) => Wait(() => _group.Broadcast(tensor, root));

    /// <summary>Where tensors of a device are exchanged; every process asks for its own, at the same time.</summary>
    /// <param name="device">Where they lie.</param>
    /// <returns>There, where the processes can (<see cref="ProcessGroup.JoinDevice"/>); else the CPU.</returns>
    public Device PlaceOf(Device device)
    {
        if (!_places.TryGetValue(device, out var place))
        {
            place = Try(() => _group.JoinDevice(device)) ? device : Device.Cpu;
            _places.Add(device, place);
        }

        return place;
    }

    /// <summary>Begins to replace a tensor by that of one process.</summary>
    /// <param name="tensor">Contiguous and on the CPU; not to be touched before the result has been called.</param>
    /// <param name="root">That process.</param>
    /// <returns>Waits for it.</returns>
    public Action BeginBroadcast(Tensor tensor, int root) => Begin(() => _group.Broadcast(tensor, root));

    /// <summary>Begins to replace a tensor by its sum over the processes.</summary>
    /// <param name="tensor">float32 or float64, contiguous and on the CPU; not to be touched before the result has been called.</param>
    /// <returns>Waits for it.</returns>
    public Action BeginSum(Tensor tensor) => Begin(() => _group.AllReduce(tensor));

    /// <summary>Begins to give every process what each has.</summary>
    /// <param name="part">This process'; contiguous and on the CPU.</param>
    /// <param name="whole">Receives all parts in the order of ranks; neither is to be touched before the result has been called.</param>
    /// <returns>Waits for it.</returns>
    public Action BeginGather(Tensor part, Tensor whole) => Begin(() => _group.AllGather(part, whole));

    /// <summary>Begins to sum parts over the processes, each of which gets the sum of one.</summary>
    /// <param name="whole">A part for each process in the order of ranks; float32 or float64, contiguous and on the CPU.</param>
    /// <param name="part">Receives this process' sum; neither is to be touched before the result has been called.</param>
    /// <returns>Waits for it.</returns>
    public Action BeginReduceScatter(Tensor whole, Tensor part) => Begin(() => _group.ReduceScatter(whole, part));

    private Action Begin(Func<GroupWork> begin)
    {
        var work = Try(begin);
        return () =>
        {
            using (work)
            {
                Try(() =>
                {
                    work.Wait();
                    return 0;
                });
            }
        };
    }

    /// <summary>Sums a number over the processes.</summary>
    /// <param name="value">This process'.</param>
    /// <returns>The same in all of them.</returns>
    public double Sum(double value)
    {
        using var scope = new TensorScope();
        var sum = Tensor.From([value]);
        BeginSum(sum)();
        return sum.Item();
    }

    /// <summary>Leaves the group.</summary>
    public void Dispose()
    {
        _closes.Set();
        // A turn that nobody gives back, after a fault, must not keep this process from its end.
        var hasTurn = _turn.Wait(_timeout);
        if (_isLost || !hasTurn)
        {
            _group.Abandon();
        }
        else
        {
            _group.Dispose();
        }

        if (hasTurn)
        {
            _turn.Release();
        }
    }

    private void Send(ReadOnlySpan<byte> message) => Broadcast(message);

    private long Whole(int length)
    {
        using var scope = new TensorScope();
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        var tensor = Tensor.FromBytes(bytes, [1], DType.Int64);
        Wait(() => _group.Broadcast(tensor, 0));
        return tensor.ToArray<long>()[0];
    }

    private void ShowLifeUntilClosed(TimeSpan pause)
    {
        while (!_closes.Wait(pause))
        {
            ShowLife(pause);
        }
    }

    // An empty order, which nobody follows.
    private void ShowLife(TimeSpan pause)
    {
        if (!_turn.Wait(0))
        {
            return;
        }

        try
        {
            if (!_closes.IsSet && !_isLost && Stopwatch.GetElapsedTime(_lastOrder) >= pause / 2)
            {
                Send([]);
                _lastOrder = Stopwatch.GetTimestamp();
            }
        }
        catch (RankLostException)
        {
            // The next order meets the same, on the thread that can say so.
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Wait(Func<GroupWork> begin)
    {
        using var work = Try(begin);
        Try(() =>
        {
            work.Wait();
            return 0;
        });
    }

    private T Try<T>(Func<T> exchange)
    {
        if (_isLost)
        {
            throw new RankLostException($"rank {Rank} of {Count}: the processes of this run have lost each other. {Cure}");
        }

        try
        {
            return exchange();
        }
        catch (ProcessGroupException error)
        {
            _isLost = true;
            throw new RankLostException($"rank {Rank} of {Count}: {Missing()} ({error.Message}). {Cure}", error);
        }
    }

    // Those that are there say so in the store; who does not is the one.
    private string Missing()
    {
        try
        {
            _group.LeaveWord(Word(Rank));
            var clock = Stopwatch.StartNew();
            int[] missing;
            do
            {
                Thread.Sleep(50);
                missing = [.. Enumerable.Range(0, Count).Where(rank => !_group.HasWord(Word(rank)))];
            }
            while (missing.Length > 0 && clock.Elapsed < RollCall);
            return missing.Length switch
            {
                0 => "the connection to another process broke",
                1 => $"rank {missing[0]} is gone, or did not answer within {_timeout.TotalSeconds:0.#} s",
                _ => $"ranks {string.Join(", ", missing)} are gone, or did not answer within {_timeout.TotalSeconds:0.#} s",
            };
        }
        catch (ProcessGroupException)
        {
            return Launched.StoreIsServed ? "another process is gone, and the launcher's store with it" : "rank 0 is gone";
        }
    }

    private static string Word(int rank) => FormattableString.Invariant($"noticed/{rank}");
}
