using Shouldly;
using TSpin.Studies;
using Xunit;

namespace TSpin.Tests.Studies;

/// <summary>Machines whose results have the same bits are of one kind, others are not.</summary>
public sealed class ProcessorKindTests
{
    private const string Held = "OPENBLAS_CORETYPE=Haswell ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2";
    private static readonly string[] Avx2 = ["avx2", "portable"], Avx512 = ["avx512", .. Avx2];

    [Theory]
    [InlineData(false, "avx2", "", "")]
    [InlineData(false, "avx2", Held, "")]
    [InlineData(false, "avx2", "OPENBLAS_CORETYPE=haswell", "")]
    [InlineData(true, "avx2", Held, "")] // the same bits: a cell of world a on Emerald Rapids and on Zen 3
    [InlineData(true, "avx2", "", "OPENBLAS_CORETYPE unset, ATEN_CPU_CAPABILITY unset, ONEDNN_MAX_CPU_ISA unset")]
    [InlineData(true, "avx2", "OPENBLAS_CORETYPE=Haswell ATEN_CPU_CAPABILITY=avx2", "ONEDNN_MAX_CPU_ISA unset")]
    [InlineData(true, "portable", Held, "")]
    [InlineData(true, "aten", "", "OPENBLAS_CORETYPE unset, ATEN_CPU_CAPABILITY unset, ONEDNN_MAX_CPU_ISA unset")]
    [InlineData(true, "avx512", "", "")]
    [InlineData(true, "avx512bf16", "OPENBLAS_CORETYPE=Haswell", "OPENBLAS_CORETYPE=Haswell")]
    [InlineData(false, "avx2", "OPENBLAS_CORETYPE=Nehalem MKL_CBWR=AVX2", "OPENBLAS_CORETYPE=Nehalem, MKL_CBWR=AVX2")]
    public void Limits_count_by_what_they_change(bool hasAvx512, string kernels, string variables, string said)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=')).ToDictionary(each => each[0], each => each[1]);
        string.Join(", ", ProcessorKind.Limited(kernels, hasAvx512 ? Avx512 : Avx2, values.GetValueOrDefault)).ShouldBe(said);
    }
}
