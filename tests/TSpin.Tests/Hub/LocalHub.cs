using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace TSpin.Tests.Hub;

/// <summary>
/// A hub on this machine that speaks the API of huggingface.co as far as downloads need it: listings, HEAD with the content's name and size, small files
/// served by itself and large ones by a second host to which it redirects, byte ranges, and whatever fault a test asks for.
/// </summary>
internal sealed class LocalHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly HttpListener _hub = new();
    private readonly HttpListener _store = new();
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _large = new(StringComparer.Ordinal);
    private readonly string _storeAddress;

    public LocalHub()
    {
        Endpoint = Start(_hub, Answer);
        _storeAddress = Start(_store, Serve);
    }

    public string Endpoint { get; }

    /// <summary>"GET /path" of everything asked for, in order; of the second host with "store " before it.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<string> RangesAskedOfStore { get; } = new();

    public bool StoreSawToken { get; private set; }

    public string? TokenWanted { get; set; }

    /// <summary>The next requests to the hub get these answers, one each; (status, X-Error-Code, Retry-After).</summary>
    public ConcurrentQueue<(int Status, string? Code, string? RetryAfter)> Faults { get; } = new();

    /// <summary>The next contents of the store break off after as many bytes.</summary>
    public ConcurrentQueue<int> BreaksAfter { get; } = new();

    public bool StoreIgnoresRanges { get; set; }

    /// <summary>The store flips a bit in what it sends.</summary>
    public bool StoreAlters { get; set; }

    /// <summary>When set, every listing is this.</summary>
    public string? Listing { get; set; }

    public string? RenamedTo { get; set; }

    public void Add(string path, byte[] content, bool large = false)
    {
        _files[path] = content;
        if (large)
        {
            _large.Add(path);
        }
    }

    public void Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public static byte[] Content(int bytes, int seed)
    {
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    public void Dispose()
    {
        _hub.Close();
        _store.Close();
    }

    private static string Start(HttpListener listener, Action<HttpListenerContext> answer)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            try
            {
                listener.Prefixes.Clear();
                listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                listener.Start();
                _ = Task.Run(() => Loop(listener, answer));
                return $"http://127.0.0.1:{port}";
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // Somebody took the port between the two calls.
            }
        }
    }

    private static async Task Loop(HttpListener listener, Action<HttpListenerContext> answer)
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            try
            {
                answer(context);
                context.Response.Close();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The client went away, or the test broke the connection on purpose.
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = Uri.UnescapeDataString(request.Url!.AbsolutePath);
        Requests.Enqueue($"{request.HttpMethod} {path}");
        if (Faults.TryDequeue(out var fault) && fault.Status != 0)
        {
            response.StatusCode = fault.Status;
            if (fault.Code is not null)
            {
                response.Headers["X-Error-Code"] = fault.Code;
            }

            if (fault.RetryAfter is not null)
            {
                response.Headers["Retry-After"] = fault.RetryAfter;
            }

            return;
        }

        if (TokenWanted is not null && request.Headers["Authorization"] != $"Bearer {TokenWanted}")
        {
            response.StatusCode = 401;
            return;
        }

        if (RenamedTo is { } renamed && path.Contains("/org/name/", StringComparison.Ordinal))
        {
            response.StatusCode = 307;
            response.Headers["Location"] = path.Replace("/org/name/", $"/{renamed}/", StringComparison.Ordinal);
            return;
        }

        if (path.Contains("/revision/", StringComparison.Ordinal))
        {
            if (path.Split("/revision/")[1] is not ("main" or Commit or "v1"))
            {
                response.StatusCode = 404;
                response.Headers["X-Error-Code"] = "RevisionNotFound";
                return;
            }

            Send(response, Encoding.UTF8.GetBytes(Listing ?? JsonSerializer.Serialize(new
            {
                sha = Commit,
                siblings = _files.Keys.Select(name => new { rfilename = name }),
            })));
            return;
        }

        var file = path.Split($"/resolve/{Commit}/") is [_, var name] ? name : "";
        if (!_files.TryGetValue(file, out var content))
        {
            response.StatusCode = 404;
            response.Headers["X-Error-Code"] = "EntryNotFound";
            return;
        }

        response.Headers["X-Repo-Commit"] = Commit;
        if (_large.Contains(file))
        {
            response.StatusCode = 302;
            response.Headers["X-Linked-Etag"] = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))}\"";
            response.Headers["X-Linked-Size"] = $"{content.Length}";
            response.Headers["Location"] = $"{_storeAddress}/{Uri.EscapeDataString(file)}?signature=abc";
            return;
        }

        response.Headers["ETag"] = $"W/\"{GitName(content)}\"";
        if (request.HttpMethod == "HEAD")
        {
            response.ContentLength64 = content.Length;
            return;
        }

        Send(response, content);
    }

    private void Serve(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        StoreSawToken |= request.Headers["Authorization"] is not null;
        var content = _files[Uri.UnescapeDataString(request.Url!.AbsolutePath)[1..]];
        Requests.Enqueue($"store {request.HttpMethod} {request.Url.AbsolutePath}");
        var from = 0;
        if (request.Headers["Range"] is { } range)
        {
            RangesAskedOfStore.Enqueue(range);
            if (!StoreIgnoresRanges)
            {
                from = int.Parse(range["bytes=".Length..].TrimEnd('-'));
                response.StatusCode = 206;
                response.Headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
            }
        }

        if (StoreAlters)
        {
            content = [.. content];
            content[^1] ^= 1;
        }

        if (BreaksAfter.TryDequeue(out var most) && from + most < content.Length)
        {
            response.ContentLength64 = content.Length - from;
            response.OutputStream.Write(content.AsSpan(from, most));
            response.OutputStream.Flush();
            response.Abort();
            return;
        }

        Send(response, content[from..]);
    }

    private static void Send(HttpListenerResponse response, byte[] content)
    {
        response.ContentLength64 = content.Length;
        response.OutputStream.Write(content);
    }

#pragma warning disable CA5350 // git's own name of a content
    public static string GitName(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
}
