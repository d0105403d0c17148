using System.Net.Http.Json;
using TSpin;
using TSpin.Generation;
using TSpin.Prompts;

namespace Extending;

/// <summary>Asks a server for every answer, several at a time. Text that ends an answer, top-k and top-p are not sent, so they are refused.</summary>
public sealed class HttpGenerator : IGenerator, IDisposable
{
    private readonly HttpClient _client;
    private readonly GeneratorPolicy _policy;

    /// <summary>Joins a server with a state of the model.</summary>
    /// <param name="server">Where it listens.</param>
    /// <param name="policy">The state; the server loads its folder.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="endIds">Ids that end an answer.</param>
    /// <exception cref="TSpinException">An option is one that the server does not take.</exception>
    public HttpGenerator(Uri server, GeneratorPolicy policy, SamplingOptions options, IReadOnlyList<int> endIds)
    {
        if (options.StopTexts.Count > 0 || options.TopK > 0 || options.TopP < 1)
        {
            throw new TSpinException("The sample's server knows temperature alone. Leave generation.stop, top_k and top_p out.");
        }

        (_client, _policy, Options, EndIds) = (new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) }, policy, options, endIds);
    }

    /// <inheritdoc/>
    public SamplingOptions Options { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> EndIds { get; }

    /// <inheritdoc/>
    public string ComputedIn => "sample server";

    /// <inheritdoc/>
    public void Check(IReadOnlyList<PromptTokens> prompts)
    {
        if (prompts.FirstOrDefault(prompt => prompt.Ids.Length == 0) is { } empty)
        {
            throw new TSpinException($"Prompt {empty.Index} has no tokens; give it some text, or leave it out.");
        }
    }

    /// <inheritdoc/>
    public int BatchSizeFor(IReadOnlyList<PromptTokens> prompts) => 8;

    /// <inheritdoc/>
    public IReadOnlyList<Response> GenerateWave(
        IReadOnlyList<PromptTokens> prompts, ResponseSeeds seeds, int batchSize, IProgress<WaveStep>? steps = null, CancellationToken cancellation = default)
    {
        var answers = new Response[prompts.Count];
        try
        {
            Parallel.ForAsync(0, prompts.Count, new ParallelOptions { MaxDegreeOfParallelism = batchSize, CancellationToken = cancellation }, async (i, stop) =>
                answers[i] = await Answer(prompts[i], seeds.Of(prompts[i].Index), stop).ConfigureAwait(false)).GetAwaiter().GetResult();
        }
        catch (HttpRequestException error)
        {
            throw new TSpinException($"{_client.BaseAddress}: the server gave no answer: {error.Message} Start it again, and continue the run with the same command.", error);
        }

        return answers;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private async Task<Response> Answer(PromptTokens prompt, ulong seed, CancellationToken cancellation)
    {
        var request = new WireRequest(_policy.Folder, prompt.Ids, seed, Options.MaxNewTokens, Options.Temperature, [.. EndIds]);
        using var reply = await _client.PostAsJsonAsync(new Uri("answer", UriKind.Relative), request, cancellation).ConfigureAwait(false);
        reply.EnsureSuccessStatusCode();
        var answer = await reply.Content.ReadFromJsonAsync<WireAnswer>(cancellation).ConfigureAwait(false) ?? throw new HttpRequestException("it sent nothing");
        return new Response(prompt.Index, answer.Tokens, answer.LogProbs, answer.Ended ? FinishReason.Eos : FinishReason.Length, seed, answer.Text);
    }
}
