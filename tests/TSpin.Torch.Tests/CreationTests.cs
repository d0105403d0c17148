using System.Runtime.InteropServices;
using Shouldly;
using Xunit;

namespace TSpin.Torch.Tests;

public sealed class CreationTests
{
    [Fact]
    public void From_copies_its_values()
    {
        using var scope = new TensorScope();
        float[] values = [1, 2, 3, 4, 5, 6];
        var x = Tensor.From<float>(values, [2, 3]);
        values[0] = 99;
        x.ShouldHold([2, 3], [1, 2, 3, 4, 5, 6]);
        (x.Rank, x.ElementCount, x.DType, x.Device, x.IsContiguous).ShouldBe((2, 6L, DType.Float32, Device.Cpu, true));
        (x.Size(0), x.Size(1), x.Size(-1), x.Size(-2)).ShouldBe((2L, 3L, 3L, 2L));
    }

    [Fact]
    public void Every_element_type_goes_in_and_comes_out()
    {
        using var scope = new TensorScope();
        RoundTrip(DType.Float32, [1.5f, float.NegativeInfinity, -0f]);
        RoundTrip(DType.Float64, [Math.PI, double.Epsilon]);
        RoundTrip(DType.Int64, [long.MinValue, -1, long.MaxValue]);
        RoundTrip(DType.Int32, [int.MinValue, 7]);
        RoundTrip(DType.UInt8, [(byte)0, (byte)255]);
        RoundTrip(DType.Bool, [true, false, true]);
        RoundTrip(DType.Float16, [(Half)0.333, Half.MaxValue]);

        static void RoundTrip<T>(DType type, T[] values)
            where T : unmanaged
        {
            var x = Tensor.From(values);
            x.DType.ShouldBe(type);
            x.Shape.ShouldBe([values.Length]);
            x.ToArray<T>().ShouldBe(values);
        }
    }

    [Fact]
    public void Scalars_and_empty_tensors_have_their_shapes()
    {
        using var scope = new TensorScope();
        var scalar = Given.Float64([], 2.5);
        (scalar.Rank, scalar.ElementCount, scalar.Item()).ShouldBe((0, 1L, 2.5));
        var empty = Given.Float32([0, 3]);
        (empty.Rank, empty.ElementCount).ShouldBe((2, 0L));
        empty.ToArray<float>().ShouldBeEmpty();
        empty.Sum().Item().ShouldBe(0);
    }

    [Fact]
    public void Item_reads_every_type()
    {
        using var scope = new TensorScope();
        Given.Int64([1, 1], -7).Item().ShouldBe(-7);
        Given.Bool([], true).Item().ShouldBe(1);
        Given.Float32([1], 0.1f).Item().ShouldBe(0.1f);
        Given.Float32([1], 3).To(DType.BFloat16).Item().ShouldBe(3);
    }

    [Fact]
    public void Fillers_fill()
    {
        using var scope = new TensorScope();
        Tensor.Full([2, 2], -1.5).ShouldHold([2, 2], [-1.5, -1.5, -1.5, -1.5]);
        Tensor.Full([2], 7, DType.Int64).ShouldHoldInt64([2], 7, 7);
        Tensor.Full([1], 1, DType.Bool).ShouldHoldBool([1], true);
        Tensor.Zeros([3], DType.BFloat16).ShouldHold([3], [0, 0, 0]);
        Tensor.Full([2], 0).DType.ShouldBe(DType.Float32);
        var empty = Tensor.Empty([2, 3], DType.Float64);
        (empty.DType, empty.ElementCount).ShouldBe((DType.Float64, 6L));
        empty.Fill(4).ShouldBeSameAs(empty);
        empty.ShouldHold([2, 3], [4, 4, 4, 4, 4, 4]);
    }

    [Fact]
    public void Range_counts_from_zero()
    {
        using var scope = new TensorScope();
        Tensor.Range(4).ShouldHoldInt64([4], 0, 1, 2, 3);
        Tensor.Range(0).ShouldHoldInt64([0], []);
        Tensor.Range(3, DType.Float32).DType.ShouldBe(DType.Float32);
        Tensor.Range(3, DType.Float32).ShouldHold([3], [0, 1, 2]);
    }

    [Fact]
    public void Bytes_are_little_endian_and_row_major()
    {
        using var scope = new TensorScope();
        var x = Tensor.FromBytes([0x80, 0x3f, 0x00, 0xc0], [2], DType.BFloat16);
        x.ShouldHold([2], [1, -2]);
        var back = new byte[4];
        x.CopyTo(back);
        back.ShouldBe(new byte[] { 0x80, 0x3f, 0x00, 0xc0 });
        var transposed = new byte[4];
        Tensor.FromBytes([1, 2, 3, 4], [2, 2], DType.UInt8).Transpose(0, 1).CopyTo(transposed);
        transposed.ShouldBe(new byte[] { 1, 3, 2, 4 });
    }

    [Fact]
    public unsafe void Pointers_go_both_ways()
    {
        using var scope = new TensorScope();
        var memory = (double*)NativeMemory.Alloc(2, sizeof(double));
        (memory[0], memory[1]) = (3, 4);
        var x = Tensor.FromPointer((nint)memory, 2 * sizeof(double), [2], DType.Float64);
        NativeMemory.Free(memory);
        var address = (double*)x.DataPointer();
        (address[0], address[1]).ShouldBe((3d, 4d));
        address[1] = 5;
        x.ShouldHold([2], [3, 5]);
    }

    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        using var scope = new TensorScope();
        var x = Given.Float64([2, 2], 1, 2, 3, 4);
        var copy = x.Clone();
        var forced = x.To(DType.Float64, Device.Cpu, copy: true);
        var same = x.To(DType.Float64);
        var alias = x.Alias();
        var detached = x.Detach();
        x.Fill(0);
        copy.ShouldHold([2, 2], [1, 2, 3, 4]);
        forced.ShouldHold([2, 2], [1, 2, 3, 4]);
        same.ShouldHold([2, 2], [0, 0, 0, 0]);
        alias.ShouldHold([2, 2], [0, 0, 0, 0]);
        detached.ShouldHold([2, 2], [0, 0, 0, 0]);
    }

    [Fact]
    public void Contiguous_removes_strides()
    {
        using var scope = new TensorScope();
        var view = Given.Int64([2, 3], 1, 2, 3, 4, 5, 6).Transpose(0, 1);
        view.IsContiguous.ShouldBeFalse();
        view.Contiguous().IsContiguous.ShouldBeTrue();
        view.Contiguous().ShouldHoldInt64([3, 2], 1, 4, 2, 5, 3, 6);
    }

    [Fact]
    public void Copy_from_converts_and_broadcasts()
    {
        using var scope = new TensorScope();
        var target = Tensor.Zeros([2, 2]);
        target.CopyFrom(Given.Int64([2], 3, 4)).ShouldBeSameAs(target);
        target.DType.ShouldBe(DType.Float32);
        target.ShouldHold([2, 2], [3, 4, 3, 4]);
    }

    [Fact]
    public void Text_names_type_shape_and_device()
    {
        using var scope = new TensorScope();
        var x = Tensor.Zeros([2, 3], DType.BFloat16);
        x.ToString().ShouldBe("BFloat16 [2, 3] on cpu");
        x.Dispose();
        x.ToString().ShouldBe("disposed tensor");
        x.IsDisposed.ShouldBeTrue();
    }
}
