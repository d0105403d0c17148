using TSpin.Torch.Interop;

namespace TSpin.Torch;

/// <summary>
/// Processes that work together: libtorch's c10d over Gloo, and NCCL between GPUs. All of them call the same operations in the same order with tensors of the same shapes. Operations begin at once
/// and run on threads of Gloo's or a stream of NCCL's; tensors, contiguous and on the CPU or a device that has joined, are not to be touched before <see cref="GroupWork.Wait"/>. After an operation has failed the group is of no more use, but for words. Not thread-safe.
/// </summary>
public sealed unsafe class ProcessGroup : IDisposable
{
    private readonly GroupHandle _handle;

    private ProcessGroup(GroupHandle handle, int rank, int size) => (_handle, Rank, Size) = (handle, rank, size);

    /// <summary>Whether this libtorch has c10d with Gloo.</summary>
    public static bool IsAvailable
    {
        get
        {
            TorchLibrary.EnsureLoaded();
            Native.Check(Native.ts_groups_available(out var available, Native.Error, Native.ErrorCapacity));
            return available != 0;
        }
    }

    /// <summary>Why this process cannot exchange tensors of its GPU where they lie; null where it finds NCCL.</summary>
    public static string? NcclFault
    {
        get
        {
            TorchLibrary.EnsureLoaded();
            try
            {
                Native.Check(Native.ts_require_nccl(Native.Error, Native.ErrorCapacity));
                return null;
            }
            catch (TorchException error)
            {
                return error.Message;
            }
        }
    }

    /// <summary>This process' number, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>Waits for all processes of a group.</summary>
    /// <param name="address">Where they meet.</param>
    /// <param name="rank">This process' number, from 0, another one in every process.</param>
    /// <param name="size">How many processes there are.</param>
    /// <param name="timeout">The longest that this and every operation may take, or wait for the others.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ProcessGroupException">Not all came in time, the store cannot be reached or started, or this libtorch has no groups.</exception>
    public static ProcessGroup Join(ProcessGroupAddress address, int rank, int size, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, size);
        TorchLibrary.EnsureLoaded();
        Check(Native.ts_group_new(
            address.StoreHost, address.StorePort, address.ServesStore ? 1 : 0, address.Prefix, rank, size, address.Interface, address.Address, (long)timeout.TotalMilliseconds, out var created,
            Native.Error, Native.ErrorCapacity));
        return new ProcessGroup(new GroupHandle(created), rank, size);
    }

    /// <summary>Finds out together whether tensors of each process' device can be exchanged where they lie; all processes call it.</summary>
    /// <param name="device">This process'.</param>
    /// <returns>True for the CPU; for CUDA where every process finds NCCL (<c>libnccl.so.2</c>, or what <see cref="TorchOptions.Nccl"/> names; <c>off</c> finds none) and has a GPU to itself.</returns>
    /// <exception cref="ProcessGroupException">A process did not call it within the group's time.</exception>
    public bool JoinDevice(Device device)
    {
        Check(Native.ts_group_join_device(_handle, device.Code, out var joined, Native.Error, Native.ErrorCapacity));
        return joined != 0;
    }

    /// <summary>Replaces a tensor by its sum over the processes, the same bits in all of them.</summary>
    /// <param name="tensor">float32, float64 or int64.</param>
    /// <returns>The operation.</returns>
    public GroupWork AllReduce(Tensor tensor)
    {
        Check(Native.ts_group_all_reduce(_handle, tensor.Handle, out var work, Native.Error, Native.ErrorCapacity));
        return new GroupWork(work);
    }

    /// <summary>Replaces one process' tensor by the sum over the processes; the others' hold nothing of use then.</summary>
    /// <param name="tensor">float32, float64 or int64.</param>
    /// <param name="root">The process that gets the sum.</param>
    /// <returns>The operation.</returns>
    public GroupWork Reduce(Tensor tensor, int root)
    {
        Check(Native.ts_group_reduce(_handle, tensor.Handle, root, out var work, Native.Error, Native.ErrorCapacity));
        return new GroupWork(work);
    }

    /// <summary>Replaces a tensor by that of one process.</summary>
    /// <param name="tensor">Of any type.</param>
    /// <param name="root">The process whose tensor stays.</param>
    /// <returns>The operation.</returns>
    public GroupWork Broadcast(Tensor tensor, int root)
    {
        Check(Native.ts_group_broadcast(_handle, tensor.Handle, root, out var work, Native.Error, Native.ErrorCapacity));
        return new GroupWork(work);
    }

    /// <summary>Joins the parts of all processes.</summary>
    /// <param name="part">This process', of any type.</param>
    /// <param name="whole">Receives all, in the order of ranks; so many times as large.</param>
    /// <returns>The operation.</returns>
    public GroupWork AllGather(Tensor part, Tensor whole)
    {
        Check(Native.ts_group_all_gather(_handle, part.Handle, whole.Handle, out var work, Native.Error, Native.ErrorCapacity));
        return new GroupWork(work);
    }

    /// <summary>Adds up over the processes, and leaves each with its part of the sum.</summary>
    /// <param name="whole">float32, float64 or int64, as many parts as there are processes.</param>
    /// <param name="part">Receives this rank's part.</param>
    /// <returns>The operation; the sum is there after its wait.</returns>
    public GroupWork ReduceScatter(Tensor whole, Tensor part)
    {
        Check(Native.ts_group_reduce_scatter(_handle, whole.Handle, part.Handle, out var work, Native.Error, Native.ErrorCapacity));
        return new GroupWork(work);
    }

    /// <summary>Waits until every process is here.</summary>
    public void Barrier()
    {
        Check(Native.ts_group_barrier(_handle, out var handle, Native.Error, Native.ErrorCapacity));
        using var work = new GroupWork(handle);
        work.Wait();
    }

    /// <summary>Leaves a word in the store that the others can see (<see cref="HasWord"/>), also after an operation has failed.</summary>
    /// <param name="word">Any text.</param>
    /// <exception cref="ProcessGroupException">The store is gone.</exception>
    public void LeaveWord(string word) => Check(Native.ts_group_leave_word(_handle, word, Native.Error, Native.ErrorCapacity));

    /// <summary>Whether a process has left a word.</summary>
    /// <param name="word">Any text.</param>
    /// <returns>True where one has.</returns>
    /// <exception cref="ProcessGroupException">The store is gone.</exception>
    public bool HasWord(string word)
    {
        Check(Native.ts_group_has_word(_handle, word, out var found, Native.Error, Native.ErrorCapacity));
        return found != 0;
    }

    /// <summary>Lets go of a group that has failed without leaving it: an operation with a process that stands still would have to end first.</summary>
    public void Abandon() => _handle.SetHandleAsInvalid();

    /// <summary>Leaves the group; to the others this process is then gone.</summary>
    public void Dispose() => _handle.Dispose();

    internal static void Check(int status)
    {
        try
        {
            Native.Check(status);
        }
        catch (TorchException error)
        {
            throw new ProcessGroupException(error.Message);
        }
    }
}
