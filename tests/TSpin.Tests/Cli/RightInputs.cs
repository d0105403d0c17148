using System.IO.Compression;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Shouldly;
using TSpin.Adapters;
using TSpin.Checkpoints;
using TSpin.Cli;
using TSpin.Models;
using TSpin.Recipes;
using TSpin.Safetensors;
using TSpin.SelfPlay;
using TSpin.Tests.Checks;
using TSpin.Tests.Gguf;
using TSpin.Tests.Parquet;
using TSpin.Tests.SelfPlay;
using TSpin.Tokenizers;

namespace TSpin.Tests.Cli;

/// <summary>Right inputs of every verb, which <see cref="MutatedInputTests"/> makes wrong.</summary>
internal static class RightInputs
{
    /// <summary>Writes them beside the model.</summary>
    /// <param name="tiny">Gives model, examples and folder.</param>
    public static void Write(TinyRun tiny)
    {
        string model = tiny.Model, yaml = $"name: tiny\nseed: 7\nmodel:\n  path: {tiny.Model}\n  dtype: float32\ndata:\n  train: {tiny.Train}\nprompt:\n  max_prompt_tokens: 80\n  max_sequence_tokens: 160\n"
            + $"generation:\n  max_new_tokens: 4\n  batch_size: 4\nobjective:\n  alpha: 0.1\ntraining:\n  iterations: 1\n  epochs: 1\n  batch_size: 4\n  learning_rate: 1e-3\n"
            + $"evaluation:\n  data: {tiny.HeldOut}\n  max_new_tokens: 4\noutput:\n  directory: {tiny["runs"]}\n";
        File.WriteAllText(tiny["recipe.yaml"], yaml);
        File.WriteAllText(tiny["model", "generation_config.json"], "{\"eos_token_id\": 0, \"temperature\": 1.0}");
        var tokenizer = Tokenizer.Load(model);
        File.WriteAllText(tiny["ids.jsonl"], "{\"prompt_ids\": [3, 4, 5]}\n{\"prompt_ids\": [6]}\n");
        File.WriteAllText(tiny["pairs.jsonl"], "{\"prompt\": \"How many?\", \"response\": \"Two.\"}\n{\"prompt_ids\": [3], \"response_ids\": [4, 5]}\n{\"ids\": [3, 4]}\n");
        File.WriteAllText(tiny["text.txt"], "Ann has figs\nand more\n");
        File.WriteAllText(tiny["chats.jsonl"], "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\n");
        Copy(model, tiny["chat"]);
        File.WriteAllText(tiny["chat", "chat_template.jinja"], "{% for m in messages %}{{ m['role'] }}: {{ m.content | trim }}<|end|>\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        File.WriteAllText(tiny["chat", "tokenizer_config.json"], "{\"eos_token\": \"<|end|>\", \"add_bos_token\": false}");
        File.WriteAllText(tiny["chat", "special_tokens_map.json"], """{"eos_token": {"content": "<|end|>", "lstrip": false}, "pad_token": null}""");
        File.WriteAllText(tiny["chat", "added_tokens.json"], """{"<|more|>": 280}""");
        WriteBinary(tiny);
        WriteForms(tiny);
        WriteSets(tiny);
        WriteOwn(tiny);
        WriteRecords(tiny);
        WriteComparisons(tiny);
        File.WriteAllText(tiny["prompt.json"], "{\"prompt\": [3, 4, 5]}");
        var ids = tokenizer.Encode("Ann has", addSpecialTokens: false);
        File.WriteAllText(tiny["texts.json"], "[\"Ann has\"]");
        File.WriteAllText(tiny["record.json"], $"{{\"ids\": [[{string.Join(',', ids)}]], \"decoded_ids\": [\"Ann has\"]}}");
        File.WriteAllText(tiny["conversations.json"], "{\"conversations\": {\"one\": [{\"role\": \"user\", \"content\": \"a\"}]}, \"tools\": []}");
        File.WriteAllText(tiny["cases.jsonl"], "{\"template\": \"chat_template.jinja\", \"conversation\": \"one\", \"arguments\": {}, \"text\": \"user: a<|end|>\\n\"}\n");
        File.WriteAllText(tiny["pretrain.yaml"],
            $"name: base\nseed: 1\nmodel:\n  hidden_size: 16\n  intermediate_size: 16\n  layers: 1\n  heads: 2\n  key_value_heads: 2\n  max_positions: 64\n  dtype: float32\n"
            + $"data:\n  documents: {tiny["documents.jsonl"]}\n  vocabulary_size: 280\n  tokenizer_documents: 4\ntraining:\n  cycles: [2]\n  batch_size: 2\n  micro_batch_size: 2\n");
        File.WriteAllLines(tiny["documents.jsonl"], Enumerable.Range(0, 6).Select(i => $"{{\"prompt\": \"How many {i}?\", \"response\": \"Just {i}.\"}}"));
        Directory.CreateDirectory(tiny["training"]);
        File.WriteAllText(tiny["training", "objectives.json"],
            "[{\"objective\": \"spin\", \"link\": \"exponential\", \"lambda\": 0.25, \"logprobs\": {\"annotated\": [-4], \"synthetic\": [-6], \"proto_synthetic\": [-5]}, "
            + "\"reference_logprobs\": {\"annotated\": [-7], \"synthetic\": [-5], \"proto_synthetic\": [-1]}, \"per_example\": [0.36787944117144233], \"loss\": 0.36787944117144233, "
            + "\"gradient\": {\"annotated\": [-0.09196986029286058], \"synthetic\": [0.09196986029286058], \"proto_synthetic\": null}}]");
    }

    private static void WriteSets(TinyRun tiny)
    {
        const string arc = """{"question": "Q?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"}""";
        const string gsm = """{"question": "1+1?", "answer": "#### 2"}""";
        const string swag = """{"activity_label": "Tea", "ctx_a": "Pour.", "ctx_b": "then", "endings": ["a", "b"], "label": "0", "ind": 1}""";
        const string grande = """{"sentence": "Ann saw _ go.", "option1": "Bo", "option2": "Cy", "answer": "1"}""";
        foreach (var (file, row) in ((string, string)[])[
            ("ARC-Easy/test.jsonl", arc), ("ARC-Easy/train.jsonl", arc), ("main/test.jsonl", gsm), ("main/train.jsonl", gsm), ("default/validation.jsonl", swag), ("default/train.jsonl", swag.Replace("Tea", "Pie", StringComparison.Ordinal)),
            ("winogrande_xl/validation.jsonl", grande), ("winogrande_xl/train.jsonl", grande.Replace("Ann", "Di", StringComparison.Ordinal)),
            ("gpqa_main/train.jsonl", """{"Question": "Q", "Correct Answer": "a", "Incorrect Answer 1": "b", "Incorrect Answer 2": "c", "Incorrect Answer 3": null}"""),
            ("multiple_choice/validation.jsonl", """{"question": "Q", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}, "mc2_targets": {"choices": ["a", "b"], "labels": [1, 0]}}"""),
            ("navigate/test.jsonl", """{"input": "Go.", "target": "No"}"""), ("algebra/test.jsonl", """{"problem": "P", "level": "Level 5", "solution": "\\\\boxed{1}"}"""),
            ("harness/math_fewshot.json", """[{"problem": "P", "solution": "S", "few_shot": "1"}]"""),
            ("harness/bbh_mc/navigate.yaml", "description: 'Walk.'\ndoc_to_choice: [\"No\", \"Yes\"]\nfewshot_config:\n  sampler: first_n\n  samples:\n  - input: Stop.\n    target: 'No'\n")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(tiny["sets", file])!);
            File.WriteAllText(tiny["sets", file], file.EndsWith(".jsonl", StringComparison.Ordinal) ? row + "\n" + row.Replace(": \"Q", ": \"R", StringComparison.Ordinal) + "\n" : row);
        }
    }

    // A task of one's own, and what two evaluations of it might have written.
    private static void WriteOwn(TinyRun tiny)
    {
        File.WriteAllText(tiny["sets", "sums.yaml"],
            "data: sums.jsonl\ndoc_to_text: 'Question: {{question}}'\ndoc_to_target: answer\nnum_fewshot: 1\ngeneration_kwargs:\n  max_gen_toks: 3\nfilter:\n  function: final_number\n");
        File.WriteAllLines(tiny["sets", "sums.jsonl"],
            ["""{"question": "1+1?", "answer": "2"}""", """{"question": "1+2?", "answer": "3"}"""]);
        foreach (var folder in (string[])["a", "b"])
        {
            Directory.CreateDirectory(tiny["cmp", folder]);
            File.WriteAllLines(tiny["cmp", folder, "samples_sums_2026-01-01T00-00-00.000000.jsonl"],
                Enumerable.Range(0, 2).Select(i =>
                $$$"""{"doc_id": {{{i}}}, "doc": {}, "target": "2", "arguments": {"gen_args_0": {"arg_0": "1+1", "arg_1": "x"} }, "resps": [["{{{folder}}}"]], "filter": "none", "metrics": ["exact_match"], "doc_hash": "x", "exact_match": 1.0}"""));
            File.WriteAllText(tiny["cmp", folder, "results_2026-01-01T00-00-00.000000.json"],
                """{"higher_is_better": {"sums": {"exact_match": true}}}""");
        }
    }

    // What check evaluation compares.
    private static void WriteRecords(TinyRun tiny)
    {
        Directory.CreateDirectory(tiny["ifeval"]);
        File.WriteAllText(tiny["ifeval", "input_data.jsonl"],
            """{"key": 1, "prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}""");
        File.WriteAllText(tiny["verdicts.jsonl"], """{"key": 1, "response": "a", "strict": [true], "loose": [true]}""");
        File.WriteAllText(tiny["mathematics.jsonl"],
            """{"candidate": "$5$", "solution": "$\\boxed{5}$", "answer": "5", "exact_match": 1}""");
        HarnessRecord.Write(tiny["harness.jsonl"]);
    }

    /// <summary>Answers of generate, for a generate that goes on with them.</summary>
    /// <param name="tiny">As for <see cref="Write"/>.</param>
    public static void Answers(TinyRun tiny)
    {
        Directory.CreateDirectory(tiny["answers"]);
        InvokedVerb.Invoke(
            GenerateCommand.Create(), tiny.Model, "--prompts", tiny.Train, "--out", tiny["answers", "a.jsonl"],
            "--max-new-tokens", "2", "--batch-size", "1").Code.ShouldBe(0);
    }

    /// <summary>A finished run, its responses, and what a kill in the middle of training leaves of one.</summary>
    /// <param name="tiny">As for <see cref="Write"/>.</param>
    public static void Runs(TinyRun tiny)
    {
        var recipe = RecipeReader.Read(tiny["recipe.yaml"], []);
        var whole = new RunFolder(tiny.Run(recipe, Path.Combine("runs", "whole")));
        File.Copy(whole.Responses(0), tiny["responses.jsonl"]);
        File.Copy(whole.Responses(0), tiny["proto.jsonl"]);
        var half = new RunFolder(tiny["runs", "half"]);
        tiny.Run(recipe with { Training = recipe.Training with { SaveEverySteps = 1 } }, "whole", value =>
        {
            if (value is Stepped && File.Exists(new RunFolder(tiny["whole"]).TrainingState(0)))
            {
                TinyRun.Snapshot(tiny["whole"], half.Path);
            }
        });
        File.Exists(half.TrainingState(0)).ShouldBeTrue();
    }

    /// <summary>A finished tuning, for those that go on with it.</summary>
    /// <param name="tiny">As for <see cref="Write"/>.</param>
    public static void Tune(TinyRun tiny) =>
        InvokedVerb.Invoke(TuneCommand.Create(), tiny["examples.jsonl"], "--model", tiny.Model, "--task", tiny["sets", "sums.yaml"],
            "--max-new-tokens", "2", "--minutes", "3", "--out", tiny["tuned"]).Code.ShouldBe(0);

    /// <summary>A study's ledger with one of its two cells, for those that go on with it.</summary>
    /// <param name="tiny">As for <see cref="Write"/>.</param>
    public static void Study(TinyRun tiny)
    {
        InvokedVerb.Invoke(StudyCommand.Create(), tiny["study.yaml"], "--only", "sft").Code.ShouldBe(0);
        File.Copy(tiny["studies", "small", "ledger.jsonl"], tiny["other-ledger.jsonl"]);
    }

    private static void WriteComparisons(TinyRun tiny)
    {
        File.WriteAllLines(tiny["examples.jsonl"], Enumerable.Range(1, 10).Select(n =>
            $$"""{"question": "Ann has {{n}} figs. How many has Ann?", "answer": "Ann has\n{{n}} figs."}"""));
        var recipe = tiny.Recipe();
        File.WriteAllText(tiny["study-recipe.yaml"], RecipeWriter.Write(recipe with
        {
            Data = recipe.Data with { Validation = "2" },
            Training = recipe.Training with { Iterations = 1, Epochs = 1, BatchSize = 2 },
        }));
        File.WriteAllText(tiny["study.yaml"],
            $"name: small\nrecipe: study-recipe.yaml\noutput: {tiny["studies"]}\ndistance: 2\nbootstrap:\n  resamples: 200\n"
            + "methods: [sft, tspin]\nexamples: [2]\nseeds: [1]\n");
        File.WriteAllText(tiny["not-a-folder"], "words\n");
        Directory.CreateDirectory(tiny["demo", "seed-42"]);
        File.WriteAllText(tiny["demo", "seed-42", "data"], "words\n");
    }

    // One data set in the forms that people have.
    private static void WriteForms(TinyRun tiny)
    {
        var lines = File.ReadAllBytes(tiny.Train);
        File.WriteAllBytes(tiny["packed.jsonl.zst"], TestParquet.Zstd(lines));
        using (var packed = new GZipStream(File.Create(tiny["packed.jsonl.gz"]), CompressionLevel.Fastest))
        {
            packed.Write(lines);
        }

        File.WriteAllText(tiny["rows.csv"], "prompt,response\nHow many?,Two.\n\"And, now?\",Three.\n");
        var schema = new Schema([new Field("prompt", StringType.Default, true), new Field("response", StringType.Default, true)], null);
        using var batch = new RecordBatch(schema,
            [new StringArray.Builder().Append("How many?").Append("And now?").Build(), new StringArray.Builder().Append("Two.").Append("Three.").Build()], 2);
        Directory.CreateDirectory(tiny["saved"]);
        foreach (var path in (string[])[tiny["rows.arrow"], tiny["saved", "data-00000-of-00001.arrow"]])
        {
            using var stream = File.Create(path);
            using var writer = new ArrowStreamWriter(stream, schema);
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        File.WriteAllText(tiny["saved", "state.json"],
            """{"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": "train"}""");
        File.WriteAllText(tiny["saved", "dataset_info.json"], "{}");
    }

    // Weights, adapters, Parquet, GGUF.
    private static void WriteBinary(TinyRun tiny)
    {
        using (var decoder = DecoderLoader.Load(tiny.Model))
        using (var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, Alpha = 4, TargetModules = ["q_proj", "v_proj"], BaseModel = tiny.Model }, decoder, 5))
        {
            Directory.CreateDirectory(tiny["adapter"]);
            adapter.Save(tiny["adapter"]);
        }

        var logits = Enumerable.Repeat(0.5f, 3 * 280).ToArray();
        SafetensorsWriter.Write(tiny["model", "expected.safetensors"],
            [WeightToWrite.FromValues("logits", WeightType.Float32, [3, 280], logits), WeightToWrite.FromValues("logits.0", WeightType.Float32, [3, 280], logits)], SafetensorsWriter.TransformersMetadata);
        File.WriteAllText(tiny["model", "expected.json"],
            "{\"family\": \"llama\", \"prompts\": [[3, 4, 5]], \"token_logprobs\": [[-5.5, -5.5]], \"greedy\": [{\"prompt\": [3, 4], \"tokens\": [5], \"smallest_lead\": 1, \"same_without_cache\": true}], "
            + "\"triplet\": {\"prompt\": [3], \"annotated\": [4], \"synthetic\": [5], \"proto_synthetic\": [6], \"alpha\": 1, \"beta\": 0.1, \"loss\": \"logistic\", "
            + "\"logprob_annotated\": -5, \"logprob_synthetic\": -5, \"logprob_proto_synthetic\": -5, \"value\": 1, \"gradients\": {}}}");
        File.Copy(tiny["model", "expected.safetensors"], tiny["adapter", "expected.safetensors"]);
        File.WriteAllText(tiny["adapter", "expected.json"],
            "{\"prompt\": [3, 4, 5], \"triplet\": {\"prompt\": [3], \"annotated\": [4, 5], \"synthetic\": [6], \"proto_synthetic\": [7], \"alpha\": 1, \"beta\": 0.1}, "
            + "\"gradients\": {}, \"steps\": [{\"loss\": 1, \"gradient_norm\": 1}], \"moved\": {}}");
        string[] rows = ["{\"prompt\":\"How many?\",\"response\":\"Two.\"}", "{\"prompt\":\"And now?\",\"response\":\"Three.\"}"];
        File.WriteAllBytes(tiny["rows.parquet"], new TestParquet(TestColumn.Text("prompt"), TestColumn.Text("response")) { UseDictionary = true }.Write(rows));
        File.WriteAllLines(tiny["rows.jsonl"], rows);
        new GgufTestFile().Set("general.architecture", "llama").Set("general.name", "small").Tensor("a", [2, 3], [1f, 2, 3, 4, 5, 6]).Save(tiny["small.gguf"]);
        SafetensorsWriter.Write(tiny["small.safetensors"], [WeightToWrite.FromValues("a", WeightType.Float32, [2, 3], [1f, 2, 3, 4, 5, 6])], SafetensorsWriter.TransformersMetadata);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
