using System.Reflection;
using Microsoft.Playwright;
using Xunit;

namespace TSpin.Tests.Dashboard;

/// <summary>Debian's chromium, driven by Playwright; skips the running test, visibly, where there is none.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _faults = [];

    private static readonly string[] OfAServerThatWent = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING"];

    private Browser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>What the page's console said of errors, refused scripts among them, and dialogs that opened.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public static async Task<Browser> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"{Chromium} is absent (apt-get install chromium)");

        // The driver stays in the package's folder: it is 100 MB, which no build should copy.
        var package = typeof(Browser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(entry => entry.Key == "PlaywrightPackage").Value!;
        Environment.SetEnvironmentVariable("PLAYWRIGHT_DRIVER_SEARCH_PATH", package);
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright,
            await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] }));
    }

    public async Task<IPage> OpenAsync(Uri address, int width = 1280, int height = 900,
        ColorScheme scheme = ColorScheme.Light, bool isReady = true)
    {
        var context = await _browser.NewContextAsync(
            new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        page.Console += (_, message) =>
            Note(message.Type == "error" && !OfAServerThatWent.Any(sign => message.Text.Contains(sign, StringComparison.Ordinal)) ? message.Text : null);
        page.PageError += (_, error) => Note(error);
        page.Dialog += async (_, dialog) =>
        {
            Note($"dialog {dialog.Message}");
            await dialog.DismissAsync();
        };
        await page.GotoAsync(address.AbsoluteUri);
        if (isReady)
        {
            await page.WaitForSelectorAsync("html[data-ready]", new() { State = WaitForSelectorState.Attached });
        }

        return page;
    }

    /// <summary>A picture of the whole page, where somebody wants to look (TSPIN_SCREENSHOTS names a folder).</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("TSPIN_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Note(string? fault)
    {
        lock (_faults)
        {
            if (fault is not null)
            {
                _faults.Add(fault);
            }
        }
    }
}
