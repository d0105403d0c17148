using TSpin.Files;

namespace TSpin.Hub;

/// <summary>
/// Where the hub is and where its files are kept on this machine. The variables and the layout are those of the Python library huggingface_hub,
/// so that both share one cache.
/// </summary>
public sealed record HubSettings
{
    /// <summary>Address of the hub. Default: <c>https://huggingface.co</c>; from <c>HF_ENDPOINT</c>.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Access token, sent to the endpoint's own host only. Default: none; from <c>HF_TOKEN</c>, else from the file named by <c>HF_TOKEN_PATH</c>, else from <c>HF_HOME/token</c>; none where <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c> is set.</summary>
    public string? Token { get; init; }

    /// <summary>Folder of the cache. Default: <c>~/.cache/huggingface/hub</c>; from <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>True to use the cache alone. Default: false; from <c>HF_HUB_OFFLINE</c> or <c>TRANSFORMERS_OFFLINE</c>.</summary>
    public bool Offline { get; init; }

    /// <summary>How often a request is tried when the network or the server fails. Default: 5.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Pause before the second try; doubled before every further one. Default: 1 second.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for an answer or for the next bytes of one. Default: 60 seconds; from <c>HF_HUB_DOWNLOAD_TIMEOUT</c> (seconds).</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The settings that environment variables state.</summary>
    /// <param name="variable">Looks a variable up. Default: this process's environment.</param>
    /// <returns>The settings.</returns>
    /// <exception cref="TSpinException"><c>HF_ENDPOINT</c> is no http address, <c>HF_HUB_DOWNLOAD_TIMEOUT</c> no number of seconds, or the token cannot be sent as a header.</exception>
    public static HubSettings FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        var home = Folder("HF_HOME") ?? Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        var settings = new HubSettings
        {
            CacheFolder = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Offline = IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE"),
            Token = IsOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null : CheckedToken(Text("HF_TOKEN") ?? Text("HUGGING_FACE_HUB_TOKEN") ?? TokenFile(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token"))),
        };
        if (Text("HF_ENDPOINT") is { } endpoint)
        {
            settings = Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? settings with { Endpoint = new Uri(endpoint.TrimEnd('/')) }
                : throw new TSpinException($"HF_ENDPOINT: {Excerpt.Of(endpoint)} is no http or https address. Unset it to use https://huggingface.co.");
        }

        if (Text("HF_HUB_DOWNLOAD_TIMEOUT") is { } seconds)
        {
            settings = int.TryParse(seconds, out var patience) && patience is > 0 and < 86400
                ? settings with { Patience = TimeSpan.FromSeconds(patience) }
                : throw new TSpinException($"HF_HUB_DOWNLOAD_TIMEOUT: {Excerpt.Of(seconds)} is no whole number of seconds between 1 and 86399.");
        }

        return settings;

        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;

        bool IsOn(string name) => Text(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

        string? Folder(string name) => Text(name) switch
        {
            null => null,
            ['~', '/', .. var rest] => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), rest),
            var path => Path.GetFullPath(path),
        };
    }

    private static string? TokenFile(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without a token public repositories still answer, and the others say that one is needed.
            return null;
        }
    }

    // A token with a line break in it could otherwise smuggle headers, and HttpClient's own message would print it.
    private static string? CheckedToken(string? token) => token is null || token.All(c => c is > ' ' and < (char)127)
        ? token
        : throw new TSpinException("HF_TOKEN holds characters that no access token has (spaces, line breaks or letters beyond ASCII). Copy it again from the hub's settings page.");
}
