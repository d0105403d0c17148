using Shouldly;
using TSpin.ChatTemplates;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>Examples, system words and chat templates around a question.</summary>
public sealed class ContextTests : IDisposable
{
    private const string Plain = "{% for m in messages %}<{{ m.role }}>{{ m.content }}|{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private static readonly ArcTask Task = new("arc_easy", "ARC-Easy", 0);
    private static readonly TaskRow[] All = [.. Enumerable.Range(0, 6).Select(i => Row($"q{i}"))];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Examples_are_turns_or_stand_in_the_one_turn_of_the_user()
    {
        var settings = new HarnessSettings { Shots = 1, AppliesChatTemplate = true, System = "Be brief." };
        var asked = AskedTask.Of(Task, [Row("last")], [Row("shot")], settings, Template(Plain)).Questions[0].Continuations[0];
        // Answers follow a turn, so no blank stands before them.
        asked.ShouldBe(new ContinuationRequest("<system>Be brief.|<user>Question: shot\nAnswer:|<assistant>yes|<user>Question: last\nAnswer:|<assistant>", "no"));
        AskedTask.Of(Task, [Row("last")], [Row("shot")], settings with { ShotsAreTurns = false }, Template(Plain)).Questions[0].Continuations[0].Context
            .ShouldBe("<system>Be brief.|<user>Question: shot\nAnswer: yes\n\nQuestion: last\nAnswer:|<assistant>");
        AskedTask.Of(Task, [Row("last")], [Row("shot")], settings with { AppliesChatTemplate = false }, null).Questions[0].Continuations[0]
            .ShouldBe(new ContinuationRequest("Be brief.Question: shot\nAnswer: yes\n\nQuestion: last\nAnswer:", " no"));
    }

    [Fact]
    public void A_template_that_refuses_a_system_turn_is_asked_without()
    {
        var settings = new HarnessSettings { Shots = 0, AppliesChatTemplate = true, System = "S" };
        var template = Template("{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + Plain);
        AskedTask.Of(Task, [Row("last")], [], settings, template).Questions[0].Continuations[0].Context.ShouldBe("<user>Question: last\nAnswer:|<assistant>");
    }

    [Fact]
    public void System_words_and_a_description_are_joined_where_neither_has_white_space()
    {
        var row = Rows.One("""{"question": "Q", "choices": ["1", "2", "3", "4"], "answer": 1}""");
        const string description = "The following are multiple choice questions (with answers) about anatomy.\n\n";
        Context("S").ShouldStartWith($"S\n\n{description}Q");
        Context("S\n").ShouldStartWith($"S\n{description}Q");

        string Context(string system) => AskedTask.Of(new MmluTask("anatomy"), [row], [], new HarnessSettings { Shots = 0, System = system }, null).Questions[0].Continuations[0].Context;
    }

    [Fact]
    public void Every_question_draws_anew_from_one_generator_and_the_seed_decides()
    {
        // random.Random(1234): sample(range(6), 2) three times gives 3 0, 0 5, 4 0 (Python 3.11).
        Shots(1234, 3).ShouldBe(["q3 q0", "q0 q5", "q4 q0"]);
        Shots(7, 3).ShouldNotBe(Shots(1234, 3));

        static string[] Shots(long seed, int questions) => [.. AskedTask.Of(Task, [.. Enumerable.Range(0, questions).Select(i => Row($"last{i}"))], All, new HarnessSettings { Shots = 2, ShotSeed = seed }, null)
            .Questions.Select(question => string.Join(' ', question.Continuations[0].Context.Split("Question: ")[1..^1].Select(shot => shot[..2])))];
    }

    [Fact]
    public void Where_a_task_has_no_test_split_one_more_is_drawn_and_the_question_left_out()
    {
        var task = new HellaSwagTask();
        task.Data.ShotsLeaveOutTheQuestion.ShouldBeTrue();
        TaskRow[] rows = [.. Enumerable.Range(0, 3).Select(i => Rows.One($$"""{"query": "q{{i}}", "choices": ["a", "b"], "gold": 0}"""))];
        var asked = AskedTask.Of(task, rows, rows, new HarnessSettings { Shots = 2 }, null);
        foreach (var question in asked.Questions)
        {
            question.Continuations[0].Context.Split("\n\n").Length.ShouldBe(3);
            question.Continuations[0].Context.Split("\n\n").Distinct().Count().ShouldBe(3, "the question is not its own example");
        }

        Should.Throw<TSpinException>(() => AskedTask.Of(task, rows, rows, new HarnessSettings { Shots = 3 }, null)).Message.ShouldContain("hellaswag: 4 rows are wanted to choose few-shot examples from, and there are 3");
    }

    [Fact]
    public void An_example_whose_answer_is_none_of_its_choices_is_refused_and_a_question_counts_as_wrong()
    {
        var row = Rows.One("""{"query": "q", "choices": ["a", "b"], "label": "7"}""", "train.jsonl, row 4");
        Should.Throw<TSpinException>(() => AskedTask.Of(new HellaSwagTask(), All, [row, row], new HarnessSettings { Shots = 1 }, null)).Message.ShouldContain("train.jsonl, row 4: the right answer is choice 7 of 2");
        new HellaSwagTask().Gold(row).ShouldBe(-1);
        new HellaSwagTask().Score(row, Rows.Scores(-1, -2))["acc"].Value.ShouldBe(0);
    }

    [Fact]
    public void A_limit_is_a_number_of_rows_or_a_share_of_them()
    {
        AskedTask.Of(Task, All, [], new HarnessSettings { Shots = 0, Limit = 4 }, null).Questions.Count.ShouldBe(4);
        AskedTask.Of(Task, All, [], new HarnessSettings { Shots = 0, Limit = 0.4 }, null).Questions.Count.ShouldBe(3);
        AskedTask.Of(Task, All, [], new HarnessSettings { Shots = 0, Limit = 0.4 }, null).Rows.ShouldBe(6);
        Should.Throw<TSpinException>(() => HarnessEvaluation.Ask([Task], new DatasetFolder(_folder.Path), new HarnessSettings { ShotsAreTurns = true }, null)).Message.ShouldContain("--apply-chat-template");
        Should.Throw<TSpinException>(() => HarnessEvaluation.Ask([Task], new DatasetFolder(_folder.Path), new HarnessSettings { AppliesChatTemplate = true }, null)).Message.ShouldContain("the model has none");
    }

    private static TaskRow Row(string question) => Rows.One($$"""{"question": "{{question}}", "choices": {"text": ["no", "yes"], "label": ["A", "B"]}, "answerKey": "B"}""");

    private ChatTemplate Template(string source)
    {
        File.WriteAllText(_folder["chat_template.jinja"], source);
        return ChatTemplate.Load(_folder.Path);
    }
}
