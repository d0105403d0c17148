using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.ChatTemplates.Jinja;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.ChatTemplates.Jinja;

/// <summary>
/// Random templates rendered here and by Debian's python3-jinja2 (3.1.2), set up as transformers does: the same text, or an error from both. A few hundred by
/// default; TSPIN_FUZZ=100000 for more.
/// </summary>
public sealed class JinjaDifferenceTests
{
    private const string Peer = """
        import copy, json, sys
        try:
            import jinja2
        except ImportError:
            sys.exit(9)
        from jinja2.sandbox import ImmutableSandboxedEnvironment
        from jinja2.ext import Extension, loopcontrols
        class Generation(Extension):
            tags = {"generation"}
            def parse(self, parser):
                line = next(parser.stream).lineno
                body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
                return jinja2.nodes.CallBlock(self.call_method("_inside"), [], [], body).set_lineno(line)
            def _inside(self, caller):
                return caller()
        def refuse(message):
            raise jinja2.exceptions.TemplateError(message)
        def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
            return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
        environment.filters["tojson"] = tojson
        environment.globals["raise_exception"] = refuse
        results = []
        for given in json.load(open(sys.argv[1])):
            try:
                results.append({"text": environment.from_string(given["template"]).render(**copy.deepcopy(given["context"]))})
            except Exception as error:
                results.append({"error": type(error).__name__ + ": " + str(error)})
        json.dump(results, open(sys.argv[2], "w"))
        """;

    private const string Context = """
        {"s": "Hello, World", "t": "  two\nlines \n", "u": "Ünïcödé 😀 x", "e": "", "n": 7, "m": -3, "z": 0, "f": 2.5, "g": -0.125, "yes": true, "no": false, "nil": null,
         "list": [3, 1, 2], "words": ["b", "A", "c", "a"], "mixed": [1, "x", null, true, 2.0], "empty": [], "nested": [[1, 2], [3, [4]]],
         "d": {"b": 1, "a": "two", "items": 3, "c": [1]}, "rows": [{"k": "x", "v": 2, "w": {"q": 1}}, {"k": "Y", "v": 1, "w": {"q": 3}}, {"k": "x", "v": 5}], "html": "<b>&'\"</b>"}
        """;

    [Fact]
    public void Random_templates_render_as_Jinja2_renders_them()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("TSPIN_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 1500;
        var writer = new TemplateWriter(new RandomStream(NamedSeed.Derive(1, "jinja")));
        var templates = Enumerable.Range(0, count).Select(_ => writer.Template()).ToArray();
        Compare(templates);
    }

    [Fact]
    public void Every_feature_case_renders_as_Jinja2_renders_it()
    {
        // The goldens of another implementation, which prints as JavaScript does: their templates are good, the truth is Jinja2's.
        var file = SharedFolder.Require("data", "templates", "hf-jinja-golden", "jinja_feature_goldens.json");
        using var goldens = JsonDocument.Parse(File.ReadAllText(file));
        Compare(
        [
            .. from golden in goldens.RootElement.GetProperty("cases").EnumerateArray()
               where golden.GetProperty("name").GetString() != "REPLACE" // count= by name is of Python 3.13; Debian's is 3.11
               select (golden.GetProperty("template").GetString()!, golden.GetProperty("context").GetRawText()),
        ]);
    }

    [Fact]
    public void Wrapped_and_pretty_texts_are_those_of_Jinja2()
    {
        const string Long = """
            {"p": "The quick brown-fox jumps -- over the well-known lazy dog; ---really--quickly, it's e-mail: a-b-c x-1 http://example.com/a-very-long-address-that-never-ends/and-goes-on.\n\n  Next\tparagraph  with   blanks \n",
             "w": "Donaudampfschifffahrtsgesellschaftskapitaen-ver-einigung 😀😀😀😀😀 ünïcödé-wörter ----- --", "n": 123456789012345678901234567890, "neg": -99999999999999999999, "i": 9223372036854775807,
             "big": {"zebra": [1, 2, 3], "alpha": "a long text that goes on and on\nand has lines, 'quotes' and \"more\" of them, until it is wider than a line may be", "k": {"x": null, "deep": [[true, false, 1.5], "word word word word word word word word word word word word word word word word"]}},
             "many": [100000000000, 200000000000, 300000000000, 400000000000, 500000000000, 600000000000, 700000000000], "short": {"b": 1, "a": [1]},
             "cases": "İSTANBUL ΑΣ ΣΑΣ Σ ΑΣ.Β ΑΣ' straße ŉ ǆ ﬁn ﬗ ΐ ᾳ ᾼ ı ſ K Å ა Ა Ꭰ ꭰ 漢a a1b İ i̇ 𐐀 𐐨 Ωmega ŒŒ"}
            """;
        string[] texts = ["p", "w", "cases", "p|upper"];
        string[] wraps = ["wordwrap", "wordwrap(10)", "wordwrap(20, false)", "wordwrap(12, true, '|')", "wordwrap(15, break_on_hyphens=false)", "wordwrap(7, false, '/', false)", "wordwrap(1)", "wordwrap(0)", "wordwrap(width=30, wrapstring='\n> ')"];
        string[] values = ["big", "many", "short", "p", "w", "big.alpha", "[big]", "(big.alpha, 1)", "(p,)", "many|list + [big]", "''", "1", "none", "missing", "{1: 2, 'a': 3, none: 4}", "[p, [p, [p]]]", "{'k': p, 'l': {'m': w}}", "range(100)"];
        string[] numbers =
        [
            "n", "neg", "i + 1", "i * i", "-i - 2", "i ** 3", "2 ** 200", "(-3) ** 77", "2 ** -3", "n // 7", "neg // 7", "n % 1000007", "neg % 97", "n % -97", "n / 3", "n / neg", "i / 3", "(2**70) / (2**69)", "n == n + 0", "n > i", "neg < -1",
            "n == 1e30", "2**53 + 1 == 2.0**53", "(2**53 + 1)|float", "9007199254740993|float", "n|float", "n|string", "n|tojson", "[n]|tojson", "n|abs", "neg|abs", "'123456789012345678901234567890'|int", "'-0x1ffffffffffffffffffff'|int(base=16)",
            "1e25|int", "1e30|int + 1", "n|round", "n|round(-5)", "12345|round(-2)", "1250|round(-2)", "1350|round(-2)", "-15|round(-1)", "'%d' % n", "'%x' % n", "'%o' % neg", "'{:,}'.format(n)", "'{:x} {:b} {:o} {:>40}'.format(n, n, n, n)", "'%d' % 1e20",
            "n is integer", "n is number", "n is odd", "n is even", "n is divisibleby 3", "{n: 1}[n]", "n in [n]", "'abc'[:n]", "'abc'[neg:]", "[1, 2][n]", "18446744073709551616", "0xffffffffffffffffffff", "0b1", "0o777", "10**4000 > 1", "10**5000", "[n, i, neg]|sort",
            "[n, 1]|sum", "[n, 1]|max", "9223372036854775807 + 1", "-9223372036854775808", "-9223372036854775809", "3000000000 * 3000000000", "4000000000 * 4000000000", "7 // 0", "n / 0", "7 % -3", "-7 % 3", "-7 // 2", "true + n", "n * 'a'", "n * ''", "n + 0.5", "n - n", "(n - n) is sameas 0",
        ];
        string[] cases = ["upper", "lower", "title", "capitalize"];
        string[] methods = ["upper", "lower", "title", "capitalize", "swapcase", "casefold"];
        Compare(
        [
            .. from text in texts from wrap in wraps select $"{{{{ {text}|{wrap} }}}}",
            .. values.Select(value => $"{{{{ ({value})|pprint }}}}"),
            .. numbers.Select(number => $"{{{{ {number} }}}}"),
            .. cases.Select(name => $"{{{{ cases|{name} }}}}"),
            .. methods.Select(name => $"{{{{ cases.{name}() }}}}"),
            .. from name in methods from word in new[] { "İ", "ΑΣ", "ΑΣa", "ß", "ǆ", "ﬁ", "ა" } select $"{{{{ '{word}'.{name}() }}}}",
        ], Long.ReplaceLineEndings(""));
    }

    private static void Compare(string[] templates, string context = Context) =>
        Compare([.. templates.Select(template => (template, context))]);

    private static void Compare((string Template, string Context)[] cases)
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            Assert.Skip("there is no /usr/bin/python3 to compare with");
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["peer.py"], Peer);
        File.WriteAllText(folder["given.json"], $"[{string.Join(',', cases.Select(one => $$"""{"template": {{JsonSerializer.Serialize(one.Template)}}, "context": {{one.Context}}}"""))}]");
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [folder["peer.py"], folder["given.json"], folder["results.json"]]) { RedirectStandardError = true })!;
        var errors = python.StandardError.ReadToEnd();
        python.WaitForExit();
        if (python.ExitCode == 9)
        {
            Assert.Skip("Debian's python3-jinja2 is not installed: apt-get install python3-jinja2");
        }

        python.ExitCode.ShouldBe(0, errors);
        using var results = JsonDocument.Parse(File.ReadAllText(folder["results.json"]));
        results.RootElement.GetArrayLength().ShouldBe(cases.Length);
        var differences = new StringBuilder();
        var both = 0;
        foreach (var ((template, context), result) in cases.Zip(results.RootElement.EnumerateArray()))
        {
            using var values = JsonDocument.Parse(context);
            var given = values.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);
            var expected = result.TryGetProperty("text", out var text) ? text.GetString() : null;
            string? actual = null;
            var reason = "";
            try
            {
                actual = JinjaTemplate.Parse(template).Render(given).Text;
            }
            catch (JinjaException error)
            {
                reason = $"{error.Kind}: {error.Message}";
            }

            // A generator or function prints its address there.
            if (expected?.Contains(" at 0x", StringComparison.OrdinalIgnoreCase) == true)
            {
                continue;
            }

            both += expected is not null && actual is not null ? 1 : 0;
            if (actual != expected)
            {
                differences.AppendLine(CultureInfo.InvariantCulture, $"{JsonSerializer.Serialize(template)}\n  here   {(actual is null ? reason : JsonSerializer.Serialize(actual))}\n  Jinja2 {result.GetRawText()}");
            }
        }

        differences.ToString().ShouldBeEmpty();
        if (cases.Length > 100)
        {
            both.ShouldBeGreaterThan(cases.Length / 4, "the templates should mostly be ones that render");
        }
    }

    /// <summary>Writes templates that are mostly sensible.</summary>
    private sealed class TemplateWriter(RandomStream random)
    {
        private static readonly string[] Names = ["s", "t", "u", "e", "n", "m", "z", "f", "g", "yes", "no", "nil", "list", "words", "mixed", "empty", "nested", "d", "rows", "html", "missing"];
        private static readonly string[] Texts = ["''", "'a'", "\"it's\"", "'x\\ny'", "' pad '", "'é😀'", "'a,b,,c'", "'%s'", "'{}'"];
        private static readonly string[] Numbers = ["0", "1", "2", "-1", "3", "10", "0.5", "1.0", "1e3", "2.675", "9223372036854775807", "123456789012345678901234567890", "10**20", "2**64"];
        private static readonly string[] Sequences = ["list", "words", "mixed", "empty", "nested", "rows", "s", "u", "d", "range(4)", "[1, 'a', none]", "(1, 2)", "d.items()", "words|sort", "rows|map(attribute='k')|list"];

        private static readonly string[] Filters =
        [
            "upper", "lower", "title", "capitalize", "trim", "length", "list", "first", "last", "join", "join('-')", "sort", "sort(reverse=true)", "unique|list", "reverse|list", "string", "int", "float", "abs",
            "round", "round(1)", "round(2, 'floor')", "default('D')", "default('D', true)", "tojson", "tojson(indent=2)", "replace('a', 'Z')", "replace('l', '', 1)", "indent", "indent(2, true)", "indent(first=true, blank=true)",
            "truncate(6)", "truncate(6, true, '')", "center(15)", "wordcount", "escape", "safe", "urlencode", "striptags", "min", "max", "sum", "items|list", "dictsort", "batch(2)|list", "slice(2)|list",
            "map('upper')|list", "map(attribute='v')|list", "map(attribute='w.q', default=0)|list", "select|list", "reject('none')|list", "select('string')|list", "selectattr('w')|list", "selectattr('k', 'equalto', 'x')|list",
            "rejectattr('v', 'gt', 1)|list", "groupby('k')", "sum(attribute='v')", "join(', ', attribute='k')", "format(1, 2)", "filesizeformat", "count", "e", "d(3)", "sort(attribute='v')|map(attribute='k')|join",
            "wordwrap(5)", "wordwrap(3, false)", "pprint",
        ];

        private static readonly string[] Tests =
        [
            "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "callable", "true", "false", "odd", "even", "divisibleby(2)", "divisibleby 3",
            "upper", "lower", "in list", "in 'Hello'", "eq 1", "sameas none", "gt(1)", "lessthan 5", "not none", "not defined", "escaped",
        ];

        private static readonly string[] Methods =
        [
            "upper()", "lower()", "strip()", "lstrip('H ')", "rstrip()", "split()", "split(',')", "split(',', 1)", "rsplit(',', 1)", "rsplit(None, 1)", "splitlines()", "startswith('H')", "endswith(('d', 'x'))", "replace('l', 'L')",
            "find('o')", "rfind('o')", "count('l')", "title()", "capitalize()", "join(['p', 'q'])", "partition(',')", "rpartition('o')", "isdigit()", "isalpha()", "isspace()", "zfill(15)", "center(16, '*')", "ljust(14)",
            "format(1, b=2)", "removeprefix('Hel')", "get('a')", "get('zz', 5)", "keys()|list", "values()|list", "items()|list", "index(2)", "swapcase()", "expandtabs()", "__class__", "append(1)", "update({})", "islower()", "casefold()",
        ];

        public string Template()
        {
            var text = new StringBuilder();
            for (var pieces = 1 + Pick(3); pieces > 0; pieces--)
            {
                text.Append(Statement(2));
            }

            return text.ToString();
        }

        private string Statement(int depth) => Pick(depth > 0 ? 14 : 5) switch
        {
            0 => One(["text", "\n", "  \n  ", " a\n b ", "{# note #}", "{#- note -#}\n", "x{% raw %}{{ y }}{% endraw %}"]),
            < 5 => One(["{{ ", "{{- "]) + Expression(3) + One([" }}", " -}}"]),
            5 => $"{Open}if {Expression(2)}{Close}{Statement(depth - 1)}{Open}elif {Expression(1)}{Close}B{Open}else{Close}{Statement(depth - 1)}{Open}endif{Close}",
            6 => $"{Open}for x in {Sequence}{Close}{Statement(depth - 1)}{{{{ loop.{One(["index", "index0", "first", "last", "length", "revindex", "previtem", "nextitem", "cycle('o', 'e')", "changed(x)"])} }}}}{{{{ x }}}}{Open}else{Close}none{Open}endfor{Close}",
            7 => $"{Open}for k, v in d|dictsort{Close}{{{{ k ~ '=' ~ v }}}};{Open}endfor{Close}",
            8 => $"{Open}set y = {Expression(2)}{Close}{{{{ y }}}}{Open}set y, q = 1, {Expression(1)}{Close}{{{{ q }}}}",
            9 => $"{Open}set c{Close}{Statement(depth - 1)}{Open}endset{Close}[{{{{ c|{One(Filters)} }}}}]",
            10 => $"{Open}macro mac(a, b={Expression(1)}, c='C'){Close}<{{{{ a }}}}|{{{{ b }}}}|{{{{ c }}}}{{{{ varargs|length }}}}>{Open}endmacro{Close}{{{{ mac({Expression(1)}) }}}}{{{{ mac(1, c={Expression(1)}) }}}}",
            11 => $"{Open}for x in {Sequence} if x is {One(Tests)}{Close}{{{{ loop.index }}}}:{{{{ x }}}} {Open}if loop.index == 2{Close}{Open}{One(["break", "continue"])}{Close}{Open}endif{Close}.{Open}endfor{Close}",
            12 => $"{Open}set ns = namespace(v=0){Close}{Open}for x in {Sequence}{Close}{Open}set ns.v = ns.v + 1{Close}{Open}endfor{Close}{{{{ ns.v }}}}",
            _ => $"{Open}filter {One(["upper", "trim", "indent(2)|upper"])}{Close}{Statement(depth - 1)}{Open}endfilter{Close}{Open}with a={Expression(1)}{Close}{{{{ a }}}}{Open}endwith{Close}",
        };

        private string Open => One(["{% ", "{%- ", "  {% ", "\n  {% ", "{%+ "]);

        private string Close => One([" %}", " -%}", " %}\n", " %}\n\n", " +%}\n"]);

        private string Sequence => One(Sequences);

        private string Expression(int depth)
        {
            if (depth == 0)
            {
                return Pick(4) switch { 0 => One(Texts), 1 => One(Numbers), _ => One(Names) };
            }

            var inner = depth - 1;
            return Pick(17) switch
            {
                0 => Expression(0),
                1 => $"{Expression(inner)} {One(["+", "-", "*", "/", "//", "%", "~"])} {Expression(inner)}",
                2 => $"{Expression(inner)} {One(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])} {Expression(inner)}",
                3 => $"{Expression(inner)} {One(["and", "or"])} {Expression(inner)}",
                4 => $"not {Expression(inner)}",
                5 => $"({Expression(inner)} if {Expression(inner)} else {Expression(inner)})",
                6 or 7 => $"{Expression(0)}|{One(Filters)}",
                8 => $"({Expression(inner)})|{One(Filters)}",
                9 => $"{Sequence}|{One(Filters)}",
                10 => $"{Expression(0)} is {One(Tests)}",
                11 or 12 => $"{One(["s", "t", "u", "e", "d", "list", "words", "'a,b,,c'", "html"])}.{One(Methods)}",
                13 => $"{One(["s", "u", "list", "words", "nested", "(1, 2, 3)"])}[{One(["0", "-1", "5", "1:", ":2", "::-1", "-2:", "1:3", "::2", "-1::-2", "'x'"])}]",
                14 => $"{One(["d.a", "d['b']", "d.missing", "rows[0].k", "rows.1.w.q", "nested.1.1.0", "nil.x", "d['items']", "rows[2].w.q", "s.missing", "rows[0]['w']"])}",
                15 => $"[{Expression(inner)}, {Expression(inner)}]",
                _ => $"{{'k': {Expression(inner)}, {Expression(0)}: 1}}",
            };
        }

        private int Pick(int count) => random.NextInt(count);

        private string One(string[] choices) => choices[Pick(choices.Length)];
    }
}
