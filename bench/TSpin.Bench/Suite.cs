using System.Diagnostics;
using System.Globalization;

namespace TSpin.Bench;

/// <summary>Runs shapes: every round the ceiling, TSpin and the peer take turns, each in a process of its own that lives through all rounds.</summary>
/// <param name="threads">Threads of every side.</param>
/// <param name="rounds">Rounds that count; one before them does not.</param>
/// <param name="withPeer">Whether python3-torch is measured too.</param>
/// <param name="print">Takes lines of text.</param>
internal sealed class Suite(int threads, int rounds, bool withPeer, Action<string> print)
{
    private const string Python = "/usr/bin/python3";
    private static readonly string[] AllocatorFiles = ["/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4", "/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4"];

    public List<Measurement> Run(IReadOnlyList<BenchShape> shapes, IReadOnlyList<string> types)
    {
        var preset = Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE");
        var allocator = AllocatorFiles.FirstOrDefault(File.Exists);
        print($"threads {threads}, {rounds} rounds; OPENBLAS_CORETYPE={preset ?? "(not set)"}; peer's allocator: {allocator ?? "glibc (libtcmalloc-minimal4 is not installed)"}");
        print($"copy of {CeilingWorker.CopyBytes >> 20} MiB: {2 * CeilingWorker.CopyBytes / Alone("copy") / 1e9:F1} GB/s read and written");
        print($"{"shape",-13}{"type",-10}{"side",-8}{"preset",-7}{"median",11}{"min",9}{"max",9}{"cpu s",9}{"rate",10} {"",-11}{"share",6}{"peak",11}");
        var all = new List<Measurement>();
        foreach (var shape in shapes)
        {
            foreach (var type in types.Where(type => shape.Method != "generate" || type == "bfloat16"))
            {
                all.AddRange(Compare(shape, type, allocator, withoutPreset: false));
                // The preset holds float32 products to AVX2 kernels; bfloat16 does not pass through OpenBLAS.
                if (preset is not null && type == "float32" && !shape.Jitter)
                {
                    all.AddRange(Compare(shape, type, allocator, withoutPreset: true));
                }
            }
        }

        return all;
    }

    private static ProcessStartInfo Self(string part, string type, int threads, bool withoutPreset)
    {
        string[] arguments = ["--worker", part, "--type", type, "--threads", threads.ToString(CultureInfo.InvariantCulture)];
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

    private List<Measurement> Compare(BenchShape shape, string type, string? allocator, bool withoutPreset)
    {
        var work = BenchWork.Of(shape, type, threads);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, work.ToJson());
        try
        {
            using var ceiling = new WorkerProcess(Self("ceiling", type, threads, withoutPreset));
            var generates = shape.Method == "generate";
            using var memory = generates ? new WorkerProcess(Self("ceiling", "read", threads, withoutPreset)) : null;
            using var tspin = new WorkerProcess(Self(shape.Name, type, threads, withoutPreset));
            using var peer = withPeer ? new WorkerProcess(WorkerProcess.Start(Python, [PeerScript(), file], withoutPreset, allocator)) : null;
            var command = generates ? "generate" : "step";
            for (var round = 0; round <= rounds; round++)
            {
                for (var i = 0; i < 3; i++)
                {
                    ceiling.Once("step", round > 0);
                    memory?.Once("step", round > 0);
                }

                tspin.Once(command, round > 0);
                peer?.Once(command, round > 0);
            }

            ceiling.End();
            memory?.End();
            tspin.End();
            peer?.End();
            var speed = CeilingWorker.ProductFlops / Measurement.MedianOf(ceiling.Seconds) / 1e9;
            print($"{shape.Name,-13}{type,-10}ceiling {(withoutPreset ? "unset" : ""),-7}{speed,9:F0} GFLOP/s"
                + (peer is null ? "" : $"   peer / TSpin: {Measurement.MedianOf(peer.Seconds) / Measurement.MedianOf(tspin.Seconds):F2} in wall time, {Measurement.MedianOf(peer.CpuSeconds) / Measurement.MedianOf(tspin.CpuSeconds):F2} in CPU time"));
            double? bound = null;
            if (memory is not null)
            {
                var bandwidth = CeilingWorker.CopyBytes / Measurement.MedianOf(memory.Seconds);
                bound = shape.Count * bandwidth / shape.BytesPerGeneratedStep(type == "float32" ? 4 : 2);
                print($"{shape.Name,-13}{type,-10}memory is read at {bandwidth / 1e9:F1} GB/s, which allows {bound:F0} tokens/s: shares are of that");
            }

            List<Measurement> sides = [Of(tspin, "TSpin")];
            if (peer is not null)
            {
                sides.Add(Of(peer, "peer"));
            }

            sides.ForEach(side => print(side.ToText()));
            return sides;

            Measurement Of(WorkerProcess process, string side) => new(
                shape.Name, type, side, withoutPreset, shape.Count * (generates ? shape.Response : 1),
                Measurement.MedianOf(process.Seconds), process.Seconds.Min(), process.Seconds.Max(), Measurement.MedianOf(process.CpuSeconds), process.PeakBytes,
                generates ? null : shape.UsefulFlops(work.Triplets), speed, bound, generates ? "tokens" : "triplets");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
