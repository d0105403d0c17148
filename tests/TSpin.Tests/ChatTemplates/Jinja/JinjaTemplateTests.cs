using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Shouldly;
using TSpin.ChatTemplates.Jinja;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.ChatTemplates.Jinja;

public sealed class JinjaTemplateTests
{
    private const string Context = """{"name": "Ann", "list": [1, 2, 3], "d": {"a": 1, "b": [true, null]}, "html": "<b>", "emoji": "a😀b"}""";

    // What Jinja2 prints, worked out by hand from its documentation and Python's rules.
    [Theory]
    [InlineData("{{ name }}!", "Ann!")]
    [InlineData("{{ missing }}|{{ none }}|{{ true }}|{{ 1.0 }}|{{ 1e20 }}|{{ 1e-5 }}", "|None|True|1.0|1e+20|1e-05")]
    [InlineData("{{ d }} {{ [name, 1.5] }} {{ (1,) }}", "{'a': 1, 'b': [True, None]} ['Ann', 1.5] (1,)")]
    [InlineData("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 1 ~ 2 }}", "3 -4 2 3.5 1024 12")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 1 in list and 5 not in list }} {{ 'a' if false }}.", "True True .")]
    [InlineData("{% for x in list %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}", "1/3,2/3,3/3")]
    [InlineData("{% for x in list if x is odd %}{{ x }}{% else %}none{% endfor %}{% for x in [] %}{% else %}none{% endfor %}", "13none")]
    [InlineData("{% set x = 1 %}{% for i in list %}{% set x = x + i %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in list %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "7")]
    [InlineData("{% macro m(a, b='B') %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}{{ m(1) }}{% call m(2, b=3) %}C{% endcall %}", "1B23C")]
    [InlineData("{% for x in [1, [2, [3]]] recursive %}{{ x if x is integer else loop(x) }};{% endfor %}", "1;2;3;;;")]
    [InlineData("  {% if true %}\n  a\n  {%- endif %}\n b", "  a b")]
    [InlineData("{{ emoji|length }} {{ emoji[1] }} {{ emoji[::-1] }} {{ emoji.find('b') }}", "3 😀 b😀a 2")]
    [InlineData("{{ d|tojson }} {{ html|tojson }} {{ [1.0, emoji]|tojson(indent=1) }}", "{\"a\": 1, \"b\": [true, null]} \"<b>\" [\n 1.0,\n \"a😀b\"\n]")]
    [InlineData("{{ ('<' + html|safe) }} {{ html|e }}", "&lt;<b> &lt;b&gt;")]
    [InlineData("{{ 'a %s %05.1f' % ('x', 2.25) }} {{ '{:>5}|{!r}'.format('é', 'q') }}", "a x 002.2     é|'q'")]
    [InlineData("{{ range(3)|map('string')|join('-') }} {{ list|sum }} {{ 2.5|round }} {{ 3.5|round|int }}", "0-1-2 6 2.0 4")]
    [InlineData("{% raw %}{{ x }}{% endraw %}{# gone #}", "{{ x }}")]
    [InlineData("{% set y %}[{{ name }}]{% endset %}{{ y|lower }}{% filter upper %}ab{% endfilter %}{% with z = 1 %}{{ z }}{% endwith %}{{ z }}", "[ann]AB1")]
    [InlineData("{% for i in list %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% if i == 3 %}{% break %}{% endif %}{% endfor %}", "13")]
    [InlineData("{{ strftime_now('%d %b %Y, %-d %H:%M') }}", "10 Jul 2025, 10 12:00")]
    [InlineData("{{ 2 ** 64 }} {{ 9223372036854775807 + 1 }} {{ 123456789012345678901 // 10 }} {{ 2 ** 64 == 18446744073709551616 }}", "18446744073709551616 9223372036854775808 12345678901234567890 True")]
    [InlineData("{{ 'İ'|lower|length }} {{ 'ΑΣ'|lower }} {{ 'ŉ'|upper|length }} {{ 'ﬁn'.capitalize() }} {{ 'ǆ'.title() }}", "2 ας 2 Fin ǅ")]
    [InlineData("{{ 'The quick brown-fox jumps'|wordwrap(9) }}|{{ 'abcdefgh'|wordwrap(3, wrapstring='/') }}|{{ 'abcdefgh x'|wordwrap(3, false, '/') }}", "The quick\nbrown-fox\njumps|abc/def/gh|abcdefgh/x")]
    [InlineData("{{ {'b': 1, 'a': [name, none]}|pprint }}", "{'a': ['Ann', None], 'b': 1}")]
    public void Templates_give_what_Jinja2_gives(string template, string expected)
    {
        Render(template).Text.ShouldBe(expected);
    }

    [Fact]
    public void Generation_spans_count_code_points()
    {
        var output = Render("😀{% generation %}a😀{% endgeneration %}\n-{% for i in list %}{% generation %}{{ i }}{% endgeneration %}{% endfor %}");
        output.Text.ShouldBe("😀a😀\n-123".Replace("\n", "", StringComparison.Ordinal));
        output.GenerationSpans.ShouldBe([(1, 3), (4, 5), (5, 6), (6, 7)]);
    }

    [Theory]
    [InlineData("a\n{% if %}", 2, 7, JinjaErrorKind.Syntax)]
    [InlineData("{{ name", 1, 1, JinjaErrorKind.Syntax)]
    [InlineData("{% for x in list %}", 1, 20, JinjaErrorKind.Syntax)]
    [InlineData("{{ name|nofilter }}", 1, 9, JinjaErrorKind.Syntax)]
    [InlineData("{{ name is notest }}", 1, 12, JinjaErrorKind.Syntax)]
    [InlineData("\n\n{{ 1 +\n missing.x }}", 4, 9, JinjaErrorKind.Undefined)]
    [InlineData("{{ missing + 1 }}", 1, 12, JinjaErrorKind.Undefined)]
    [InlineData("{{ name + 1 }}", 1, 9, JinjaErrorKind.Type)]
    [InlineData("{{ 1 // 0 }}", 1, 6, JinjaErrorKind.Value)]
    [InlineData("{{ raise_exception('no ' ~ name) }}", 1, 19, JinjaErrorKind.Template)]
    [InlineData("{{ name.__class__.x }}", 1, 18, JinjaErrorKind.Security)]
    [InlineData("{{ list.append(1) }}", 1, 15, JinjaErrorKind.Security)]
    [InlineData("{% include 'x' %}", 1, 4, JinjaErrorKind.Syntax)]
    [InlineData("{% set name.x = 1 %}", 1, 4, JinjaErrorKind.Type)]
    public void An_error_has_a_place_and_a_kind(string template, int line, int column, JinjaErrorKind kind)
    {
        var error = Should.Throw<JinjaException>(() => Render(template));
        (error.Line, error.Column, error.Kind).ShouldBe((line, column, kind), error.Message);
        error.Message.ShouldStartWith($"template:{line}:{column}: ");
    }

    [Fact]
    public void A_templates_own_refusal_keeps_its_words() =>
        Should.Throw<JinjaException>(() => Render("{{ raise_exception('Only user roles!') }}")).Detail.ShouldBe("Only user roles!");

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x' * 1000) %}{% for a in range(1000) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{{ 'x' * 10000000000 }}")]
    [InlineData("{{ [0] * 10000000000 }}")]
    [InlineData("{{ range(1000000000) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{{ 'x'|center(2000000000) }}")]
    [InlineData("{{ 'x'.ljust(2000000000) }}")]
    [InlineData("{{ '%2000000000d' % 1 }}")]
    [InlineData("{{ 'a'.replace('', 'x' * 1000000).replace('', 'x' * 1000000) }}")]
    [InlineData("{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}")]
    [InlineData("{{ 2 ** 200000 }}")]
    [InlineData("{% set ns = namespace(x=3) %}{% for i in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}")]
    public void Work_without_end_is_stopped_soon(string template)
    {
        var clock = Stopwatch.StartNew();
        Should.Throw<JinjaException>(() => Render(template, new JinjaLimits { MaxSteps = 2_000_000, MaxCharacters = 20_000_000 })).Kind.ShouldBeOneOf(JinjaErrorKind.Limit, JinjaErrorKind.Value);
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("not ")]
    [InlineData("-")]
    [InlineData("{1:")]
    public void Nesting_without_end_is_refused(string opening)
    {
        Should.Throw<JinjaException>(() => Render("{{ " + string.Concat(Enumerable.Repeat(opening, 100_000)) + "1 }}"));
        Should.Throw<JinjaException>(() => Render(string.Concat(Enumerable.Repeat("{% if true %}", 100_000))));
        Render("{{ " + string.Join(" + ", Enumerable.Repeat("1", 500)) + " }}").Text.ShouldBe("500");
    }

    [Fact]
    public void Mutated_templates_render_or_are_refused()
    {
        var random = new RandomStream(NamedSeed.Derive(3, "mutations"));
        string[] seeds =
        [
            "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{% if m.content is string %}{{ m.content | trim }}{% else %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endif %}{% endfor %}",
            "{%- macro t(x, y='z') -%}{{ x|tojson(indent=2) }}{{ y[1:] }}{%- endmacro -%}{{ t(d) }}{% set ns = namespace(a=1) %}{% set ns.a = d.a ** 2 %}{{ ns.a|string|replace('1', '2') }}",
            "{% set x %}{% generation %}{{ list[::-1] }}{% endgeneration %}{% endset %}{{ x|upper }}{# c #}{% raw %}{%{% endraw %}{{ '%s' % name }}{{ '{}'.format(1) }}",
        ];
        var pieces = new[] { "{%", "%}", "{{", "}}", "-", "+", "(", ")", "[", "]", "|", "'", "\\", "in", "if", "else", "endfor", "loop", ":", ",", "é", "\ud800", "0x", "1e9", "**", "__class__", "\n" };
        var rendered = 0;
        for (var i = 0; i < 4000; i++)
        {
            var text = new StringBuilder(seeds[i % seeds.Length]);
            for (var changes = random.NextInt(1, 4); changes > 0; changes--)
            {
                var at = random.NextInt(text.Length);
                _ = random.NextInt(3) switch
                {
                    0 => text.Remove(at, Math.Min(random.NextInt(1, 5), text.Length - at)),
                    1 => text.Insert(at, pieces[random.NextInt(pieces.Length)]),
                    _ => text.Replace(text[at], (char)random.NextInt(32, 127), at, 1),
                };
            }

            try
            {
                Render(text.ToString(), new JinjaLimits { MaxSteps = 100_000, MaxCharacters = 1_000_000 });
                rendered++;
            }
            catch (JinjaException)
            {
                // What else it may do: nothing.
            }
        }

        rendered.ShouldBeGreaterThan(200);
    }

    // Values are those of Jinja2 3.1 with Environment(undefined=StrictUndefined, keep_trailing_newline=True).
    [Theory]
    [InlineData("a {{x}}\n", "a 1\n")]
    [InlineData("  {% if x %}\n{{x}}\n{% endif %}\n", "  \n1\n\n")]
    [InlineData("{{ y is defined }} {{ y | default('none') }}", "False none")]
    [InlineData("{{ y }}", null)]
    [InlineData("{{ 'a' ~ y }}", null)]
    [InlineData("{% if y %}{% endif %}", null)]
    [InlineData("{{ x if y else 2 }}", null)]
    [InlineData("{% for i in y %}{% endfor %}", null)]
    [InlineData("{% for i in [1] if y %}{% endfor %}", null)]
    [InlineData("{{ not y }}", null)]
    [InlineData("{{ y.z }}", null)]
    [InlineData("{{ y | trim }}", null)]
    public void Templates_of_tasks_keep_white_space_and_refuse_what_is_not_there(string template, string? expected)
    {
        var parsed = JinjaTemplate.Parse(template, environment: JinjaEnvironment.Tasks);
        var given = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("1") };
        if (expected is null)
        {
            Should.Throw<JinjaException>(() => parsed.Render(given)).Detail.ShouldContain("'y' is undefined");
        }
        else
        {
            parsed.Render(given).Text.ShouldBe(expected);
        }
    }

    [Fact]
    public void Recorded_renderings_are_identical()
    {
        var cases = SharedFolder.Require("reference", "templates", "cases.jsonl");
        var report = global::TSpin.Checks.TemplatesCheck.Run(cases, SharedFolder.Require("reference", "templates", "conversations.json"), SharedFolder.Require("data", "templates"));
        report.Passed.ShouldBeTrue(report.ToText());
    }

    [Fact]
    public void Chat_templates_of_the_goldens_render_as_recorded()
    {
        using var goldens = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("data", "templates", "hf-jinja-golden", "chat_template_goldens.json")));
        foreach (var golden in goldens.RootElement.GetProperty("cases").EnumerateArray())
        {
            var name = golden.GetProperty("name").GetString()!;
            var template = JinjaTemplate.Parse(golden.GetProperty("chat_template").GetString()!, name);
            var data = golden.GetProperty("data").EnumerateObject().ToDictionary(item => item.Name, item => item.Value);
            foreach (var dialect in Enum.GetValues<JinjaDialect>())
            {
                // Hammer prints a truth value, on which the dialects differ; the goldens are of the JavaScript one.
                if (name != "MadeAgents/Hammer2.1" || dialect == JinjaDialect.JavaScript)
                {
                    template.Render(data, new Clock(), dialect: dialect).Text.ShouldBe(golden.GetProperty("target").GetString(), $"{name} in {dialect}");
                }
            }
        }
    }

    [Fact]
    public void Feature_cases_of_the_goldens_render_as_recorded()
    {
        using var goldens = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("data", "templates", "hf-jinja-golden", "jinja_feature_goldens.json")));
        var count = 0;
        foreach (var golden in goldens.RootElement.GetProperty("cases").EnumerateArray())
        {
            var name = golden.GetProperty("name").GetString()!;
            var given = golden.GetProperty("context").EnumerateObject().ToDictionary(item => item.Name, item => item.Value);
            JinjaTemplate.Parse(golden.GetProperty("template").GetString()!, name)
                .Render(given, new Clock(), null, JinjaDialect.JavaScript, HostValues(name)).Text.ShouldBe(golden.GetProperty("expected").GetString(), name);
            count++;
        }

        count.ShouldBeGreaterThan(150);
    }

    // JSON holds no functions; four of the cases call some, and what they must do follows from what is printed.
    private static IEnumerable<KeyValuePair<string, object?>> HostValues(string name)
    {
        static object? Joined(CallArguments arguments, string separator) => string.Join(separator, arguments.Positional);
        switch (name)
        {
            case "NUMBERS":
                yield return KeyValuePair.Create("add", (object?)new JinjaCallable("add", arguments => arguments.Positional.Sum(value => (long)value!)));
                break;
            case "FUNCTIONS" or "IS_OPERATOR_4":
                yield return KeyValuePair.Create("func", (object?)new JinjaCallable("func", arguments => (long)arguments.Positional.Count));
                break;
            case "OBJ_METHODS":
                var z = new JinjaDict { ["A"] = new JinjaCallable("A", arguments => Joined(arguments, "_")) };
                yield return KeyValuePair.Create("obj", (object?)new JinjaDict { ["x"] = new JinjaCallable("x", arguments => Joined(arguments, "")), ["z"] = z });
                break;
        }
    }

    [Fact]
    public void Every_real_template_parses()
    {
        var files = new[] { "trl", "llama.cpp" }.SelectMany(folder => Directory.GetFiles(SharedFolder.Require("data", "templates", folder), "*.jinja", SearchOption.AllDirectories)).ToArray();
        files.Length.ShouldBeGreaterThan(80);
        foreach (var file in files)
        {
            JinjaTemplate.Parse(File.ReadAllText(file), file);
        }
    }

    private static JinjaOutput Render(string template, JinjaLimits? limits = null)
    {
        using var context = JsonDocument.Parse(Context);
        return JinjaTemplate.Parse(template).Render(context.RootElement.EnumerateObject().ToDictionary(item => item.Name, item => item.Value), new Clock(), limits);
    }

    private sealed class Clock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 7, 10, 12, 0, 0, TimeSpan.Zero);
    }
}
