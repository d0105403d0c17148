using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shouldly;
using TSpin.Checks;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Tokenizers;

/// <summary>
/// Random tokenizer.json files against Hugging Face's tokenizers itself, as npm has it: ids without and with special tokens and the texts of both.
/// Needs <c>npm install --prefix artifacts/peers tokenizers</c> (or TSPIN_PEER_TOKENIZERS, the package's folder) and node; skipped without.
/// TSPIN_PEER_FILES says how many files (default 40).
/// </summary>
public sealed class TokenizersDifferenceTests
{
    // The peer gives up on some combinations, now and then with the whole process: every file has a process of its own, and what fails there is left out.
    private const string Script = """
        const { Tokenizer } = require(process.argv[1]);
        const fs = require('fs');
        const folder = process.argv[2];
        (async () => {
          const tokenizer = Tokenizer.fromFile(folder + '/tokenizer.json');
          const texts = JSON.parse(fs.readFileSync(folder + '/texts.json'));
          const record = { ids: [], ids_with_special: [], decoded_ids: [], decoded_skip_special_from_ids_with_special: [] };
          for (const text of texts) {
            const plain = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
            const special = (await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds();
            record.ids.push(plain);
            record.ids_with_special.push(special);
            record.decoded_ids.push(await tokenizer.decode(plain, false));
            record.decoded_skip_special_from_ids_with_special.push(await tokenizer.decode(special, true));
          }
          fs.writeFileSync(folder + '/record.json', JSON.stringify(record));
        })().catch(error => { console.log(String(error)); process.exit(1); });
        """;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Random_files_give_what_tokenizers_gives()
    {
        var package = Environment.GetEnvironmentVariable("TSPIN_PEER_TOKENIZERS") ?? Path.Combine(SharedFolder.RepositoryRoot, "artifacts", "peers", "node_modules", "tokenizers");
        Assert.SkipUnless(Directory.Exists(package), $"{package} is absent (npm install --prefix artifacts/peers tokenizers)");
        using var folder = new TemporaryFolder();
        var random = new RandomStream(PythonPeer.Seed);
        var files = new RandomTokenizer(random);
        var count = int.TryParse(Environment.GetEnvironmentVariable("TSPIN_PEER_FILES"), out var wanted) ? wanted : 40;
        var compared = 0;
        for (var i = 0; i < count; i++)
        {
            var json = files.Next().ToJsonString(Readable);
            File.WriteAllText(folder["tokenizer.json"], json);
            File.WriteAllText(folder["texts.json"], JsonSerializer.Serialize(Enumerable.Range(0, PythonPeer.TextCount).Select(_ => RandomText.Mixed(random).Replace("\0", "", StringComparison.Ordinal))));
            File.Delete(folder["record.json"]);
            if (RunsNode(package, folder.Path))
            {
                var report = TokenizerCheck.Run(folder["record.json"], folder["texts.json"], folder["tokenizer.json"]);
                (report.Fault is null && report.Misses == 0).ShouldBeTrue($"{report.ToText()}\n{(json.Length < 4000 ? json : json[..2000] + " ... " + json[^1000..])}");
                compared++;
            }
        }

        compared.ShouldBeGreaterThan(count * 3 / 4);
    }

    private static bool RunsNode(string package, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", ["-e", Script, package, folder]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{output.Result}{errors.Result}");
            }

            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is absent");
            return false;
        }
    }
}
