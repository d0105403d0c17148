using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TSpin.Files;
using TSpin.Reports;

namespace TSpin.Dashboard;

/// <summary>Answers the page's requests. Every one only reads.</summary>
/// <param name="catalogue">The runs.</param>
/// <param name="stopping">When the server stops.</param>
internal sealed class DashboardRequests(RunCatalogue catalogue, CancellationToken stopping)
{
    private const int MaxRunsAtOnce = 8;
    private const int MaxTriplets = 100;
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(20);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Answers.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        if (!RequestGuard.Allow(context))
        {
            return;
        }

        var path = context.Request.Path.Value ?? "/";
        if (PageAsset.Find(path) is { } asset)
        {
            context.Response.ContentType = asset.Type;
            context.Response.ContentLength = asset.Bytes.Length;
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted).ConfigureAwait(false);
            }

            return;
        }

        if (path == "/api/changes")
        {
            await FollowAsync(context).ConfigureAwait(false);
            return;
        }

        object? answer;
        try
        {
            answer = path switch
            {
                "/api/runs" => Runs(),
                "/api/run" => Run(context.Request),
                "/api/series" => Series(context.Request),
                "/api/scores" => Scores(context.Request),
                "/api/triplets" => Triplets(context),
                _ => null,
            };
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or TSpinException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            answer = new { error = error.Message };
        }

        if (answer is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            answer = new { error = "There is no such page, or no such run in this folder." };
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, Json);
        context.Response.ContentLength = bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    // Server-sent events: which runs changed. What changed the page asks for itself, so that no step can come twice or
    // be missed.
    private async Task FollowAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            var shown = context.Request.Query["run"].Take(MaxRunsAtOnce).ToHashSet();
            var (said, silent) = ("", 0);
            while (true)
            {
                var versions = catalogue.Runs.ToDictionary(
                    run => run.Id, run => shown.Contains(run.Id) ? run.Locked(() => run.Version) : run.RecordedAt);
                var now = JsonSerializer.Serialize(versions, Json);
                var text = now != said ? $"event: change\ndata: {now}\n\n" : silent >= 30 ? ": still here\n\n" : "";
                (said, silent) = (now, text.Length > 0 ? 0 : silent + 1);
                if (text.Length > 0)
                {
                    await context.Response.WriteAsync(text, ended.Token).ConfigureAwait(false);
                    await context.Response.Body.FlushAsync(ended.Token).ConfigureAwait(false);
                }

                var isBehind = catalogue.Runs.Any(run => shown.Contains(run.Id) && run.ReadShare < 1);
                await Task.Delay(isBehind ? ReadPause : LookPause, ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or the server stops.
        }
    }

    private object Runs() => new
    {
        root = catalogue.Root,
        charts = Described(StepSeries.Charts),
        runs = catalogue.Runs.Select(run => Head(run)),
    };

    private static IEnumerable<object> Described(IEnumerable<TrainingChart> charts) => charts.Select(chart => new
    {
        chart.Title,
        unit = chart.YTitle,
        zero = chart.IncludesZero,
        lines = chart.Lines.Select(line => new { line.Key, line.Name, line.Colour }),
    });

    private static object Head(WatchedRun run)
    {
        var about = TolerantJson.ReadObject(run.Files.Guarded(run.Folder.Run), [], root => new
        {
            Method = JsonField.Text(root, "method") ?? "",
            Status = JsonField.Text(root, "status") ?? "",
            Started = JsonField.Text(root, "started") ?? "",
        });
        return new
        {
            run.Id,
            method = MethodName.Display(about?.Method ?? ""),
            status = run.Status(about?.Status ?? ""),
            started = about?.Started ?? ""
        };
    }

    private object? Run(HttpRequest request) => Find(request) is not { } run ? null : run.Locked(() =>
    {
        var summary = run.Summary();
        var status = run.Status(summary.Status);
        var stages = RunStage.Of(run, summary.PlannedIterations ?? 0, status);
        var last = run.Iterations.Select(run.Last).LastOrDefault(step => step is not null);
        var left = stages.Where(stage => stage.State != "done").ToArray();
        return (object)new
        {
            run.Id,
            folder = run.Folder.Path,
            method = MethodName.Display(summary.Method),
            status,
            summary.Started,
            stages,
            secondsLeft = left.Length > 0 && left.All(stage => stage.SecondsLeft is not null)
                ? left.Sum(stage => stage.SecondsLeft) : null,
            now = last is null ? null : new
            {
                last.Iteration,
                last.Step,
                last.Steps,
                loss = Finite(last.Loss),
                u = Finite(last.CurrentAdvantage),
                v = Finite(last.HistoricalAdvantage),
                tokensPerSecond = Finite(last.TokensPerSecond),
                learningRate = Finite(last.LearningRate),
                memory = Finite(last.PeakMemoryBytes),
            },
            summary.Alarms,
            summary.Notes,
            examples = summary.AnnotatedExamples,
            tripletIterations = run.Iterations.Where(t => File.Exists(run.Files.Guarded(run.Folder.Responses(t)))),
            recipe = run.Text(run.Folder.Recipe),
            environment = run.Text(run.Folder.Environment),
        };
    });

    private object? Series(HttpRequest request) => Find(request) is not { } run ? null : run.Locked(() =>
    {
        var points = Number(request, "points", 400, 10, 2000);
        var (positions, starts, offset) = (new List<double>(), new List<object>(), 0.0);
        var buckets = new List<StepBucket>();
        foreach (var iteration in run.Series.Iterations)
        {
            starts.Add(new { iteration, at = offset });
            var some = run.Series.Buckets(iteration, points).ToArray();
            positions.AddRange(some.Select(bucket => offset + ((bucket.First + bucket.Last) / 2.0)));
            buckets.AddRange(some);
            offset += run.Last(iteration)!.Step;
        }

        var own = TrainingChart.OfTerms(run.Series.OwnNames);
        var isThinned = buckets.Any(bucket => bucket.Last > bucket.First);
        return (object)new
        {
            run.Id,
            steps = run.Series.Count,
            read = run.ReadShare,
            x = positions,
            starts,
            own = Described(own),
            lines = StepSeries.Lines.Select(
                (line, index) => (line.Key, Values: buckets.ConvertAll(bucket => bucket.Of(index))))
                .Concat(own.Zip(run.Series.OwnNames, (chart, term) =>
                    (chart.Lines[0].Key, Values: buckets.ConvertAll(bucket => bucket.Of(term)))))
                .Where(line => line.Values.Any(value => value is not null))
                .ToDictionary(line => line.Key, line => new
                {
                    mean = line.Values.Select(value => Short(value?.Mean)),
                    low = isThinned ? line.Values.Select(value => Short(value?.Low)) : null,
                    high = isThinned ? line.Values.Select(value => Short(value?.High)) : null,
                }),
        };
    });

    private object? Scores(HttpRequest request)
    {
        var runs = request.Query["run"].Take(MaxRunsAtOnce).Select(id => catalogue.Find(id ?? "")).ToArray();
        if (runs.Length == 0 || runs.Any(run => run is null))
        {
            return null;
        }

        RunSummary[] summaries = [.. runs.Select(run => run!.Locked(run.Summary))];
        var table = ScoreTable.From(summaries);
        return new
        {
            table.Headers,
            rows = table.Rows.Select((row, index) => new
            {
                row.Run,
                row.Cells,
                best = row.Cells.Select((_, column) => table.Best.Contains((index, column)))
            }),
            charts = ScoreColumn.Present(summaries).Take(12).Select(column => new
            {
                column.Title,
                column.IsShare,
                runs = summaries.Select((summary, index) => new
                {
                    runs[index]!.Id,
                    points = summary.Iterations.Select(
                        iteration => (iteration.Iteration, Score: column.Of(iteration.Evaluation)))
                        .Prepend((Iteration: -1, Score: column.Of(summary.Initial)))
                        .Where(point => point.Score is not null)
                        .Select(point => new
                        {
                            point.Iteration,
                            value = point.Score!.Shown,
                            error = Finite(point.Score.ShownError)
                        }),
                }),
            }),
        };
    }

    private object? Triplets(HttpContext context) => Find(context.Request) is not { } run ? null : run.Locked(() =>
    {
        var request = context.Request;
        var iteration = Number(request, "iteration", 0, 0, 100_000);
        var search = $"{request.Query["search"]}";
        var (total, triplets) = new TripletPage(run, iteration).Read(
            $"{request.Query["sort"]}", request.Query["order"] == "desc", search.Length <= 200 ? search
                : search[..200], Number(request, "offset", 0, 0, int.MaxValue),
            Number(request, "count", 10, 1, MaxTriplets), context.RequestAborted);
        return (object)new { iteration, total, triplets };
    });

    private WatchedRun? Find(HttpRequest request) => catalogue.Find($"{request.Query["run"]}");

    private static int Number(HttpRequest request, string name, int otherwise, int least, int most) =>
        int.TryParse(request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Clamp(number, least, most) : otherwise;

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static float? Short(double? value) =>
        value is { } number && float.IsFinite((float)number) ? (float)number : null;
}
