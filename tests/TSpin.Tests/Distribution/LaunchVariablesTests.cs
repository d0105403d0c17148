using Shouldly;
using TSpin.Distribution;
using Xunit;

namespace TSpin.Tests.Distribution;

public sealed class LaunchVariablesTests
{
    [Fact]
    public void One_process_has_no_rank()
    {
        Read("").ShouldBeNull();
        Read("RANK=0 WORLD_SIZE=1").ShouldBeNull();
        Read("SLURM_PROCID=0 SLURM_NTASKS=1 SLURM_JOB_NODELIST=n1").ShouldBeNull();
        // A batch script before srun: Slurm numbers no step there.
        Read("SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_JOB_ID=7 SLURM_JOB_NODELIST=n[1-4]").ShouldBeNull();
    }

    [Fact]
    public void Torchrun_and_Kubernetes_say_rank_and_meeting_place()
    {
        Read("RANK=3 WORLD_SIZE=4 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=head MASTER_PORT=29501 TORCHELASTIC_RUN_ID=x TORCHELASTIC_RESTART_COUNT=2 TORCHELASTIC_USE_AGENT_STORE=True")
            .ShouldBe(new LaunchedRank("torchrun", 3, 4, 1, "head", 29501, true, "tspin/x/2") { LocalCount = 2 });
        Read("RANK=1 WORLD_SIZE=2 MASTER_ADDR=job-master-0 MASTER_PORT=23456").ShouldBe(new LaunchedRank("the environment", 1, 2, 0, "job-master-0", 23456, false, "tspin/none/0"));
    }

    [Theory]
    [InlineData("n1,n2", "n1")]
    [InlineData("node[003-010,12],login1", "node003")]
    [InlineData("rack[2-3]node[05,07]", "rack2node05")]
    [InlineData("gpu-a,gpu[1-2]", "gpu-a")]
    public void Slurms_first_host_is_where_all_meet(string nodes, string first) =>
        Read($"SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_JOB_ID=123456 SLURM_STEP_ID=0 SLURM_JOB_NODELIST={nodes}")
            .ShouldBe(new LaunchedRank("Slurm", 5, 8, 1, first, 23456, false, "tspin/123456/0/0"));

    [Theory]
    [InlineData("RANK=0", "WORLD_SIZE")]
    [InlineData("WORLD_SIZE=2", "RANK, the number of this process, is not set")]
    [InlineData("RANK=0 WORLD_SIZE=2", "MASTER_ADDR")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a", "MASTER_PORT")]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is 2 and WORLD_SIZE 2")]
    [InlineData("RANK=one WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is \"one\"")]
    [InlineData("RANK=-1 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "RANK is \"-1\"")]
    [InlineData("RANK=0 WORLD_SIZE=0 MASTER_ADDR=a MASTER_PORT=1", "WORLD_SIZE is \"0\"")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000", "MASTER_PORT is \"70000\"")]
    [InlineData("RANK=0 WORLD_SIZE=2 LOCAL_RANK=2 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=1", "LOCAL_RANK is 2 and LOCAL_WORLD_SIZE 2")]
    [InlineData("SLURM_PROCID=0", "SLURM_NTASKS")]
    [InlineData("SLURM_PROCID=4 SLURM_NTASKS=4 SLURM_JOB_NODELIST=a", "SLURM_PROCID is 4 and SLURM_NTASKS 4")]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=4", "MASTER_ADDR")]
    public void What_is_missing_or_contradicts_is_said(string variables, string part) => Should.Throw<TSpinException>(() => Read(variables)).Message.ShouldContain(part);

    private static LaunchedRank? Read(string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return LaunchVariables.Read(values.GetValueOrDefault);
    }
}
