using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.UserTasks;
using TSpin.Randomness;
using TSpin.Recipes;
using Xunit;

namespace TSpin.Tests.Evaluation.UserTasks;

/// <summary>A task of the user's own: its file, its rows, what is asked, how answers are scored.</summary>
public sealed class TaskFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TaskFileTests() => File.WriteAllLines(_folder["rows.jsonl"],
    [
        """{"question": "1+1?", "options": ["1", "2", "3"], "answer": "It is 2.\n#### 2", "right": 1, "more": {"word": "two"}}""",
        """{"question": "2+1?", "options": ["3", "4", "5"], "answer": "That makes 3", "right": 0, "more": {"word": "three"}}""",
        """{"question": "1,000+1?", "options": ["7", "1001", "9"], "answer": "1,001.", "right": 1, "more": {"word": "many"}}""",
    ]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_with_ten_faults_gets_ten_lines()
    {
        const string faulty = """
            task: my task
            version: new
            data: nowhere.jsonl
            doc_to_txt: question
            doc_to_text: "{{question"
            doc_to_target: "{{answer|shout}}"
            num_fewshot: -1
            fewshot_sampler: best
            filter:
              function: regex
              regex_pattern: "(["
            metric:
              command: ./judge
              timeout: 0
            """;
        var error = Should.Throw<RecipeException>(() => Task(faulty));
        error.Message.ShouldStartWith("The task file has 10 faults:\n");
        error.Faults.Select(fault => (fault.Line, fault.Field)).ShouldBe(
        [
            (1, "task"), (2, "version"), (3, "data"), (4, "doc_to_txt"), (5, "doc_to_text"), (6, "doc_to_target"),
                (7, "num_fewshot"), (8, "fewshot_sampler"), (11, "filter.regex_pattern"), (14, "metric.timeout"),
        ]);
        var lines = error.Message.Split('\n')[1..];
        lines.Length.ShouldBe(10);
        lines.ShouldAllBe(line => line.StartsWith(_folder["task.yaml"] + ":", StringComparison.Ordinal));
        lines[2].ShouldContain($"{_folder["nowhere.jsonl"]}: there is no such file");
        lines[3].ShouldContain("did you mean \"doc_to_text\"");
        lines[5].ShouldContain("shout");
    }

    [Theory]
    [InlineData("data: rows.jsonl\ndoc_to_text: question", "doc_to_target", "exact_match compares with it")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_choice: options", "doc_to_target", "the right one")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: right\ndoc_to_choice: options\nmetric: {command: ./judge}", "metric.command", "acc and acc_norm")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: right\ndoc_to_choice: options\nfilter: {function: final_number}", "filter.function", "no answers to filter")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\nfilter: {function: regex}",
        "filter.regex_pattern", "needs a pattern")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\nfilter: {group_select: -1}",
        "filter.regex_pattern", "belongs to filter.function: regex")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\nmetric: {command: ./judge, ignore_case: true}", "metric.ignore_case", "belongs to exact_match")]
    [InlineData("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\nmetric: {timeout: 3}",
        "metric.timeout", "there is none")]
    [InlineData("task: gsm8k\ndata: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer", "task",
        "lm-evaluation-harness")]
    [InlineData("doc_to_text: question\ndoc_to_target: answer", "data", "missing")]
    public void What_does_not_fit_together_is_a_fault(string yaml, string field, string message)
    {
        var fault = Should.Throw<RecipeException>(() => Task(yaml)).Faults.ShouldHaveSingleItem();
        fault.Field.ShouldBe(field);
        fault.Message.ShouldContain(message);
    }

    [Fact]
    public void A_task_with_choices_asks_as_the_frame_does()
    {
        var task = Task(
            """
            data: rows.jsonl
            doc_to_text: "Q: {{question}}\nA:"
            doc_to_choice: options
            doc_to_target: right
            target_is: number
            num_fewshot: 1
            fewshot_sampler: first_n
            """).ShouldBeOfType<UserChoiceTask>();
        task.Name.ShouldBe("task");
        var asked = Asked(task);
        asked.Shots.ShouldBe(1);
        // Examples come from the same rows, without the question itself.
        asked.Questions[0].Continuations.Select(request => request.Context).Distinct()
            .ShouldBe(["Q: 2+1?\nA: 3\n\nQ: 1+1?\nA:"]);
        asked.Questions[1].Continuations.Select(request => (request.Context, request.Continuation))
            .ShouldBe(((string[])[" 3", " 4", " 5"]).Select(choice => ("Q: 1+1?\nA: 2\n\nQ: 2+1?\nA:", choice)));
        var outcome = TaskOutcome.OfChoices(asked, [Rows(-3, -1, -2), Rows(-2, -1, -3), Rows(-1, -3, -9)]);
        // Of the third row the right one is less likely, but has four characters.
        outcome.Metrics.Select(metric => (metric.Key, Math.Round(metric.Value, 3)))
            .ShouldBe([("acc,none", 0.333), ("acc_norm,none", 0.667)]);
    }

    [Fact]
    public void Choices_may_be_texts_or_templates_and_answers_their_texts()
    {
        var task = Task(
            "data: rows.jsonl\ndoc_to_text: question\ndoc_to_choice: ['even', '{{more.word}}']\ndoc_to_target: more.word");
        Asked(task).Questions.Select(question => question.Continuations[1].Continuation)
            .ShouldBe([" two", " three", " many"]);
        ((ChoiceTask)task).Gold(task.OwnRows![0]).ShouldBe(1);
        // A list that a template writes; an answer that is made.
        task = Task("data: rows.jsonl\ndoc_to_text: question\ndoc_to_choice: '{{options[:2]}}'\ndoc_to_target: '{{right}}'\ntarget_is: number");
        Asked(task).Questions[2].Continuations.Select(request => request.Continuation).ShouldBe([" 7", " 1001"]);
    }

    [Theory]
    [InlineData("doc_to_target: more.letter", "row 1", "no column more.letter",
        "question, options, answer, right, more")]
    [InlineData("doc_to_target: '{{answr}}'", "row 1", "'answr' is undefined", "doc_to_target")]
    [InlineData("doc_to_target: '{% if answr %}1{% endif %}'", "row 1", "'answr' is undefined", "doc_to_target")]
    [InlineData("doc_to_target: '{{right + 9}}'", "row 1", "no number of its 3 choices", "3 of the 3 rows")]
    [InlineData("doc_to_target: answer", "row 2", "none of its choices (\"3, 4, 5\")", "That makes 3")]
    // "1" is the first choice's text and the second one's number.
    [InlineData("doc_to_target: '{{right}}'", "row 1", "may be the number of another one", "target_is: text")]
    [InlineData("doc_to_target: '{{right}}'\ntarget_is: text", "row 2", "none of its choices", "nor the number")]
    public void A_row_that_cannot_be_asked_is_named(string target, params string[] message)
    {
        var task = Task($"data: rows.jsonl\ndoc_to_text: question\ndoc_to_choice: options\n{target}");
        var error = Should.Throw<TSpinException>(() => Asked(task)).Message;
        error.ShouldContain(_folder["rows.jsonl"]);
        message.ShouldAllBe(part => error.Contains(part, StringComparison.Ordinal), error);
    }

    [Fact]
    public void An_empty_file_and_empty_answers_are_refused()
    {
        File.WriteAllText(_folder["none.jsonl"], "");
        Should.Throw<TSpinException>(() =>
            Asked(Task("data: none.jsonl\ndoc_to_text: question\ndoc_to_target: answer"))).Message.ShouldContain(
            "holds no rows, so the task task has nothing to ask");
        File.WriteAllText(_folder["none.jsonl"], """{"question": "?", "answer": " "}""");
        Should.Throw<TSpinException>(() =>
            Asked(Task("data: none.jsonl\ndoc_to_text: question\ndoc_to_target: answer"))).Message.ShouldContain(
            "every empty answer would be right");
        Should.Throw<TSpinException>(() =>
            Asked(Task("data: none.jsonl\ndoc_to_text: question\ndoc_to_target: question\nfilter: {function: final_number}"))).Message.ShouldContain("holds no number");
        Should.Throw<TSpinException>(() =>
            Asked(Task("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer\nnum_fewshot: 3"))).Message.ShouldContain("num-fewshot");
    }

    [Fact]
    public void Answers_are_compared_whole_by_their_last_number_or_by_a_pattern()
    {
        Judged("filter: {function: final_number}", "so 2 it is", "1 and 2 make $3.00", "1001")
            .ShouldBe("exact_match,final_number: 1 0 1");
        Judged("", " It is 2.\n#### 2 ", "that makes 3", "1,001").ShouldBe("exact_match,none: 1 0 0");
        Judged("metric: {ignore_case: true, ignore_punctuation: true}", "it is 2 \n 2", "that makes 3", "1001")
            .ShouldBe("exact_match,none: 0 1 1");
        // No match is wrong, though it is called [invalid].
        Judged("doc_to_target: \"{{'Invalid'}}\"\nfilter: {function: regex, regex_pattern: 'So (\\w+)'}\n"
            + "metric: {ignore_case: true, ignore_punctuation: true}", "So invalid", "no", "So valid").ShouldBe("exact_match,regex: 1 0 0");
        // As re.findall: the chosen match, and of it the first group that is not empty.
        Judged("doc_to_target: more.word\nfilter: {name: said, function: regex, regex_pattern: '(?:is (\\w+))|(\\w+) it is', group_select: -1}", "it is one, no, two it is", "x", "that is many").ShouldBe("exact_match,said: 1 0 1");
    }

    [Fact]
    public void Examples_and_log_probabilities_are_of_the_whole_annotated_answer()
    {
        var task = Task(
            "data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: more.word\ndoc_to_annotated: answer\nnum_fewshot: 1\nfewshot_sampler: first_n\ngeneration_kwargs: {until: ['\\n'], max_gen_toks: 7}");
        var asked = Asked(task);
        asked.Questions[1].Answer.ShouldNotBeNull().Context.ShouldBe("1+1? It is 2.\n#### 2\n\n2+1?");
        asked.Questions[1].Answer!.MaxTokens.ShouldBe(7);
        asked.Questions[1].Annotated.ShouldBe(new ContinuationRequest("1+1? It is 2.\n#### 2\n\n2+1?",
            " That makes 3"));
        Asked(task, new HarnessSettings { ScoresAnnotated = false }).Questions[1].Annotated.ShouldBeNull();
    }

    [Fact]
    public void Several_answers_can_be_right_and_examples_show_the_first()
    {
        File.WriteAllLines(_folder["many.jsonl"],
        [
            """{"question": "Who?", "answers": ["Ann", "Eva"]}""", """{"question": "How many?", "answers": ["2", "two"]}""",
        ]);
        foreach (var target in new[] { "answers", "\"{{answers}}\"" })
        {
            var task = (UserGenerationTask)Task($"data: many.jsonl\ndoc_to_text: question\ndoc_to_target: {target}\nmetric: {{ignore_case: true}}");
            var rows = task.OwnRows!;
            string[] answers = ["Ann", "eva", "Tom", ""];
            answers.Select(answer => task.Score(rows[0], answer)["exact_match"].Value).ShouldBe([1, 1, 0, 0]);
            task.Score(rows[1], "two")["exact_match"].Value.ShouldBe(1);
            task.Shot(rows[0]).ShouldBe(("Who?", "Ann"));
            task.Annotated(rows[1]).ShouldBe("2");
            task.Target(rows[0]).ToJson().GetRawText().ShouldBe("""["Ann","Eva"]""");
        }

        File.WriteAllLines(_folder["many.jsonl"], ["""{"question": "Who?", "answers": []}"""]);
        Should.Throw<TSpinException>(() => Asked(Task("data: many.jsonl\ndoc_to_text: question\ndoc_to_target: answers"))).Message.ShouldContain("is an empty list");
    }

    [Fact]
    public void A_file_that_is_not_there_has_that_fault_alone() => Should.Throw<RecipeException>(() => TaskFile.Read(_folder["no.yaml"]))
        .Message.ShouldBe($"The task file has a fault:\n{_folder["no.yaml"]}: no such file; check the path");

    [Fact]
    public void White_space_of_a_template_is_kept_as_the_harness_keeps_it()
    {
        var task = Task(
            "data: rows.jsonl\ndoc_to_target: answer\ndoc_to_text: |\n  {% if right %}\n  {{question}}\n  {% endif %}\n  A:\n");
        task.Text(task.OwnRows![0]).ShouldBe("\n1+1?\n\nA:\n");
    }

    [Fact]
    public void Tasks_of_ones_own_stand_beside_the_harness_and_cannot_be_named_twice()
    {
        Task("data: rows.jsonl\ndoc_to_text: question\ndoc_to_target: answer");
        File.Copy(_folder["task.yaml"], _folder["other.yml"]);
        HarnessTask? Own(string name) => TaskFile.IsOne(name) ? TaskFile.Read(name) : null;
        HarnessTasks.Find([_folder["task.yaml"], "arc_easy", _folder["other.yml"]], new HarnessFolder(null),
            Own).Tasks.Select(task => task.Name).ShouldBe(["task", "arc_easy", "other"]);
        Should.Throw<TSpinException>(() =>
            HarnessTasks.Find([_folder["task.yaml"], _folder["task.yaml"]], new HarnessFolder(null),
            Own)).Message.ShouldContain("named already");
    }

    [Fact]
    public void Every_key_is_in_the_docs()
    {
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "evaluation-tasks.md"));
        TaskFile.Schema.Where(entry => !entry.IsSection).Select(entry => entry.Field)
            .Where(field => !page.Contains($"`{field}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private string Judged(string yaml, params string[] answers)
    {
        var task = Task(
            $"data: rows.jsonl\ndoc_to_text: question\n{(yaml.Contains("doc_to_target", StringComparison.Ordinal) ? "" : "doc_to_target: answer\n")}{yaml}");
        var outcome = TaskOutcome.OfAnswers(Asked(task), answers);
        return $"{outcome.Metrics.ShouldHaveSingleItem().Key}: "
            + string.Join(' ', outcome.Questions.Select(question => question.Scores["exact_match"].Value));
    }

    private HarnessTask Task(string yaml)
    {
        File.WriteAllText(_folder["task.yaml"], yaml);
        return TaskFile.Read(_folder["task.yaml"]);
    }

    private static AskedTask Asked(HarnessTask task, HarnessSettings? settings = null) =>
        AskedTask.Of(task, new DatasetFolder("."), settings ?? new HarnessSettings(), null, new PythonRandom(0));

    private static ContinuationScore[] Rows(params double[] logProbs) =>
        [.. logProbs.Select(logProb => new ContinuationScore(logProb, false))];
}
