namespace TSpin.Reports.Html;

/// <summary>What every report's page has around its content: head, styles, the one script, and what made it.</summary>
internal static class PageFrame
{
    /// <summary>Puts a page together that needs nothing from outside.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="content">What is read.</param>
    /// <param name="madeFrom">The footer's words behind the program's name and version.</param>
    public static Markup Around(string title, Markup content, string madeFrom)
    {
        // The policy lets this one script run and nothing load: a response that slips through escaping could still do nothing.
        var policy = $"default-src 'none'; style-src 'unsafe-inline'; script-src '{ReportScript.Hash}'";
        return Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>
            {Markup.Verbatim(ReportStyle.Css)}
            </style>
            </head>
            <body>
            <main>
            {content}
            <footer>Made by TSpin {typeof(PageFrame).Assembly.GetName().Version?.ToString(3)} {madeFrom}</footer>
            </main>
            <div id="tip" aria-hidden="true"></div>
            <script>{Markup.Verbatim(ReportScript.Text)}</script>
            </body>
            </html>

            """);
    }
}
