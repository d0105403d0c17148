using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace TSpin.Dashboard;

/// <summary>
/// A web page on all runs of a folder, live while they run. Reached from this machine only (<c>ssh -L</c> for the
/// rest); it reads what is in the folder and writes nothing.
/// </summary>
public sealed class DashboardServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping;

    private DashboardServer(WebApplication app, CancellationTokenSource stopping, Uri address) =>
        (_app, _stopping, Address) = (app, stopping, address);

    /// <summary>Where the page is.</summary>
    public Uri Address { get; }

    /// <summary>Starts serving.</summary>
    /// <param name="folder">A folder of runs, or of one run.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <returns>The server; dispose it to stop.</returns>
    /// <exception cref="TSpinException">There is no such folder, or the port is taken.</exception>
    public static async Task<DashboardServer> StartAsync(string folder, int port)
    {
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new TSpinException(
                $"{root}: there is no such folder. Give the folder that holds runs, for example runs, or that of one run.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.Limits.MaxConcurrentConnections = 100;
            options.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        var stopping = new CancellationTokenSource();
        var catalogue = new RunCatalogue(root);
        app.Run(new DashboardRequests(catalogue, stopping.Token).AnswerAsync);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            stopping.Dispose();
            throw new TSpinException(
                $"port {port}: cannot be listened on: {error.Message} Take another with --port, or --port 0 for any that is free.", error);
        }

        // The run begun last is the one that will be looked at: what it has so far is read before anybody asks.
        _ = Task.Run(() => catalogue.Runs.MaxBy(run => Directory.GetLastWriteTimeUtc(run.Folder.Path))?.Locked(
            () => 0));
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new DashboardServer(app, stopping, new Uri(address));
    }

    /// <summary>Stops serving.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }
}
