using Shouldly;
using TSpin.Generation;
using TSpin.Prompts;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Generation;

/// <summary>From a tenth of the work on, the time left that is shown is within a factor of 1.5 of what it turns out to be. A stage is played through on a stand-in clock.</summary>
public sealed class TimeLeftTests
{
    private const int Limit = 256;
    private const int Batch = 32;

    [Theory]
    [InlineData("short ones end first", 271, 0.010, 0.0002)]
    [InlineData("short ones end first", 3000, 0.002, 0.0010)]
    [InlineData("few ends, most are cut", 271, 0.010, 0.0002)]
    [InlineData("few ends, most are cut", 271, 0.0005, 0.0010)]
    [InlineData("like a bell", 271, 0.010, 0.0002)]
    [InlineData("a long tail", 1000, 0.004, 0.0004)]
    [InlineData("a long tail", 3000, 0.004, 0.0004)]
    [InlineData("all are cut but one in ten", 271, 0.004, 0.0004)]
    [InlineData("all of one length", 271, 0.004, 0.0004)]
    public void From_a_tenth_of_the_work_on_the_estimate_is_within_a_factor_of_one_and_a_half(string lengths, int prompts, double step, double row)
    {
        var seen = Play(prompts, lengths, rows => step + (row * rows), promptToken: 0.00005);
        var total = seen[^1].At;
        // How long the last few answers get is chance where a token may be the last at any time: no estimate can know.
        var late = seen.Where(report => report.At >= 0.1 * total && report.At < 0.95 * total && (lengths != "a long tail" || report.Done <= prompts - Batch)).ToArray();
        late.Length.ShouldBeGreaterThan(8);
        foreach (var (at, left, _) in late)
        {
            if (left is null)
            {
                // Nothing is said before an answer has ended; that is late where nearly all have the same length.
                at.ShouldBeLessThan(0.13 * total);
                continue;
            }

            Factor(left.Value, total - at).ShouldBeLessThan(1.5, $"at {at:F1} s of {total:F1} s: said {left:F1} s, were {total - at:F1} s");
        }
    }

    [Fact]
    public void A_machine_that_gets_busy_is_noticed_within_a_tenth_of_the_work()
    {
        var steps = 0;
        var seen = Play(1000, "a long tail", rows => (0.004 + (0.0004 * rows)) * (++steps < 300 ? 1 : 5), promptToken: 0.00005);
        var total = seen[^1].At;
        var busy = 300 * (0.004 + (0.0004 * Batch));
        foreach (var (at, left, _) in seen.Where(report => report.At >= busy + (0.1 * total) && report.Done <= 1000 - Batch))
        {
            Factor(left!.Value, total - at).ShouldBeLessThan(1.5, $"at {at:F1} s of {total:F1} s: said {left:F1} s, were {total - at:F1} s");
        }
    }

    [Fact]
    public void A_continued_stage_knows_the_lengths_of_its_first_start()
    {
        var first = Play(800, "a long tail", rows => 0.004 + (0.0004 * rows), promptToken: 0.00005, finishedWaves: 1);
        var total = first[^1].At;
        var (at, left, _) = first.First(report => report.Left is not null && report.At > 0);
        at.ShouldBeLessThan(0.05 * total);
        Factor(left!.Value, total - at).ShouldBeLessThan(1.5);
    }

    [Fact]
    public void Scoring_knows_from_its_first_batch_on_how_long_the_rest_takes()
    {
        var random = new RandomStream(3);
        // As passes are made: of like lengths, the longest first.
        int[][] batches = [.. Enumerable.Range(0, 60).Select(_ => 50 + (int)(900 * random.NextDouble())).OrderDescending().Select(tokens => Enumerable.Repeat(tokens, 4).ToArray())];
        var clock = new StandInClock();
        var seen = new List<(double At, GenerationProgress Value)>();
        var meter = new ScoringMeter(new Listener<GenerationProgress>(value => seen.Add((clock.Seconds, value))), "things", 240, batches.Sum(batch => (long)batch.Sum()), clock);
        foreach (var batch in batches)
        {
            clock.Advance(0.01 + (0.0005 * batch.Sum()));
            meter.Report((batch.Length, batch.Sum()));
        }

        var total = seen[^1].At;
        seen.Count.ShouldBeGreaterThan(20);
        seen[^1].Value.ShouldBe(new GenerationProgress(240, 240, batches.Sum(batch => (long)batch.Sum()), seen[^1].Value.TokensPerSecond, 0) { Counted = "things", IsScoring = true });
        foreach (var (at, value) in seen.Where(report => report.At < 0.95 * total))
        {
            Factor(value.SecondsLeft!.Value, total - at).ShouldBeLessThan(1.2, $"at {at:F1} s of {total:F1} s");
        }
    }

    private static double Factor(double a, double b) => Math.Max(a / b, b / a);

    private static int Length(string law, RandomStream random)
    {
        var u = random.NextDouble();
        return law switch
        {
            "short ones end first" => u < 0.3 ? 5 + (int)(20 * random.NextDouble()) : 60 + (int)(190 * random.NextDouble()),
            "few ends, most are cut" => u < 0.3 ? 10 + (int)(60 * random.NextDouble()) : Limit,
            "like a bell" => 80 + (int)(40 * (random.NextDouble() + random.NextDouble() + random.NextDouble())),
            "a long tail" => Math.Clamp((int)(-60 * Math.Log(1 - u)), 1, Limit),
            "all are cut but one in ten" => u < 0.1 ? 1 + (int)(250 * random.NextDouble()) : Limit,
            _ => 100,
        };
    }

    // As Wave does it: places that are free are filled when they are an eighth of the batch.
    private static List<(double At, double? Left, int Done)> Play(int count, string law, Func<int, double> cost, double promptToken, int finishedWaves = 0)
    {
        var random = new RandomStream(11);
        PromptTokens[] prompts = [.. Enumerable.Range(0, count).Select(i => new PromptTokens(i, new int[20 + (i % 40)]))];
        var lengths = prompts.ToDictionary(prompt => prompt.Index, _ => Length(law, random));
        var waves = WavePlan.Of(prompts, Batch);
        Response[] finished = [.. waves.Take(finishedWaves).SelectMany(wave => wave).Select(prompt =>
            new Response(prompt.Index, new int[lengths[prompt.Index]], [], lengths[prompt.Index] == Limit ? FinishReason.Length : FinishReason.Eos, 0, ""))];
        var clock = new StandInClock();
        var reports = new List<(double At, double? Left, int Done)>();
        var meter = new ProgressMeter(new Listener<GenerationProgress>(value => reports.Add((clock.Seconds, value.SecondsLeft, value.Done))), waves, finishedWaves, finished, Batch, Limit, clock);
        foreach (var wave in waves.Skip(finishedWaves))
        {
            var waiting = new Queue<PromptTokens>(wave);
            var running = new List<(int Index, int Tokens)>();
            var places = Math.Min(Batch, wave.Length);
            while (waiting.Count > 0 || running.Count > 0)
            {
                var free = places - running.Count;
                PromptTokens[] admitted = free >= Math.Max(1, places / 8) || running.Count == 0 ? [.. Enumerable.Range(0, Math.Min(free, waiting.Count)).Select(_ => waiting.Dequeue())] : [];
                clock.Advance(admitted.Length > 0 ? promptToken * admitted.Sum(prompt => prompt.Ids.Length) : cost(running.Count));
                var stepped = admitted.Length > 0 ? admitted.Length : running.Count;
                running = admitted.Length > 0 ? [.. running, .. admitted.Select(prompt => (prompt.Index, 1))] : [.. running.Select(entry => (entry.Index, entry.Tokens + 1))];
                var whole = running.Where(entry => entry.Tokens >= lengths[entry.Index]).ToArray();
                running.RemoveAll(entry => entry.Tokens >= lengths[entry.Index]);
                meter.Report(new WaveStep(stepped, whole.Length, whole.Sum(entry => entry.Tokens))
                {
                    PromptTokens = admitted.Sum(prompt => prompt.Ids.Length),
                    Waiting = waiting.Count,
                    Running = [.. running.Select(entry => entry.Tokens)],
                    Whole = [.. whole.Select(entry => (entry.Tokens, entry.Tokens == Limit))],
                });
            }

            meter.WaveDone();
        }

        return reports;
    }
}
