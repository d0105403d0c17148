using Shouldly;
using TSpin.Evaluation.Harness;
using TSpin.Evaluation.Tasks;
using TSpin.Scoring;
using TSpin.Tests.Generation;
using TSpin.Tests.Tokenizers;
using Xunit;

namespace TSpin.Tests.Evaluation.Harness;

/// <summary>What is said of every answer beside its scores.</summary>
public sealed class AnswerFiguresTests
{
    [Fact]
    public void Repetition_is_the_share_of_runs_of_four_that_were_there_before()
    {
        AnswerFigures.Repeated([]).ShouldBe(0);
        AnswerFigures.Repeated([1, 1, 1]).ShouldBe(0);
        AnswerFigures.Repeated([1, 2, 3, 4, 5]).ShouldBe(0);
        AnswerFigures.Repeated([7, 7, 7, 7, 7, 7, 7]).ShouldBe(0.75);
        // 1234 2341 3412 4123 1234: one of five.
        AnswerFigures.Repeated([1, 2, 3, 4, 1, 2, 3, 4]).ShouldBe(0.2, 1e-15);
    }

    [Fact]
    public void Annotated_answers_count_by_their_tokens()
    {
        var metrics = AnswerFigures.Metrics([new(4, true, 0.5, -6, 2), new(8, false, 0, -6, 4), new(3, false, 0.1)]);
        metrics.Select(metric => (metric.Key, metric.Value, metric.Rows))
            .ShouldBe([("answer_tokens,none", 5.0, 3), ("cut_at_limit,none", 1.0 / 3, 3),
            ("repeated_4grams,none", 0.6 / 3, 3), ("annotated_log_prob_per_token,none", -2.0, 2)]);
        // The residuals are -2 and 2: sqrt((4 + 4) * 2 / 1) / 6.
        metrics[3].StandardError!.Value.ShouldBe(4.0 / 6, 1e-12);
        AnswerFigures.Metrics([new(4, true, 0.5, -6, 2)])[3].StandardError.ShouldBeNull();
        AnswerFigures.Metrics([]).ShouldBeEmpty();
    }

    [Fact]
    public void Every_task_that_generates_has_them_and_the_harness_own_numbers_stay()
    {
        using var decoder = TinyModel.Decoder(TinyModel.Config with { VocabularySize = 258, EosIds = [257] });
        var tokenizer = TestTokenizers.ByteLevel();
        var task = new Gsm8kFewShotTask();
        var rows = Rows.Of("""{"question": "1+1", "answer": "2 #### 2"}""", """{"question": "2", "answer": "x"}""",
            $$"""{"question": "long", "answer": "{{new string('y', 70)}}"}""");
        var asked = AskedTask.Of(task, rows, [], new HarnessSettings { Shots = 0, MaxTokens = 5 }, null);
        var outcome = HarnessEvaluation.Run([asked], new HarnessModel(decoder, tokenizer, null))[0];
        var direct = TaskOutcome.OfAnswers(asked, [.. outcome.Questions.Take(3).Select(question => question.Answer!)]);
        outcome.Metrics.ShouldBe(direct.Metrics);
        direct.AnswerMetrics.ShouldBeEmpty();
        outcome.Figures.Count.ShouldBe(3);
        outcome.Figures.ShouldAllBe(figures => figures.Tokens <= 5 && (!figures.IsCut || figures.Tokens == 5));
        // By the scorer that training uses; the third annotated answer has no room in 64 positions.
        int[] context = tokenizer.Encode("Question: 1+1\nAnswer:", addSpecialTokens: true),
            answer = tokenizer.Encode(" 2 #### 2", addSpecialTokens: false);
        var expected = new ResponseScorer(decoder).Score([(context, answer)])[0].LogProb;
        outcome.Figures[0].AnnotatedLogProb!.Value.ShouldBe(expected, 1e-4);
        outcome.Figures[0].AnnotatedTokens.ShouldBe(answer.Length);
        outcome.Figures[2].AnnotatedLogProb.ShouldBeNull();
        var json = ResultJson.Of(outcome);
        json.EnumerateObject().Select(field => field.Name).ShouldBe(
        [
            "name", "alias", "sample_len", "exact_match,strict-match", "exact_match_stderr,strict-match",
                "exact_match,flexible-extract", "exact_match_stderr,flexible-extract",
            "answer_tokens,none", "answer_tokens_stderr,none", "cut_at_limit,none", "cut_at_limit_stderr,none",
                "repeated_4grams,none", "repeated_4grams_stderr,none",
            "annotated_log_prob_per_token,none", "annotated_log_prob_per_token_stderr,none",
        ]);
        var better = (Dictionary<string, bool>)(
            (OrderedDictionary<string, object>)HarnessFiles.Results(new HarnessSettings(), [outcome],
            [])["higher_is_better"]!)["gsm8k"];
        better.ShouldBe(new Dictionary<string, bool>
        {
            ["exact_match"] = true,
            ["answer_tokens"] = false,
            ["cut_at_limit"] = false,
            ["repeated_4grams"] = false,
            ["annotated_log_prob_per_token"] = true
        },
            ignoreOrder: true);
        var sample = HarnessSample.Of(task, outcome.Questions[0]).Json;
        sample.GetProperty("metrics").GetArrayLength().ShouldBe(1);
        sample.GetProperty("answer_tokens").GetInt32().ShouldBe(outcome.Figures[0].Tokens);
        sample.GetProperty("annotated_tokens").GetInt32().ShouldBe(answer.Length);
    }
}
