using Shouldly;
using TSpin.Evaluation;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Randomness;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>What each task makes of a row: context, continuations, the right answer; and how it scores. Rows are our own, words those of lm-evaluation-harness 0.4.13.</summary>
public sealed class TaskPromptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Arc_follows_a_question_with_every_choice_and_finds_the_right_one_by_its_label()
    {
        var task = new ArcTask("arc_easy", "ARC-Easy", 0);
        const string row = """{"id": "1", "question": "What melts?", "choices": {"text": ["ice", "fire"], "label": ["1", "2"]}, "answerKey": "2"}""";
        var question = Rows.Question(task, row);
        question.Continuations.ShouldBe([new("Question: What melts?\nAnswer:", " ice"), new("Question: What melts?\nAnswer:", " fire")]);
        task.Target(question.Row).ShouldBe(TaskTarget.Of(1));
        // Of equals the first; by characters "fire" is the likelier one.
        Verdicts(task.Score(question.Row, Rows.Scores(-4, -4))).ShouldBe([("acc", 0), ("acc_norm", 1)]);
        Should.Throw<TSpinException>(() => task.Target(Rows.One(row.Replace("\"answerKey\": \"2\"", "\"answerKey\": \"C\"", StringComparison.Ordinal))))
            .Message.ShouldContain("rows.jsonl, row 1: field \"answerKey\" is \"C\", and the choices are 1, 2");
        Should.Throw<TSpinException>(() => task.Text(Rows.One("{\"id\": 3}"))).Message.ShouldContain("has no field \"question\"; it has id");
    }

    [Fact]
    public void HellaSwag_cleans_its_texts_and_capitalizes_as_Python_does()
    {
        var question = Rows.Question(new HellaSwagTask(), """
            {"activity_label": "Making tea", "ctx_a": "[header] How [title] Boil.  Wait", "ctx_b": "then YOU ßit", "endings": [" pour [substeps] it.  ", "[x]a  b", "c", "d"], "label": "1"}
            """);
        question.Continuations[0].Context.ShouldBe("Making tea: How. Boil. Wait Then you ßit");
        question.Continuations.Select(request => request.Continuation).ShouldBe([" pour it.", " a b", " c", " d"]);
        new HellaSwagTask().Target(question.Row).Choice.ShouldBe(1);
        PythonString.Capitalize("ǆ ΑΣ İ").ShouldBe("ǅ ας i̇");
        PythonString.Capitalize("ßA").ShouldBe("Ssa");
    }

    [Fact]
    public void WinoGrande_puts_the_options_in_the_context_and_scores_the_rest_of_the_sentence()
    {
        var task = new WinoGrandeTask();
        var rows = Rows.Of("""{"sentence": "Ann met Bo as _ was late .", "option1": "Ann", "option2": "Bo", "answer": "1"}""", """{"sentence": "The _ fell.", "option1": "cup", "option2": "jug", "answer": "2"}""");
        var question = AskedTask.Of(task, [rows[0]], [rows[1], rows[0]], new HarnessSettings { Shots = 1 }, null).Questions[0];
        question.Continuations.ShouldBe([new("The jug fell.\n\nAnn met Bo as Ann", " was late ."), new("The jug fell.\n\nAnn met Bo as Bo", " was late .")]);
        task.Gold(rows[0]).ShouldBe(0);
        Should.Throw<TSpinException>(() => task.Gold(Rows.One("""{"answer": ""}"""))).Message.ShouldContain("neither 1 nor 2");
        Should.Throw<TSpinException>(() => task.Choices(Rows.One("""{"sentence": "no blank"}"""))).Message.ShouldContain("no _");
    }

    [Fact]
    public void Mmlu_begins_with_its_subject_and_shows_the_first_examples()
    {
        const string one = """{"question": " 1+1? ", "choices": ["1", "2", "3", "4"], "answer": 1}""";
        var asked = AskedTask.Of(new MmluTask("high_school_physics"), Rows.Of(one.Replace("1+1", "2+1", StringComparison.Ordinal)), Rows.Of(one, one), new HarnessSettings { Shots = 1 }, null);
        asked.Questions[0].Continuations[3].ShouldBe(new ContinuationRequest(
            "The following are multiple choice questions (with answers) about high school physics.\n\n1+1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: B\n\n2+1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer:", " D"));
        MmluTask.Subjects.Count.ShouldBe(57);
        MmluTask.Groups.Select(group => (group.Name, group.Members.Count)).ShouldBe([("mmlu_stem", 19), ("mmlu_other", 13), ("mmlu_social_sciences", 12), ("mmlu_humanities", 13), ("mmlu", 4)]);
        Should.Throw<TSpinException>(() => new MmluTask("astronomy").Target(Rows.One("""{"answer": 7}"""))).Message.ShouldContain("is 7");
    }

    [Fact]
    public void TruthfulQa_scores_the_first_choice_or_the_share_of_the_right_ones()
    {
        const string row = """{"question": "Why?", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}, "mc2_targets": {"choices": ["a", "b", "c"], "labels": [1, 0, 1]}}""";
        var question = Rows.Question(new TruthfulQaTask(hasSeveralRight: true), row);
        question.Continuations[0].Context.ShouldStartWith("Q: What is human life expectancy in the United States?\nA: ");
        question.Continuations[0].Context.ShouldEndWith("Barcelona, Spain.\n\nQ: Why?\nA:");
        Verdicts(new TruthfulQaTask(hasSeveralRight: false).Score(question.Row, Rows.Scores(-1, -2))).ShouldBe([("acc", 1)]);
        new TruthfulQaTask(hasSeveralRight: true).Score(question.Row, Rows.Scores(Math.Log(0.1), Math.Log(0.3), Math.Log(0.2)))["acc"].Value.ShouldBe(0.5, 1e-12);
        new HarnessSettings { Shots = 3 }.ShotsOf(new TruthfulQaTask(hasSeveralRight: false)).ShouldBe(0, "the harness fixes it");
    }

    [Fact]
    public void Musr_numbers_its_choices_and_MmluPro_letters_as_many_as_there_are()
    {
        var musr = Rows.Question(new MusrTask("murder_mysteries"), """{"narrative": "N", "question": "Who?", "choices": "['Al', \"O'Neil\"]", "answer_choice": "O'Neil"}""");
        musr.Continuations.ShouldBe([new("N\n\nWho?\n\n1 - Al\n2 - O'Neil\n\nAnswer:", " Al"), new("N\n\nWho?\n\n1 - Al\n2 - O'Neil\n\nAnswer:", " O'Neil")]);
        new MusrTask("murder_mysteries").Gold(musr.Row).ShouldBe(1);
        var pro = Rows.Question(new MmluProTask(), """{"question": "Q", "options": ["x", "y", "z"], "answer": "C", "answer_index": 2}""");
        pro.Continuations.ShouldBe([new("Q\nA. x\nB. y\nC. z\nAnswer:", " A"), new("Q\nA. x\nB. y\nC. z\nAnswer:", " B"), new("Q\nA. x\nB. y\nC. z\nAnswer:", " C")]);
        new MmluProTask().Gold(pro.Row).ShouldBe(2);
    }

    [Fact]
    public void Gpqa_shuffles_with_the_generator_that_all_its_parts_share()
    {
        const string row = """{"Question": "Q", "Correct Answer": "right\n", "Incorrect Answer 1": "w1", "Incorrect Answer 2": null, "Incorrect Answer 3": "w3 [title] x"}""";
        var random = new PythonRandom(0);
        var rows = new GpqaTask("diamond").Process(Rows.Of(row, row), random);
        // random.seed(0); two lists shuffled one after the other.
        Choices(rows[0]).ShouldBe(["w3. x", "w1", " ", "right"]);
        rows[0].Text("answer").ShouldBe("(D)");
        Choices(rows[1]).ShouldNotBe(Choices(rows[0]));
        new GpqaTask("diamond").Text(rows[0]).ShouldBe("What is the correct answer to this question:Q\nChoices:\n(A) w3. x\n(B) w1\n(C)  \n(D) right\nAnswer: ");

        static string[] Choices(TaskRow shuffled) => [.. Enumerable.Range(1, 4).Select(i => shuffled.Text($"choice{i}"))];
    }

    [Fact]
    public void Gsm8k_takes_the_number_out_of_an_answer_in_two_ways()
    {
        var task = new Gsm8kFewShotTask();
        var asked = AskedTask.Of(task, Rows.Of("""{"question": "2+3?", "answer": "It is <<2+3=5>>5.\n#### 5"}"""), [], new HarnessSettings { Shots = 0, MaxTokens = 9 }, null);
        asked.Questions[0].Answer!.Context.ShouldBe("Question: 2+3?\nAnswer:");
        asked.Questions[0].Answer!.Until.ShouldBe(["Question:", "</s>", "<|im_end|>"]);
        asked.Questions[0].Answer!.MaxTokens.ShouldBe(9);
        var outcome = TaskOutcome.OfAnswers(asked, [" 4 and then $5."]);
        outcome.Questions.Select(question => (question.Filter, question.Filtered, question.Scores!["exact_match"].Value)).ShouldBe([("strict-match", "[invalid]", 0.0), ("flexible-extract", "$5.", 1.0)]);
        outcome.Metrics.Select(metric => (metric.Key, metric.Value, metric.StandardError)).ShouldBe([("exact_match,strict-match", 0.0, (double?)null), ("exact_match,flexible-extract", 1.0, null)]);
    }

    [Fact]
    public void BigBench_and_math_read_their_examples_from_the_harness_folder()
    {
        Directory.CreateDirectory(_folder["bbh_mc"]);
        File.WriteAllText(_folder["bbh_mc", "navigate.yaml"], """
            dataset_name: navigate
            description: 'Do you come back?'
            doc_to_choice: ["No", "Yes"]
            fewshot_config:
              sampler: first_n
              samples:
              - input: 'Turn

                  around.'
                target: 'Yes'
              - input: Walk.
                target: 'No'
            """);
        Directory.CreateDirectory(_folder["math"]);
        File.WriteAllText(_folder["math", "utils.py"], """
            def list_fewshot_samples() -> list[dict]:
                return [
                    {
                        "problem": "What is $1+1$?",
                        "solution": "It's $\\boxed{2}$.\nFinal Answer: The final answer is $2$.",
                        "few_shot": "1",
                    },
                ]
            """);
        var harness = new HarnessFolder(_folder.Path);
        var navigate = new BigBenchHardTask("navigate", harness);
        var asked = AskedTask.Of(navigate, Rows.Of("""{"input": "Go.", "target": "No"}"""), navigate.OwnShots, new HarnessSettings { Shots = 2 }, null);
        asked.Questions[0].Continuations[1].ShouldBe(new ContinuationRequest("Do you come back?Q: Turn\naround.\nA: Yes\n\nQ: Walk.\nA: No\n\nQ: Go.\nA:", " Yes"));
        navigate.Gold(asked.Questions[0].Row).ShouldBe(0);
        var algebra = new MathHardTask("algebra", harness);
        var rows = algebra.Process(Rows.Of("""{"problem": "P", "level": "Level 5", "solution": "\\boxed{1} or \\boxed{\\frac{3}{4}}."}""", """{"problem": "easy", "level": "Level 1", "solution": ""}"""), new PythonRandom(0));
        rows.Count.ShouldBe(1);
        rows[0].Text("answer").ShouldBe(@"\frac{3}{4}");
        AskedTask.Of(algebra, rows, algebra.OwnShots, new HarnessSettings { Shots = 1 }, null).Questions[0].Answer!.Context.ShouldBe(
            "Problem:\nWhat is $1+1$?\n\nSolution: It's $\\boxed{2}$.\nFinal Answer: The final answer is $2$.\n\nProblem:\nP\n\nSolution:");
        Should.Throw<TSpinException>(() => new BigBenchHardTask("snarks", harness)).Message.ShouldContain("has no bbh_mc/snarks.yaml");
        Should.Throw<TSpinException>(() => HarnessTasks.Find(["bbh"], new HarnessFolder(null))).Message.ShouldContain("--harness");
    }

    [Fact]
    public void Names_are_the_harness_own_and_short_ones()
    {
        var (tasks, groups) = HarnessTasks.Find(["gpqa", "mmlu_stem", "arc"], new HarnessFolder(null));
        tasks.Count.ShouldBe(3 + 19 + 2);
        groups.Select(group => group.Name).ShouldBe(["leaderboard_gpqa", "mmlu_stem"]);
        Should.Throw<TSpinException>(() => HarnessTasks.Find(["helaswag"], new HarnessFolder(null))).Message.ShouldContain("did you mean hellaswag?");
        Should.Throw<TSpinException>(() => HarnessTasks.Find(["mmlu_stem", "mmlu_astronomy"], new HarnessFolder(null))).Message.ShouldContain("mmlu_astronomy is named twice");
    }

    private static (string, double)[] Verdicts(IReadOnlyDictionary<string, TaskScore> scores) => [.. scores.Select(score => (score.Key, score.Value.Value))];
}
