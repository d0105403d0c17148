using System.Globalization;

namespace TSpin.Distribution;

/// <summary>
/// Reads from the environment which of how many processes this one is: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT, as torchrun and Kubernetes' training operator set them, else what
/// Slurm's srun sets.
/// </summary>
public static class LaunchVariables
{
    private const string Alone = "To run in one process, unset both.";

    /// <summary>Reads them.</summary>
    /// <param name="variable">The value of a variable; null where it is not set. Default: this process' environment.</param>
    /// <returns>This process; null where it is the only one.</returns>
    /// <exception cref="TSpinException">A variable is missing, no number, or contradicts another.</exception>
    public static LaunchedRank? Read(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        if (Value("RANK") is not null || Value("WORLD_SIZE") is not null)
        {
            return OfVariables(Value);
        }

        // A batch script has Slurm's variables too, and is one process all the same: only srun numbers a step.
        return Value("SLURM_PROCID") is not null && !(Value("SLURM_JOB_ID") is not null && Value("SLURM_STEP_ID") is null) ? OfSlurm(Value) : null;

        string? Value(string name) => variable(name) is { } text && text.Trim().Length > 0 ? text.Trim() : null;
    }

    private static LaunchedRank? OfVariables(Func<string, string?> value)
    {
        var launcher = value("TORCHELASTIC_RUN_ID") is not null ? "torchrun" : "the environment";
        var rank = value("RANK") is { } rankText ? Number("RANK", rankText, 0, int.MaxValue)
            : throw new TSpinException($"WORLD_SIZE is {value("WORLD_SIZE")}, but RANK, the number of this process, is not set. Start the processes with torchrun or srun, or set RANK from 0 to WORLD_SIZE - 1. {Alone}");
        var count = value("WORLD_SIZE") is { } countText ? Number("WORLD_SIZE", countText, 1, 1_000_000)
            : throw new TSpinException($"RANK is {rank}, but WORLD_SIZE, the number of processes, is not set. Start the processes with torchrun or srun, or set WORLD_SIZE. {Alone}");
        RequireRank("RANK", rank, "WORLD_SIZE", count);
        if (count == 1)
        {
            return null;
        }

        var host = value("MASTER_ADDR") ?? throw new TSpinException(
            $"WORLD_SIZE is {count}, but MASTER_ADDR, where the processes meet, is not set. torchrun sets it; else set it to the name or address of the machine of rank 0, the same for all.");
        var port = value("MASTER_PORT") is { } portText ? Number("MASTER_PORT", portText, 1, 65535) : throw new TSpinException(
            $"WORLD_SIZE is {count}, but MASTER_PORT, the port where the processes meet at {host}, is not set. torchrun sets it; else set it to a free port of that machine, the same for all.");
        // Kubernetes' operator sets none: one process in a pod.
        var local = value("LOCAL_RANK") is { } localText ? Number("LOCAL_RANK", localText, 0, int.MaxValue) : 0;
        int? localCount = value("LOCAL_WORLD_SIZE") is { } localSize ? Number("LOCAL_WORLD_SIZE", localSize, 1, count) : null;
        if (localCount is { } most)
        {
            RequireRank("LOCAL_RANK", local, "LOCAL_WORLD_SIZE", most);
        }

        return new LaunchedRank(
            launcher, rank, count, local, host, port, string.Equals(value("TORCHELASTIC_USE_AGENT_STORE"), "True", StringComparison.OrdinalIgnoreCase),
            $"tspin/{value("TORCHELASTIC_RUN_ID") ?? "none"}/{value("TORCHELASTIC_RESTART_COUNT") ?? "0"}")
        {
            LocalCount = localCount,
        };
    }

    private static LaunchedRank? OfSlurm(Func<string, string?> value)
    {
        var rank = Number("SLURM_PROCID", value("SLURM_PROCID")!, 0, int.MaxValue);
        var size = value("SLURM_STEP_NUM_TASKS") is not null ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS";
        var count = value(size) is { } sizeText ? Number(size, sizeText, 1, 1_000_000)
            : throw new TSpinException($"SLURM_PROCID is {rank}, but SLURM_NTASKS, the number of processes, is not set. Start them with srun --ntasks N.");
        RequireRank("SLURM_PROCID", rank, size, count);
        if (count == 1)
        {
            return null;
        }

        var nodes = value("SLURM_STEP_NODELIST") ?? value("SLURM_JOB_NODELIST") ?? value("SLURM_NODELIST");
        var host = value("MASTER_ADDR") ?? (nodes is null ? "" : HostList.First(nodes));
        if (host.Length == 0)
        {
            throw new TSpinException($"{size} is {count}, but neither SLURM_JOB_NODELIST nor MASTER_ADDR says where the processes meet. Start them with srun, or set MASTER_ADDR to the machine of rank 0.");
        }

        var job = value("SLURM_JOB_ID");
        var port = value("MASTER_PORT") is { } portText ? Number("MASTER_PORT", portText, 1, 65535)
            : 20_000 + (job is not null && long.TryParse(job, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (int)(id % 10_000) : 9_500);
        var local = value("SLURM_LOCALID") is { } localText ? Number("SLURM_LOCALID", localText, 0, int.MaxValue) : 0;
        return new LaunchedRank("Slurm", rank, count, local, host, port, StoreIsServed: false, $"tspin/{job ?? "none"}/{value("SLURM_STEP_ID") ?? "0"}/{value("SLURM_RESTART_COUNT") ?? "0"}");
    }

    private static void RequireRank(string rankName, int rank, string countName, int count)
    {
        if (rank >= count)
        {
            throw new TSpinException($"{rankName} is {rank} and {countName} {count}: ranks go from 0 to {countName} - 1. One of them is left over from another run; unset both, and let torchrun or srun set them.");
        }
    }

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new TSpinException($"{name} is \"{text}\"; it must be a whole number, at least {least}{(most == int.MaxValue ? "" : $" and at most {most}")}. torchrun and srun set it; unset it to run in one process.");
}
