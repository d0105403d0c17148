using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using TSpin.Files;

namespace TSpin.Hub;

/// <summary>
/// Speaks with a Hugging Face hub: lists a revision (<c>GET /api/models/ID/revision/REV</c>), asks about a file (<c>HEAD /ID/resolve/COMMIT/PATH</c>)
/// and fetches one. Requests that the network or the server fails are repeated with growing pauses; the token goes to the hub's own host only.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int LongestListing = 64 << 20;

    private readonly HubSettings _settings;
    private readonly HttpClient _http;

    public HubClient(HubSettings settings)
    {
        _settings = settings;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // we decide who sees the token
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(15),
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("tspin", typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0"));
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public Uri PageOf(HubKind kind, string id) => new($"{_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{(kind == HubKind.Dataset ? "datasets/" : "")}{id}");

    /// <summary>The commit that a revision stands at, and the paths of its files.</summary>
    public Task<(string Commit, string[] Paths)> ListAsync(HubKind kind, HubReference repository, CancellationToken cancellation)
    {
        var address = new Uri($"{_settings.Endpoint.AbsoluteUri.TrimEnd('/')}/api/{(kind == HubKind.Dataset ? "datasets" : "models")}/{repository.Id}/revision/{Uri.EscapeDataString(repository.Revision)}");
        return RepeatAsync(address, async patience =>
        {
            using var answer = await SendAsync(HttpMethod.Get, address, 0, followElsewhere: true, patience).ConfigureAwait(false);
            Require(answer, address, kind, repository, null);
            await using var stream = await answer.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
            var text = new MemoryStream();
            await CopyAsync(stream, text, LongestListing, patience, null).ConfigureAwait(false);
            try
            {
                using var json = JsonDocument.Parse(text.ToArray());
                var commit = json.RootElement.GetProperty("sha").GetString() ?? "";
                var paths = json.RootElement.GetProperty("siblings").EnumerateArray()
                    .Select(file => HubCache.RequireSafe(file.GetProperty("rfilename").GetString() ?? "", repository.Id)).ToArray();
                return HubCache.IsCommit(commit) ? (commit, paths) : throw new KeyNotFoundException("no commit");
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new TSpinException($"{address}: the answer is not a hub's listing ({error.Message}). Is HF_ENDPOINT ({_settings.Endpoint}) a Hugging Face hub?", error);
            }
        }, cancellation);
    }

    /// <summary>Name and size of a file's content.</summary>
    public Task<HubFile> AskAsync(HubKind kind, HubReference repository, string commit, string path, CancellationToken cancellation)
    {
        var address = new Uri($"{PageOf(kind, repository.Id).AbsoluteUri}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");
        return RepeatAsync(address, async patience =>
        {
            // A redirect to another host is where the content is; what it is, the hub itself says in its own headers.
            using var answer = await SendAsync(HttpMethod.Head, address, 0, followElsewhere: false, patience).ConfigureAwait(false);
            if (!IsRedirect(answer.StatusCode))
            {
                Require(answer, address, kind, repository, path);
            }

            var etag = Header(answer, "X-Linked-Etag") ?? answer.Headers.ETag?.Tag ?? Header(answer, "ETag");
            var size = Header(answer, "X-Linked-Size") is { } linked && long.TryParse(linked, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
                ? bytes : answer.Content.Headers.ContentLength;
            if (etag is null || size is null)
            {
                throw new TSpinException($"{address}: the server says neither the content's name (ETag) nor its size. Is HF_ENDPOINT ({_settings.Endpoint}) a Hugging Face hub?");
            }

            var name = HubCache.RequireSafeTag((etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"'), address.AbsoluteUri);
            return new HubFile(path, commit, name, size.Value, address);
        }, cancellation);
    }

    /// <summary>Appends what is missing of a file to its beginning on disk.</summary>
    /// <param name="kind">Model or dataset.</param>
    /// <param name="repository">Its repository, for messages.</param>
    /// <param name="file">What to fetch.</param>
    /// <param name="path">The file that grows; what is there already is taken as the content's beginning.</param>
    /// <param name="received">Called with the file's length after every block.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    public async Task FetchAsync(HubKind kind, HubReference repository, HubFile file, string path, Action<long> received, CancellationToken cancellation)
    {
        await using var target = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1 << 16);
        target.Seek(0, SeekOrigin.End);
        if (target.Length > file.Bytes)
        {
            target.SetLength(0);
        }

        received(target.Length);
        if (target.Length < file.Bytes)
        {
            await RepeatAsync(file.Address, patience => FetchRestAsync(kind, repository, file, target, received, patience), cancellation, () => target.Length).ConfigureAwait(false);
        }

        target.Flush(flushToDisk: true);
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> FetchRestAsync(HubKind kind, HubReference repository, HubFile file, FileStream target, Action<long> received, Patience patience)
    {
        using var answer = await SendAsync(HttpMethod.Get, file.Address, target.Length, followElsewhere: true, patience).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            target.SetLength(0);
            throw new HttpRequestException("the server has fewer bytes than it said");
        }

        Require(answer, file.Address, kind, repository, file.Path);
        if (target.Length > 0 && (answer.StatusCode != HttpStatusCode.PartialContent || answer.Content.Headers.ContentRange?.From != target.Length))
        {
            target.SetLength(0); // the server sends the whole
        }

        target.Seek(0, SeekOrigin.End);
        await using var stream = await answer.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
        await CopyAsync(stream, target, file.Bytes - target.Length, patience, () => received(target.Length)).ConfigureAwait(false);
        return target.Length == file.Bytes ? true : throw new HttpRequestException($"the connection ended after {target.Length:N0} of {file.Bytes:N0} bytes");
    }

    private static async Task CopyAsync(Stream source, Stream target, long most, Patience patience, Action? received)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            patience.Renew();
            var count = await source.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
            if (count == 0)
            {
                return;
            }

            most -= count;
            if (most < 0)
            {
                throw new HttpRequestException("the server sent more bytes than it said");
            }

            await target.WriteAsync(buffer.AsMemory(0, count), patience.Token).ConfigureAwait(false);
            received?.Invoke();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, bool followElsewhere, Patience patience)
    {
        for (var hops = 0; ; hops++)
        {
            patience.Renew();
            using var request = new HttpRequestMessage(method, address);
            if (_settings.Token is { } token && IsOwnHost(address))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            if (from > 0)
            {
                request.Headers.Range = new RangeHeaderValue(from, null);
            }

            var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            if (!IsRedirect(answer.StatusCode) || answer.Headers.Location is not { } location)
            {
                return answer;
            }

            var next = new Uri(address, location);
            if (!followElsewhere && !IsOwnHost(next))
            {
                return answer;
            }

            answer.Dispose();
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http") || hops == MostRedirects)
            {
                throw new TSpinException($"{address}: the server points to {next}, which is not followed (another scheme, or more than {MostRedirects} redirects).");
            }

            address = next;
        }
    }

    private bool IsOwnHost(Uri address) => address.Authority == _settings.Endpoint.Authority && address.Scheme == _settings.Endpoint.Scheme;

    private static bool IsRedirect(HttpStatusCode code) => (int)code is 301 or 302 or 303 or 307 or 308;

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    // Tries again what may pass by itself: no connection, a broken one, silence, 429 and 5xx. A try that got further than any before it has not failed.
    private async Task<T> RepeatAsync<T>(Uri address, Func<Patience, Task<T>> request, CancellationToken cancellation, Func<long>? length = null)
    {
        var pause = _settings.FirstPause;
        var farthest = length?.Invoke() ?? 0;
        for (var attempt = 1; ; attempt++)
        {
            using var patience = new Patience(_settings.Patience, cancellation);
            TimeSpan? wanted = null;
            Exception failure;
            try
            {
                return await request(patience).ConfigureAwait(false);
            }
            catch (HubBusyException busy)
            {
                (failure, wanted) = (busy, busy.RetryAfter);
            }
            catch (Exception error) when (error is HttpRequestException || (error is IOException && !DiskFault(error)))
            {
                failure = error;
            }
            catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
            {
                failure = new TimeoutException($"no answer for {_settings.Patience.TotalSeconds:0} seconds", error);
            }

            if (length?.Invoke() > farthest)
            {
                (farthest, attempt, pause) = (length(), 0, _settings.FirstPause);
            }
            else if (attempt >= _settings.Attempts)
            {
                throw new HubUnreachableException(
                    $"{address}: {Reason(failure)} ({_settings.Attempts} tries). Check the network and HF_ENDPOINT ({_settings.Endpoint}); what has arrived is kept, and the same command continues. "
                    + "Without a network: HF_HUB_OFFLINE=1 uses what is in the cache, and --model takes a folder.", failure);
            }

            var wait = wanted is { } asked && asked > pause ? TimeSpan.FromTicks(Math.Min(asked.Ticks, TimeSpan.FromMinutes(5).Ticks)) : pause;
            await Task.Delay(wait, cancellation).ConfigureAwait(false);
            pause *= 2;
        }
    }

    private static string Reason(Exception failure) => failure switch
    {
        { InnerException: { } inner } when failure is HttpRequestException => inner.Message.TrimEnd('.'),
        _ => failure.Message.TrimEnd('.'),
    };

    // A full disk (ENOSPC, EDQUOT) does not get better by asking the server again.
    private static bool DiskFault(Exception error) => error.HResult is 28 or 122;

    private void Require(HttpResponseMessage answer, Uri address, HubKind kind, HubReference repository, string? file)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        var status = (int)answer.StatusCode;
        var page = PageOf(kind, repository.Id);
        var token = _settings.Token is null ? "no HF_TOKEN is set" : "the HF_TOKEN that is set does not open it";
        throw (status, Header(answer, "X-Error-Code")) switch
        {
            (429 or >= 500, _) => new HubBusyException($"the server answered {status} {answer.ReasonPhrase}", Delay(answer)),
            (_, "GatedRepo") => new TSpinException($"{repository.Id} is gated, and {token}. Accept its terms at {page}, then set HF_TOKEN to a token of that account."),
            (404, "RevisionNotFound") => new TSpinException($"{repository.Id} has no revision '{repository.Revision}'. Its branches and tags are at {page}/refs."),
            (404, "EntryNotFound") => new TSpinException($"{repository.Id}@{repository.Revision} has no file {Excerpt.Of(file)}. Its files are at {page}/tree/{repository.Revision}."),
            (401 or 403 or 404, _) => new TSpinException(
                $"{page}: the server answered {status}: there is no such {(kind == HubKind.Model ? "model" : "dataset")}, or it is private and {token}. Check the name; a local folder must exist at the path given."),
            _ => new TSpinException($"{address}: the server answered {status} {answer.ReasonPhrase}. Is HF_ENDPOINT ({_settings.Endpoint}) a Hugging Face hub?"),
        };
    }

    private static TimeSpan? Delay(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date is { } date ? date - DateTimeOffset.UtcNow : null) : null;

    private sealed class HubBusyException(string message, TimeSpan? retryAfter) : Exception(message)
    {
        public TimeSpan? RetryAfter { get; } = retryAfter;
    }

    /// <summary>Ends a request that has been silent for too long; every block that arrives renews it.</summary>
    private sealed class Patience(TimeSpan limit, CancellationToken cancellation) : IDisposable
    {
        private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        public CancellationToken Token => _source.Token;

        public void Renew() => _source.CancelAfter(limit);

        public void Dispose() => _source.Dispose();
    }
}
