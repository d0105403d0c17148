using System.Net;
using System.Text.Json;
using TSpin.Generation;
using TSpin.Models;
using TSpin.Tokenizers;

namespace Extending;

/// <summary>Stands in for an inference server: answers <see cref="WireRequest"/> over HTTP on the loopback address, with this library behind it.</summary>
public sealed class StandInServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private (string Folder, Decoder Decoder, Tokenizer Tokenizer)? _model;

    /// <summary>Begins to listen.</summary>
    /// <param name="port">A free port.</param>
    public StandInServer(int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _serving = Task.Run(Serve);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Prompts answered so far.</summary>
    public int Answered { get; private set; }

    /// <summary>Stops.</summary>
    public void Dispose()
    {
        _listener.Close();
        _serving.Wait(TimeSpan.FromSeconds(10));
        _model?.Decoder.Dispose();
    }

    private void Serve()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = _listener.GetContext();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                Reply(context);
            }
            catch (HttpListenerException)
            {
                // Whoever asked has hung up, perhaps with the whole answer: nobody is left to tell.
            }
        }
    }

    private void Reply(HttpListenerContext context)
    {
        using var response = context.Response;
        try
        {
            var request = JsonSerializer.Deserialize<WireRequest>(context.Request.InputStream, JsonSerializerOptions.Web)!;
            JsonSerializer.Serialize(response.OutputStream, Answer(request), JsonSerializerOptions.Web);
        }
        catch (Exception error) when (error is JsonException or TSpin.TSpinException)
        {
            response.StatusCode = (int)HttpStatusCode.BadRequest;
        }
    }

    private WireAnswer Answer(WireRequest request)
    {
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
