using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Tokenizers;

namespace Extending;

/// <summary>Stands in for an inference server: answers <see cref="WireRequest"/> over HTTP on the loopback address, with this library behind it.</summary>
public sealed class StandInServer : IDisposable
{
    private readonly WebApplication _server;
    private readonly Lock _one = new();
    private (string Folder, Decoder Decoder, Tokenizer Tokenizer)? _model;

    /// <summary>Begins to listen.</summary>
    /// <param name="port">The port; 0 takes a free one.</param>
    public StandInServer(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        _server = builder.Build();
        _server.Run(Reply);
        _server.StartAsync().GetAwaiter().GetResult();
        Address = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Prompts answered so far.</summary>
    public int Answered { get; private set; }

    /// <summary>Stops.</summary>
    public void Dispose()
    {
        _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _model?.Decoder.Dispose();
    }

    private async Task Reply(HttpContext context)
    {
        try
        {
            var request = await context.Request.ReadFromJsonAsync<WireRequest>(context.RequestAborted).ConfigureAwait(false);
            await context.Response.WriteAsJsonAsync(Answer(request!), context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is JsonException or TSpin.TSpinException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has hung up: nobody is left to tell.
        }
    }

    // One at a time: they share the model.
    private WireAnswer Answer(WireRequest request)
    {
        using var one = _one.EnterScope();
        if (_model?.Folder != request.Folder)
        {
            _model?.Decoder.Dispose();
            _model = (request.Folder, DecoderLoader.Load(request.Folder), Tokenizer.Load(request.Folder));
        }

        var options = new SamplingOptions { MaxNewTokens = request.MaxNewTokens, Temperature = request.Temperature, BatchSize = 1 };
        var generator = new Generator(_model.Value.Decoder, _model.Value.Tokenizer, options, request.EndIds);
        var answer = generator.Answer(request.Prompt, request.Seed);
        Answered++;
        return new WireAnswer(answer.Tokens, answer.LogProbs, answer.FinishReason == FinishReason.Eos, answer.Text);
    }
}
