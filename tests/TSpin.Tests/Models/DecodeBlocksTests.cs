using Shouldly;
using TSpin.Adapters;
using TSpin.Models;
using TSpin.Optimization;
using TSpin.Torch;
using Xunit;

namespace TSpin.Tests.Models;

/// <summary>One native pass per block and new token, against the blocks that training runs.</summary>
public sealed class DecodeBlocksTests
{
    // So many rows that threads share even these small models' steps.
    private const int Many = 32;

    public static TheoryData<string> Names => [.. SmallModels.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tokens_read_one_by_one_give_what_the_plain_blocks_give(string name)
    {
        foreach (var (count, type, tolerance) in new[] { (3, DType.Float64, 1e-10), (3, DType.Float32, 1e-4), (3, DType.BFloat16, 0.15), (Many, DType.Float32, 1e-4) })
        {
            using var off = GradMode.Off();
            using var scope = new TensorScope();
            var config = SmallModels.All[name];
            using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), type);
            var rows = Rows(count);
            const int steps = 6;
            using var plain = PlainDecoding.Filled(decoder, rows);
            using var native = PlainDecoding.Filled(decoder, rows);

            for (var step = 0; step < steps; step++)
            {
                long[] ids = [.. rows.Select((_, n) => (long)SmallModels.Ids(1, (ulong)((10 * step) + n))[0])];
                long[] positions = [.. rows.Select(row => (long)row.Length + step)];
                if (positions.Any(position => !config.CacheSurvives(position, position + 1)))
                {
                    return; // generation reads everything again there
                }

                var actual = PlainDecoding.Values(PlainDecoding.Quick(decoder, ids, positions, native));
                var expected = PlainDecoding.Values(PlainDecoding.Next(decoder, ids, positions, plain));

                var scale = Math.Sqrt(expected.Average(x => x * x));
                actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(tolerance * Math.Max(1, scale), $"{type}, {count} rows, step {step}");
            }
        }
    }

    /// <summary>The sizes of heads that have kernels of their own, alone and in groups, over less than, just and more than one block of keys.</summary>
    [Theory]
    [InlineData(64, 3, 1, null, null)]
    [InlineData(64, 5, 1, null, 5.0)]
    [InlineData(64, 2, 2, 9, null)]
    [InlineData(128, 4, 2, null, null)]
    [InlineData(128, 3, 1, 20, 3.0)]
    [InlineData(96, 4, 2, null, null)]
    public void Heads_of_the_usual_sizes_follow_the_plain_blocks_and_bfloat16_follows_float32(int width, int heads, int keyHeads, int? window, double? softCap)
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var config = SmallModels.Base with
        {
            HeadDimension = width,
            HeadCount = heads,
            KeyValueHeadCount = keyHeads,
            Ropes = RopeSettings.Everywhere(2, 100, width),
            Windows = [window, null],
            AttentionSoftCap = softCap,
        };
        var weights = SmallModels.Weights(config);
        using var exact = SmallModels.Decoder(config, weights, DType.Float32);
        using var narrow = SmallModels.Decoder(config, weights, DType.BFloat16);
        int[][] rows = [SmallModels.Ids(2, 1), SmallModels.Ids(14, 2), SmallModels.Ids(33, 3)];
        using var ours = PlainDecoding.Filled(narrow, rows, 40);
        using var plainNarrow = PlainDecoding.Filled(narrow, rows, 40);
        using var plain = PlainDecoding.Filled(exact, rows, 40);
        using var oursExact = PlainDecoding.Filled(exact, rows, 40);
        for (var step = 0; step < 4; step++)
        {
            long[] ids = [.. rows.Select((_, n) => (long)SmallModels.Ids(1, (ulong)((10 * step) + n))[0])];
            long[] positions = [.. rows.Select(row => (long)row.Length + step)];
            var expected = PlainDecoding.Values(PlainDecoding.Next(exact, ids, positions, plain));
            var scale = Math.Sqrt(expected.Average(x => x * x));
            Error(PlainDecoding.Values(PlainDecoding.Quick(exact, ids, positions, oursExact))).ShouldBeLessThan(1e-5, $"step {step}");
            var error = Error(PlainDecoding.Values(PlainDecoding.Quick(narrow, ids, positions, ours)));

            // libtorch's own bfloat16, which rounds in other places, is the measure.
            error.ShouldBeLessThan(Math.Max(2.5 * Error(PlainDecoding.Values(PlainDecoding.Next(narrow, ids, positions, plainNarrow))), 0.02), $"step {step}");
            error.ShouldBeLessThan(0.3);

            double Error(double[] actual) => actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / scale;
        }
    }

    [Theory]
    [InlineData("all-linear", 4)]
    [InlineData("all-linear", 3)]   // odd: in bfloat16 no whole pairs
    [InlineData("k_proj,down_proj,lm_head", 40)]
    public void An_adapter_is_part_of_the_native_pass(string targets, int rank)
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var off = GradMode.Off();
        foreach (var (name, config) in SmallModels.All.Where(entry => !entry.Value.AttentionOutputBias && !entry.Value.FeedForwardBias && entry.Key.Split(',', ' ')[0] is "llama" or "qwen2" or "phi3" or "olmo2"))
        {
            foreach (var (count, type, tolerance) in new[] { (3, DType.Float64, 1e-10), (3, DType.Float32, 1e-4), (3, DType.BFloat16, 0.25), (Many, DType.Float32, 1e-4) })
            {
                using var scope = new TensorScope();
                using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), type);
                string[] there = [.. config.Modules.Projections(0).Append(config.Modules.Head).Append("all-linear")];
                string[] wanted = [.. targets.Split(',').Where(target => there.Any(module => module.EndsWith(target, StringComparison.Ordinal)))];
                using var adapter = LoraAdapter.Create(new LoraConfig { Rank = rank, Alpha = 3, TargetModules = wanted }, decoder, 1);
                using var draws = new RandomGenerator(5);
                foreach (var (_, b) in adapter.Parameters.Where(parameter => parameter.Key.Contains("lora_B", StringComparison.Ordinal)))
                {
                    b.FillUniform(-2, 2, draws);
                }

                var unadapted = Quick();
                using var own = adapter.ForInference(type);
                decoder.Adapter = own;
                DecodeBlocks.Of(decoder).ShouldNotBeNull(name);
                var expected = Answer((ids, positions, cache) => PlainDecoding.Next(decoder, ids, positions, cache));
                var scale = Math.Max(1, Math.Sqrt(expected.Average(x => x * x)));
                Difference(Quick(), expected).ShouldBeLessThan(tolerance * scale, $"{name}, {type}");
                Difference(unadapted, expected).ShouldBeGreaterThan(0.3 * scale, "the adapter changes too little to be seen");
                Difference(Quick(packs: true), expected).ShouldBeLessThan(tolerance * scale, $"{name}, {type}, packed");
                decoder.Adapter = null;
                Difference(Quick(), unadapted).ShouldBe(0, "without the adapter all is as before");

                double[] Quick(bool packs = false) => Answer((ids, positions, cache) => PlainDecoding.Session(decoder, cache, packs).Next(ids, positions), packs);

                double[] Answer(Func<long[], long[], KeyValueCache, Tensor> next, bool packs = false)
                {
                    var rows = Rows(count);
                    using var cache = PlainDecoding.Filled(decoder, rows);
                    long[] ids = [.. rows.Select((_, n) => 4L + (n % 3))], positions = [.. rows.Select(row => (long)row.Length)];
                    return PlainDecoding.Values(PlainDecoding.Session(decoder, cache, packs).Logits(next(ids, positions, cache)));
                }
            }
        }

        static double Difference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
    }

    private static int[][] Rows(int count) => [.. Enumerable.Range(0, count).Select(n => SmallModels.Ids(((int[])[3, 7, 5])[n % 3], (ulong)n + 1))];

    [Fact]
    public void Packed_weights_change_no_bit()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var config = SmallModels.Base with { HiddenSize = 64, IntermediateSize = 96, VocabularySize = 128, HeadDimension = 16, Ropes = RopeSettings.Everywhere(2, 100, 16), TieEmbeddings = true };
        var weights = SmallModels.Weights(config);
        using var plain = SmallModels.Decoder(config, weights, DType.BFloat16);
        using var packed = SmallModels.Decoder(config, weights, DType.BFloat16);
        foreach (var count in new[] { 1, 5, 13 })
        {
            int[][] rows = [.. Enumerable.Range(0, count).Select(n => SmallModels.Ids(3 + (n % 4), (ulong)n))];
            long[] ids = [.. rows.Select(row => (long)row[0])], positions = [.. rows.Select(row => (long)row.Length)];
            Answer(packed, packs: true).ShouldBe(Answer(plain, packs: false), $"{count} rows");

            double[] Answer(Decoder decoder, bool packs)
            {
                using var session = PlainDecoding.Session(decoder, PlainDecoding.Filled(decoder, rows), packs);
                return PlainDecoding.Values(session.Logits(session.Next(ids, positions)));
            }
        }
    }

    /// <summary>Whoever changes weights need not know that copies of them exist.</summary>
    [Fact]
    public void A_session_follows_weights_that_change_in_whatever_way()
    {
        foreach (var type in new[] { DType.Float32, DType.BFloat16 })
        {
            using var scope = new TensorScope();
            var config = SmallModels.Base with { HiddenSize = 64, IntermediateSize = 96, VocabularySize = 128, HeadDimension = 16, Ropes = RopeSettings.Everywhere(2, 100, 16), TieEmbeddings = true };
            using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config), type);
            var embedding = config.Modules.Embedding + ".weight";
            using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, decoder, 1);
            Changed("assigned", () => decoder.Weights.Assign(embedding, decoder.Parameters[embedding] * 0.5));
            Changed("written to", () => decoder.Parameters[config.Modules.Of(1, config.Modules.Down) + ".weight"].MultiplyInPlace(2));
            Changed("written to through a view", () => decoder.Parameters[config.Modules.Of(0, config.Modules.Query) + ".weight"].Detach().Narrow(0, 0, 8).Fill(0.25));
            Changed("updated", () =>
            {
                using var on = GradMode.On();
                decoder.Training.RequireGradients(true);
                decoder.Logits(decoder.Hidden(Tensor.From<long>([1, 2, 3], [1, 3]), AttentionLayout.Causal(3, Device.Cpu))).To(DType.Float32).LogSoftmax(-1, DType.Float32).Narrow(2, 0, 1).Sum().Backward();
                using var optimizer = new AdamW(decoder.Training.Parameters, 0.9, 0.999, 1e-8, 0, residues: decoder.Weights.Residues);
                optimizer.Step(0.05);
                decoder.Training.ClearGradients();
                decoder.Training.RequireGradients(false);
            });
            Changed("merged", () =>
            {
                foreach (var (_, factor) in adapter.Parameters)
                {
                    factor.Fill(0.1);
                }

                adapter.MergeInto(decoder);
            });

            void Changed(string how, Action change)
            {
                using var off = GradMode.Off();
                using var session = PlainDecoding.Session(decoder, PlainDecoding.Filled(decoder, [SmallModels.Ids(5, 1)]), packs: true);
                var before = Answer(session);
                Answer(session).ShouldBe(before, $"{type}, {how}: the same step again");
                change();
                using var other = new Decoder(config, decoder.Parameters.ToDictionary(entry => entry.Key, entry => entry.Value.Detach().Clone()));
                using var fresh = PlainDecoding.Session(other, session.Cache, packs: true);
                var after = Answer(session);
                after.ShouldBe(Answer(fresh), $"{type}, {how}");
                after.ShouldNotBe(before, $"{type}, {how}");
            }
        }

        static double[] Answer(DecodeSession session) => PlainDecoding.Values(session.Logits(session.Next([7], [5])));
    }

    [Fact]
    public void A_session_follows_an_adapter_that_is_put_on_trained_and_taken_off()
    {
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        using var decoder = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base));
        using var adapter = LoraAdapter.Create(new LoraConfig { Rank = 2, TargetModules = ["all-linear"] }, decoder, 1);
        using var session = PlainDecoding.Session(decoder, PlainDecoding.Filled(decoder, [SmallModels.Ids(5, 1)]), packs: true);
        var without = Answer();
        decoder.Adapter = adapter;
        Answer().ShouldBe(without, "B is zero");
        foreach (var (name, factor) in adapter.Parameters.Where(parameter => parameter.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            factor.Fill(0.3);
        }

        var trained = Answer();
        trained.ShouldNotBe(without);
        decoder.Training.Assign(adapter.Parameters.Keys.First(name => name.Contains("lora_A", StringComparison.Ordinal)), Tensor.Zeros(adapter.Parameters.First(parameter => parameter.Key.Contains("lora_A", StringComparison.Ordinal)).Value.Shape));
        Answer().ShouldNotBe(trained);
        decoder.Adapter = null;
        Answer().ShouldBe(without);

        double[] Answer() => PlainDecoding.Values(session.Logits(session.Next([7], [5])));
    }

    [Fact]
    public void The_usual_families_take_the_native_pass_and_the_others_do_not()
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        foreach (var (name, config) in SmallModels.All)
        {
            using var decoder = SmallModels.Decoder(config, SmallModels.Weights(config));
            using var blocks = DecodeBlocks.Of(decoder);
            var isUsual = name.Split(',', ' ')[0] is "llama" or "mistral" or "qwen2" or "qwen3" or "smollm3" or "phi3" or "olmo2" or "granite";
            if (isUsual && !config.AttentionOutputBias && !config.FeedForwardBias)
            {
                blocks.ShouldNotBeNull(name);
            }
            else if (config.Norm == NormKind.Layer || config.Activation != Activation.Silu)
            {
                blocks.ShouldBeNull(name);
            }
        }

        using var mixed = SmallModels.Decoder(SmallModels.Base, SmallModels.Weights(SmallModels.Base), DType.Float32, DType.BFloat16);
        DecodeBlocks.Of(mixed).ShouldBeNull("parameters of another type than the arithmetic's would be converted at every token");
    }

    [Fact]
    public void Faulty_arguments_are_refused_before_any_memory_is_read()
    {
        Assert.SkipUnless(TorchLibrary.UsesKernels, "TSPIN_KERNELS leaves all to libtorch");
        using var off = GradMode.Off();
        using var scope = new TensorScope();
        var (h, d) = (8L, 4L);
        var weights = new DecodeBlockWeights
        {
            Query = Tensor.Zeros([2 * d, h]),
            Key = Tensor.Zeros([d, h]),
            Value = Tensor.Zeros([d, h]),
            Output = Tensor.Zeros([h, 2 * d]),
            Gate = Tensor.Zeros([6, h]),
            Up = Tensor.Zeros([6, h]),
            Down = Tensor.Zeros([h, 6]),
        };
        var constants = new DecodeBlockConstants(2, 1e-5, false, true, 1, null, null, 1);
        var (keys, values) = (Tensor.Zeros([1, 1, 5, d]), Tensor.Zeros([1, 1, 5, d]));
        Run(weights, Tensor.Zeros([1, h]), [4]);
        Refused(weights, Tensor.Zeros([1, h]), [5]).ShouldContain("outside the cache");
        Refused(weights, Tensor.Zeros([1, h], DType.Float64), [0]).ShouldContain("type");
        Refused(weights with { Down = Tensor.Zeros([h, 7]) }, Tensor.Zeros([1, h]), [0]).ShouldContain("do not fit");
        Refused(weights with { QueryBias = Tensor.Zeros([3]) }, Tensor.Zeros([1, h]), [0]).ShouldContain("must have 8 elements");
        Refused(weights with { Key = Tensor.Zeros([h, d]).Transpose(0, 1) }, Tensor.Zeros([1, h]), [0]).ShouldContain("contiguous");
        Should.Throw<ArgumentOutOfRangeException>(() => Run(weights, Tensor.Zeros([1, h]), [0, 1]));

        void Run(DecodeBlockWeights block, Tensor hidden, long[] positions) => FusedLayers.Decode([new DecodeBlock(block, constants, keys, values, null)], hidden, positions);
        string Refused(DecodeBlockWeights block, Tensor hidden, long[] positions) => Should.Throw<TorchException>(() => Run(block, hidden, positions)).Message;
    }
}
