using System.Diagnostics;
using System.Globalization;

namespace TSpin.Bench;

/// <summary>Runs shapes: every round the ceiling, TSpin and the peer take turns, each in a process of its own that lives through all rounds.</summary>
/// <param name="training">What TSpin's steps trade for memory.</param>
/// <param name="threads">Threads of every side.</param>
/// <param name="rounds">Rounds that count; one before them does not.</param>
/// <param name="withPeer">Whether python3-torch is measured too.</param>
/// <param name="patience">A shape that has taken so long after its first counted round has no further ones.</param>
/// <param name="print">Takes lines of text.</param>
internal sealed class Suite(TrainingChoice training, int threads, int rounds, bool withPeer, TimeSpan patience, Action<string> print)
{
    private const string Python = "/usr/bin/python3";
    private static readonly string[] AllocatorFiles = ["/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4", "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4"];

    /// <summary>Measures.</summary>
    /// <param name="shapes">What.</param>
    /// <param name="types">In which arithmetic.</param>
    /// <returns>All that was measured.</returns>
    public BenchReport Run(IReadOnlyList<BenchShape> shapes, IReadOnlyList<string> types)
    {
        var preset = Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE");
        var allocator = AllocatorFiles.FirstOrDefault(File.Exists);
        print($"threads {threads}, {rounds} rounds; OPENBLAS_CORETYPE={preset ?? "(not set)"}; peer's allocator: {allocator ?? "glibc (libtcmalloc-minimal4 is not installed)"}");
        print($"copy of {CeilingWorker.CopyBytes >> 20} MiB: {2 * CeilingWorker.CopyBytes / Alone("copy") / 1e9:F1} GB/s read and written");
        var cold = shapes.Any(shape => shape.Name == BenchShape.All[0].Name) ? ColdStarts(allocator) : [];
        print($"{"shape",-13}{"type",-10}{"side",-8}{"preset",-7}{"median",11}{"min",9}{"max",9}{"cpu s",9}{"rate",10} {"",-11}{"share",6}{"peak",11}");
        var all = new List<Measurement>();
        foreach (var shape in shapes)
        {
            foreach (var type in types)
            {
                all.AddRange(Compare(shape, type, allocator, withoutPreset: false));
                // The preset holds float32 products to AVX2 kernels; bfloat16 does not pass through OpenBLAS.
                if (preset is not null && type == "float32" && shape is { Jitter: false, Kind: BenchKind.Train, ResponsesPerPrompt: 3 })
                {
                    all.AddRange(Compare(shape, type, allocator, withoutPreset: true));
                }
            }
        }

        var planning = all.FirstOrDefault(measured => measured is { Shape: "tiny", Side: "TSpin" }) is { } step ? PlanningCost.Measure(BenchShape.All[0], step.Median) : null;
        if (planning is not null)
        {
            print(planning.ToText());
        }

        return new BenchReport(preset, allocator, threads, cold, planning, all);
    }

    private ProcessStartInfo Self(string part, string type, int threads, bool withoutPreset)
    {
        string[] arguments = ["--worker", part, "--type", type, "--threads", threads.ToString(CultureInfo.InvariantCulture), .. training.Arguments];
        var host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? WorkerProcess.Start(host, [typeof(Suite).Assembly.Location, .. arguments], withoutPreset)
            : WorkerProcess.Start(host, arguments, withoutPreset);
    }

    private static string PeerScript()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "bench", "peer.py")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? ".", "bench", "peer.py");
    }

    private double Alone(string type)
    {
        using var worker = new WorkerProcess(Self("ceiling", type, threads, withoutPreset: false));
        for (var round = 0; round < 4; round++)
        {
            worker.Once("step", round > 0);
        }

        worker.End();
        return Measurement.MedianOf(worker.Seconds);
    }

    // From the start of the process to the end of its first step: the runtime, libtorch, a model with random parameters, the first step.
    private List<ColdStart> ColdStarts(string? allocator)
    {
        const int times = 3;
        var work = BenchWork.Of(BenchShape.All[0], "bfloat16", threads);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, work.ToJson());
        try
        {
            List<ColdStart> sides = [Of("TSpin", () => Self(work.Shape.Name, work.Type, threads, withoutPreset: false))];
            if (withPeer)
            {
                sides.Add(Of("peer", () => WorkerProcess.Start(Python, [PeerScript(), file], withoutPreset: false, allocator)));
            }

            sides.ForEach(side => print(side.ToText()));
            return sides;
        }
        finally
        {
            File.Delete(file);
        }

        static ColdStart Of(string side, Func<ProcessStartInfo> start)
        {
            var (ready, first, cpu) = (new List<double>(), new List<double>(), new List<double>());
            for (var i = 0; i < times; i++)
            {
                var clock = Stopwatch.StartNew();
                using var worker = new WorkerProcess(start());
                worker.AwaitReady();
                ready.Add(clock.Elapsed.TotalSeconds);
                worker.Once("step", count: false);
                first.Add(clock.Elapsed.TotalSeconds);
                cpu.Add(worker.TotalCpuSeconds);
                worker.End();
            }

            return new ColdStart(side, Measurement.MedianOf(ready), Measurement.MedianOf(first), first.Min(), first.Max(), Measurement.MedianOf(cpu));
        }
    }

    private List<Measurement> Compare(BenchShape shape, string type, string? allocator, bool withoutPreset)
    {
        var work = BenchWork.Of(shape, type, threads);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, work.ToJson());
        try
        {
            var clock = Stopwatch.StartNew();
            using var ceiling = new WorkerProcess(Self("ceiling", type, threads, withoutPreset));
            var generates = shape.Kind == BenchKind.Generate;
            var trains = shape.Kind == BenchKind.Train;
            using var memory = generates ? new WorkerProcess(Self("ceiling", "read", threads, withoutPreset)) : null;
            using var tspin = new WorkerProcess(Self(shape.Name, type, threads, withoutPreset));
            using var even = shape.Jitter ? new WorkerProcess(Self(shape.Name + TSpinWorker.FixedLengths, type, threads, withoutPreset)) : null;
            using var peer = withPeer ? new WorkerProcess(WorkerProcess.Start(Python, [PeerScript(), file], withoutPreset, allocator)) : null;
            WorkerProcess?[] all = [ceiling, memory, tspin, even, peer];
            // Nobody is measured while another one still makes ready.
            Array.ForEach(all, worker => worker?.AwaitReady());
            var command = generates ? "generate" : "step";
            for (var round = 0; round <= rounds && (round <= 1 || clock.Elapsed < patience); round++)
            {
                for (var i = 0; i < 3; i++)
                {
                    ceiling.Once("step", round > 0);
                    memory?.Once("step", round > 0);
                }

                tspin.Once(command, round > 0);
                even?.Once(command, round > 0);
                peer?.Once(command, round > 0);
            }

            Array.ForEach(all, worker => worker?.End());
            var speed = CeilingWorker.ProductFlops / Measurement.MedianOf(ceiling.Seconds) / 1e9;
            print($"{shape.Name,-13}{type,-10}ceiling {(withoutPreset ? "unset" : ""),-7}{speed,9:F0} GFLOP/s"
                + (peer is null ? "" : $"   peer / TSpin: {Measurement.MedianOf(peer.Seconds) / Measurement.MedianOf(tspin.Seconds):F2} in wall time, {Measurement.MedianOf(peer.CpuSeconds) / Measurement.MedianOf(tspin.CpuSeconds):F2} in CPU time"));
            double? bound = null;
            if (memory is not null)
            {
                var bandwidth = CeilingWorker.CopyBytes / Measurement.MedianOf(memory.Seconds);
                var readable = shape.Count * bandwidth / shape.BytesPerGeneratedStep(type == "float32" ? 4 : 2);
                var computable = speed * 1e9 / shape.FlopsPerGeneratedToken();
                bound = Math.Min(readable, computable);
                print($"{shape.Name,-13}{type,-10}memory is read at {bandwidth / 1e9:F1} GB/s, which allows {readable:F0} tokens/s; arithmetic allows {computable:F0}: shares are of {(readable < computable ? "the former" : "the latter")}");
            }

            List<Measurement> sides = [Of(tspin, "TSpin", work)];
            if (even is not null)
            {
                var steady = Of(even, "fixed", BenchWork.Of(shape with { Jitter = false }, type, threads));
                sides.Add(steady);
                print($"{shape.Name,-13}{type,-10}useful FLOP/s, varying / fixed lengths: {sides[0].UsefulFlops / steady.UsefulFlops:F2} in wall time, {sides[0].UsefulFlopsInCpuTime / steady.UsefulFlopsInCpuTime:F2} in CPU time");
            }

            if (peer is not null)
            {
                sides.Add(Of(peer, "peer", work));
            }

            sides.ForEach(side => print(side.ToText()));
            return sides;

            Measurement Of(WorkerProcess process, string side, BenchWork done)
            {
                return new Measurement(
                    shape.Name, type, side, withoutPreset, shape.Count * (generates ? shape.Response : 1), process.Seconds.Count,
                    Measurement.MedianOf(process.Seconds), process.Seconds.Min(), process.Seconds.Max(), Measurement.MedianOf(process.CpuSeconds), process.PeakBytes,
                    trains ? Flops(process.Seconds) : null, trains ? Flops(process.CpuSeconds) : null, speed, bound, shape.Unit,
                    !trains || side == "peer" ? null : training.PredictedPeak(done));

                double Flops(List<double> seconds) => Measurement.MedianOf([.. seconds.Select((s, i) => done.UsefulFlops(i + 1) / s)]);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
