using System.Net;
using System.Text.Json;
using TSpin.Dashboard;

namespace TSpin.Tests.Dashboard;

/// <summary>The page's server on a folder, asked over HTTP as a browser asks.</summary>
internal sealed class Page : IAsyncDisposable
{
    private readonly DashboardServer _server;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private Page(DashboardServer server) => _server = server;

    public Uri Address => _server.Address;

    public HttpClient Client => _client;

    public static async Task<Page> OfAsync(string folder) => new(await DashboardServer.StartAsync(folder, 0));

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(Address, path));
        answer.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement;
    }

    public async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, string? host = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Headers.Host = host;
        using var answer = await _client.SendAsync(request);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }
}
