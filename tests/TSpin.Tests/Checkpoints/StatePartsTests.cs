using Shouldly;
using TSpin.Checkpoints;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.SelfPlay;
using TSpin.Tests.Distribution;
using TSpin.Tests.Models;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Checkpoints;

/// <summary>A training state that several processes write: the set is whole, or the one before it counts.</summary>
public sealed class StatePartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string State => _folder["training-state.safetensors"];

    private string[] Parts => [.. Directory.GetFiles(_folder.Path, "training-state.step-*").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]   // parameters in two halves
    public void Parts_hold_every_tensor_once_and_together_what_one_file_holds(DType computeType)
    {
        using var trained = new Stage(computeType, steps: 2);
        TrainingState.Save(_folder["whole.safetensors"], trained.Policy, trained.Optimizer, 2);
        trained.SaveParts(State, 2, 3);

        Parts.Length.ShouldBe(3);
        Parts.Sum(part => new FileInfo(_folder[part]).Length).ShouldBeLessThan(new FileInfo(_folder["whole.safetensors"]).Length + 10_000);
        foreach (var path in new[] { State, _folder["whole.safetensors"] })
        {
            using var continued = new Stage(computeType, steps: 0);
            TrainingState.Restore(path, continued.Policy, continued.Optimizer).ShouldBe(2);
            continued.Values().ShouldBe(trained.Values());
            continued.Optimizer.StepsDone.ShouldBe(2);
        }
    }

    /// <summary>Killed after any of the files that a save writes, a run finds the older state, until the last file names the new one.</summary>
    [Fact]
    public void A_set_that_is_not_whole_leaves_the_older_one_and_is_swept()
    {
        using var trained = new Stage(DType.Float32, steps: 2);
        trained.SaveParts(State, 2, 2);
        var older = Parts;
        var before = trained.Values();
        trained.Step();
        for (var rank = 0; rank < 3; rank++)
        {
            trained.SavePart(State, 3, rank, 3);
            File.WriteAllText(_folder["training-state.step-000003.part-003-of-003.safetensors.77.tmp"], "half");
            using var continued = new Stage(DType.Float32, steps: 0);
            TrainingState.Restore(State, continued.Policy, continued.Optimizer).ShouldBe(2);
            continued.Values().ShouldBe(before);
        }

        StateFiles.Sweep(State);
        Parts.ShouldBe(older);

        trained.SaveParts(State, 3, 3);
        Parts.ShouldBe(["training-state.step-000003.part-001-of-003.safetensors", "training-state.step-000003.part-002-of-003.safetensors", "training-state.step-000003.part-003-of-003.safetensors"]);
        TrainingState.StepOf(State).ShouldBe(3);
        StateFiles.BytesOf(State).ShouldBe(Directory.GetFiles(_folder.Path).Sum(file => new FileInfo(file).Length));

        TrainingState.Save(State, trained.Policy, trained.Optimizer, 4);
        Parts.ShouldBeEmpty("a state in one file needs none");
        trained.SaveParts(State, 5, 2);
        StateFiles.Delete(State);
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("missing", "is missing. Put it back")]
    [InlineData("older", "is not part 2 of 2 of the state after step 3")]
    [InlineData("cut", "truncated")]
    [InlineData("swapped", "is not part 2 of 2")]
    [InlineData("thousands", "impossible number of parts")]
    public void A_part_that_is_not_the_right_one_is_said_before_anything_is_overwritten(string fault, string said)
    {
        using var trained = new Stage(DType.Float32, steps: 2);
        trained.SaveParts(State, 2, 2);
        var old = File.ReadAllBytes(_folder[Parts[1]]);
        trained.SaveParts(State, 3, 2);
        var second = _folder[Parts[1]];
        switch (fault)
        {
            case "missing":
                File.Delete(second);
                break;
            case "older":
                File.WriteAllBytes(second, old);
                break;
            case "cut":
                File.WriteAllBytes(second, File.ReadAllBytes(second)[..^1]);
                break;
            case "swapped":
                File.Copy(_folder[Parts[0]], second, overwrite: true);
                break;
            default:
                Should.Throw<TSpinException>(() => TrainingState.NameParts(State, 3, int.MaxValue));
                break;
        }

        using var continued = new Stage(DType.Float32, steps: 0);
        var before = continued.Values();
        Should.Throw<TSpinException>(() => TrainingState.Restore(State, continued.Policy, continued.Optimizer)).Message.ShouldContain(said);
        continued.Values().ShouldBe(before);
    }

    /// <summary>Processes on machines with folders of their own are found out, and nothing is left behind.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Processes_know_whether_they_see_the_same_folder(bool same)
    {
        Assert.SkipUnless(ProcessGroup.IsAvailable, "this libtorch has no c10d with Gloo");
        Directory.CreateDirectory(_folder["elsewhere"]);
        var answers = LaunchedProcesses.InThreads(2, TimeSpan.FromSeconds(30), group =>
        {
            if (group.Leads)
            {
                return StateParts.AllMeet(group, State, (path, word) =>
                {
                    group.Broadcast(System.Text.Encoding.UTF8.GetBytes($"{path}\n{word}"));
                    return StateParts.Meet(group, path, word);
                });
            }

            var told = System.Text.Encoding.UTF8.GetString(group.Broadcast([])).Split('\n');
            StateParts.Meet(group, same ? told[0] : Path.Combine(_folder["elsewhere"], Path.GetFileName(told[0])), told[1]);
            return same;
        });

        answers.ShouldBe([same, same]);
        Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    /// <summary>A model and its optimizer after some steps whose gradients are the parameters.</summary>
    private sealed class Stage : IDisposable
    {
        public Stage(DType computeType, int steps)
        {
            Policy = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base), DType.Float32, computeType);
            Policy.Training.RequireGradients(true);
            Optimizer = Optimizer.For(new TrainingSettings(), Policy);
            for (var step = 0; step < steps; step++)
            {
                Step();
            }
        }

        public Decoder Policy { get; }

        public Optimizer Optimizer { get; }

        public void Step()
        {
            using var scope = new TensorScope();
            Optimizer.Step(1e-2, 1, name => Policy.Training.Parameters[name].Detach().Clone());
        }

        public void SaveParts(string path, int step, int count)
        {
            for (var rank = 0; rank < count; rank++)
            {
                SavePart(path, step, rank, count);
            }

            TrainingState.NameParts(path, step, count);
        }

        public void SavePart(string path, int step, int rank, int count)
        {
            var owners = ParameterOwners.Of(Policy.Training.Parameters, count);
            Optimizer.Holds = name => owners[name] == rank;
            TrainingState.SavePart(path, Policy, Optimizer, step, rank, count);
            Optimizer.Holds = _ => true;
        }

        public float[] Values()
        {
            using var scope = new TensorScope();
            return [.. Policy.Weights.Names.Select(name => Policy.Weights.Exact(name)).Concat(Optimizer.State.OrderBy(state => state.Key, StringComparer.Ordinal).Select(state => state.Value))
                .SelectMany(tensor => tensor.Detach().To(DType.Float32).Reshape(-1).ToArray<float>())];
        }

        public void Dispose()
        {
            Optimizer.Dispose();
            Policy.Dispose();
        }
    }
}
