// Products of few rows, as in generation: out[r, o] = sum over d of x[r, d] w[o, d], every weight read once. Numbers
// are taken in units of 32 bits, which are a float or two neighbouring bfloat16 numbers, and 32 outputs at a time side
// by side, so that no sum crosses lanes. A sum is added up in the order of d, by stretches, whatever the other rows and
// outputs are and whether the weights are packed: what free memory or the number of rows decides shows in no bit. Part
// of kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "numbers.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace tspin {
namespace {

#if defined(__AVX2__)

constexpr int64_t kFewRows = 128;
constexpr int64_t kSide = 32; // outputs side by side
constexpr int64_t kStretch =
    256; // units after which a sum is added to those before: of 32 outputs, what the first-level cache holds

#if defined(__AVX512F__)
using Floats = __m512;
using Units = __m512i;
constexpr int64_t kUnits = 16;

inline Floats zeros() { return _mm512_setzero_ps(); }
inline Floats read_vector(const float *p) { return _mm512_loadu_ps(p); }
inline void write_vector(float *p, Floats x) { _mm512_storeu_ps(p, x); }
inline Units read_units(const uint32_t *p) { return _mm512_loadu_si512(p); }
inline void write_units(uint32_t *p, Units x) { _mm512_storeu_si512(p, x); }
inline Units same_units(uint32_t unit) { return _mm512_set1_epi32(static_cast<int>(unit)); }
inline Floats floats(Units x) { return _mm512_castsi512_ps(x); }
inline Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm512_fmadd_ps(a, b, sum); }

// Rows of `from` [16, 16] as columns of `to`; rows are `stride` units apart, of which only some may be there, and only
// some of the units of each. `ahead` begins 16 rows that are read later.
inline void turn(const uint32_t *from, int64_t stride, int64_t rows, int64_t units, Units *to, const uint32_t *ahead) {
  const __mmask16 mask = units >= kUnits ? 0xffffu : static_cast<__mmask16>((1u << units) - 1);
  __m512i r[16], t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) {
    r[i] = i < rows ? _mm512_maskz_loadu_epi32(mask, from + i * stride) : _mm512_setzero_si512();
    _mm_prefetch(reinterpret_cast<const char *>(ahead + i * stride),
                 _MM_HINT_T1); // sixteen streams are more than the hardware follows
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    const __m512i even0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88),
                  even1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd),
                  odd1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    to[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
    to[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
    to[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
    to[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
  }
}
#else
using Floats = __m256;
using Units = __m256i;
constexpr int64_t kUnits = 8;

inline Floats zeros() { return _mm256_setzero_ps(); }
inline Floats read_vector(const float *p) { return _mm256_loadu_ps(p); }
inline void write_vector(float *p, Floats x) { _mm256_storeu_ps(p, x); }
inline Units read_units(const uint32_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
inline void write_units(uint32_t *p, Units x) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), x); }
inline Units same_units(uint32_t unit) { return _mm256_set1_epi32(static_cast<int>(unit)); }
inline Floats floats(Units x) { return _mm256_castsi256_ps(x); }
inline Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm256_fmadd_ps(a, b, sum); }

// Rows of `from` [8, 8] as columns of `to`; rows are `stride` units apart, of which only some may be there, and only
// some of the units of each. `ahead` begins 8 rows that are read later.
inline void turn(const uint32_t *from, int64_t stride, int64_t rows, int64_t units, Units *to, const uint32_t *ahead) {
  const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(units < kUnits ? units : kUnits)),
                                          _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  __m256i r[8], t[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    r[i] = i < rows ? _mm256_maskload_epi32(reinterpret_cast<const int *>(from + i * stride), mask)
                    : _mm256_setzero_si256();
    _mm_prefetch(reinterpret_cast<const char *>(ahead + i * stride), _MM_HINT_T1);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    to[j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x20);
    to[4 + j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x31);
  }
}
#endif

constexpr int64_t kSets = kSide / kUnits; // vectors of 32 outputs

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
template <typename S> constexpr int64_t units_of(int64_t depth) { return depth * static_cast<int64_t>(sizeof(S)) / 4; }
template <typename S> const uint32_t *units_at(const S *p) {
  return reinterpret_cast<const uint32_t *>(p);
} // for intrinsics, which may read any type as any other

template <typename S> uint32_t unit_at(const S *p) {
  uint32_t unit;
  memcpy(&unit, p, sizeof(unit));
  return unit;
}

// The units of x that R rows multiply by, each in all lanes.
template <typename S> struct Factor;
template <> struct Factor<float> {
  Floats value;
  Factor() = default;
  explicit Factor(uint32_t unit) : value(floats(same_units(unit))) {}
  Floats times(Units w, Floats sum) const { return multiply_add(floats(w), value, sum); }
};
#if defined(__AVX512BF16__)
template <> struct Factor<Bf16> {
  __m512bh pair;
  Factor() = default;
  explicit Factor(uint32_t unit) : pair(reinterpret_cast<__m512bh>(same_units(unit))) {}
  Floats times(Units w, Floats sum) const { return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(w), pair); }
};
#elif defined(__AVX512F__)
template <> struct Factor<Bf16> {
  Floats low, high;
  Factor() = default;
  explicit Factor(uint32_t unit) : low(floats(same_units(unit << 16))), high(floats(same_units(unit & 0xffff0000u))) {}
  Floats times(Units w, Floats sum) const {
    return multiply_add(floats(_mm512_and_si512(w, same_units(0xffff0000u))), high,
                        multiply_add(floats(_mm512_slli_epi32(w, 16)), low, sum));
  }
};
#else
template <> struct Factor<Bf16> {
  Floats low, high;
  Factor() = default;
  explicit Factor(uint32_t unit)
      : low(floats(_mm256_slli_epi32(same_units(unit), 16))),
        high(floats(_mm256_and_si256(same_units(unit), same_units(0xffff0000u)))) {}
};
#endif

#if !defined(__AVX512F__)
// A vector of weights as rows are multiplied with it, of bfloat16 numbers the former and the latter of each unit; once
// for all rows.
template <typename S> struct Weights;
template <> struct Weights<float> {
  Floats value;
  Weights() = default;
  explicit Weights(Units units) : value(floats(units)) {}
  Floats times(const Factor<float> &factor, Floats sum) const { return multiply_add(value, factor.value, sum); }
};
template <> struct Weights<Bf16> {
  Floats low, high;
  Weights() = default;
  explicit Weights(Units units)
      : low(floats(_mm256_slli_epi32(units, 16))), high(floats(_mm256_and_si256(units, same_units(0xffff0000u)))) {}
  Floats times(const Factor<Bf16> &factor, Floats sum) const {
    return multiply_add(high, factor.high, multiply_add(low, factor.low, sum));
  }
};
#endif

#if defined(__AVX512F__)
template <typename S>
constexpr int kMostRows =
    12; // with the sums of as many rows at a time, and the weights of 32 outputs, the registers are full

// Adds R rows' products with `units` units of 32 outputs to sums [R, 32]. `ahead` is memory that is read next, `stride`
// bytes further with every unit.
template <typename S, int R>
inline void dots(const uint32_t *w, int64_t units, const S *x, int64_t depth, float *sums, const char *ahead,
                 int64_t stride) {
  Floats sum[R][kSets];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      sum[r][s] = zeros();
    }
  }
  for (int64_t u = 0; u < units; u++, w += kSide, ahead += stride) {
    _mm_prefetch(ahead, _MM_HINT_T1);
    _mm_prefetch(ahead + 64, _MM_HINT_T1);
    Units weight[kSets];
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      weight[s] = read_units(w + s * kUnits);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Factor<S> factor(unit_at(x + r * depth + u * static_cast<int64_t>(4 / sizeof(S))));
#pragma GCC unroll 4
      for (int s = 0; s < kSets; s++) {
        sum[r][s] = factor.times(weight[s], sum[r][s]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      float *to = sums + r * kSide + s * kUnits;
      write_vector(to, add(read_vector(to), sum[r][s]));
    }
  }
}
#else
template <typename S>
constexpr int kMostRows = sizeof(S) == 4 ? 3 : 4; // with their sums and what they multiply the registers are full

// As above; several rows of bfloat16 numbers, each of which needs two registers, with half of the outputs at a time.
template <typename S, int R>
inline void dots(const uint32_t *w, int64_t units, const S *x, int64_t depth, float *sums, const char *ahead,
                 int64_t stride) {
  constexpr int kSome = R == 1 || sizeof(S) == 4 ? static_cast<int>(kSets) : 2;
  constexpr int64_t kLines = kSome * kUnits * 4 / 64, kPasses = kSets / kSome;
  for (int64_t pass = 0; pass < kPasses; pass++) {
    Floats sum[R][kSome];
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        sum[r][s] = zeros();
      }
    }
    const uint32_t *weights = w + pass * kSome * kUnits;
    const char *next = ahead + pass * units * (stride / kPasses);
    for (int64_t u = 0; u < units; u++, weights += kSide, next += stride / kPasses) {
#pragma GCC unroll 2
      for (int line = 0; line < kLines; line++) {
        _mm_prefetch(next + 64 * line, _MM_HINT_T1);
      }
      Weights<S> weight[kSome];
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        weight[s] = Weights<S>(read_units(weights + s * kUnits));
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; r++) {
        const Factor<S> factor(unit_at(x + r * depth + u * static_cast<int64_t>(4 / sizeof(S))));
#pragma GCC unroll 4
        for (int s = 0; s < kSome; s++) {
          sum[r][s] = weight[s].times(factor, sum[r][s]);
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        float *to = sums + r * kSide + (pass * kSome + s) * kUnits;
        write_vector(to, add(read_vector(to), sum[r][s]));
      }
    }
  }
}
#endif

// As many rows at a time as there are registers for their sums. `next` is memory that is read afterwards, as much as
// `w` has: each pass over `w` asks for its part.
template <typename S>
void dots_of_rows(const uint32_t *w, int64_t units, const S *x, int64_t rows, int64_t depth, float *sums,
                  const char *next) {
  constexpr int64_t kUnitBytes = kSide * 4;
  constexpr int kMost = kMostRows<S>, kMore = kMost == 12 ? 8 : 2, kFewer = kMost == 12 ? 4 : 1;
  const int64_t rest = rows % kMost,
                passes = rows / kMost + rest / kMore + rest % kMore / kFewer + rest % kMore % kFewer,
                stride = kUnitBytes / passes;
  int64_t r = 0;
  const auto pass = [&](auto product, int64_t count) {
    product(w, units, x + r * depth, depth, sums + r * kSide, next, stride);
    next += stride * units;
    r += count;
  };
  while (r + kMost <= rows) {
    pass(dots<S, kMost>, kMost);
  }
  if (r + kMore <= rows) {
    pass(dots<S, kMore>, kMore);
  }
  while (r + kFewer <= rows) {
    pass(dots<S, kFewer>, kFewer);
  }
  while (r < rows) {
    pass(dots<S, 1>, 1);
  }
}

// `count` outputs of all rows. stretch(from, units, x, sums) adds the products with some of their units, x being where
// those begin.
template <typename S, typename Stretch>
inline void outputs_of(int64_t count, const S *x, int64_t rows, int64_t depth, S *out, int64_t out_row,
                       Stretch &&stretch) {
  alignas(64) float sums[kFewRows * kSide];
  memset(sums, 0, static_cast<size_t>(rows * kSide) * sizeof(float));
  for (int64_t from = 0; from < units_of<S>(depth); from += kStretch) {
    stretch(from, smaller(kStretch, units_of<S>(depth) - from), x + from * static_cast<int64_t>(4 / sizeof(S)), sums);
  }
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int64_t o = 0; o < count; o++) {
      store(out + r * out_row + o, sums[r * kSide + o]);
    }
  }
}

// `units` units of up to 32 rows of w, side by side.
inline void turn_side(const uint32_t *w, int64_t stride, int64_t rows, int64_t units, uint32_t *to) {
  for (int64_t s = 0; s < kSide; s += kUnits) {
    const uint32_t *from = w + (s < rows ? s * stride : 0), *ahead = s + kSide < rows ? from + kSide * stride : from;
    for (int64_t u = 0; u < units; u += kUnits) {
      Units columns[kUnits];
      turn(from + u, stride, rows - s, units - u, columns, ahead + u);
      for (int64_t i = 0; i < smaller(kUnits, units - u); i++) {
        write_units(to + (u + i) * kSide + s, columns[i]);
      }
    }
  }
}

// Weights as they are, turned a stretch at a time for all rows. depth is whole units.
template <typename S>
void few_rows_product(const S *w, int64_t outputs, const S *x, int64_t rows, int64_t depth, S *out, int64_t out_row) {
  alignas(64) uint32_t turned[kStretch * kSide];
  for (int64_t o = 0; o < outputs; o += kSide) {
    outputs_of(smaller(kSide, outputs - o), x, rows, depth, out + o, out_row,
               [&](int64_t from, int64_t units, const S *part, float *sums) {
                 turn_side(units_at(w + o * depth) + from, units_of<S>(depth), outputs - o, units, turned);
                 dots_of_rows(turned, units, part, rows, depth, sums, reinterpret_cast<const char *>(turned));
               });
  }
}

// Packed weights: in each block unit after unit of all its outputs, zeros for those that are not there.
template <typename S> int64_t pack_block(const S *w, int64_t outputs, int64_t depth, uint8_t *block) {
  if (block != nullptr) {
    turn_side(units_at(w), units_of<S>(depth), outputs, units_of<S>(depth), reinterpret_cast<uint32_t *>(block));
  }
  return units_of<S>(depth) * kSide * 4;
}

template <typename S>
void packed_product(const PackedWeight &w, int64_t from, int64_t to, const S *x, int64_t rows, S *out, int64_t out_row,
                    const uint8_t *after) {
  for (int64_t o = from; o < to; o += kSide) {
    const auto *block = w.blocks + w.offsets[o / kSide], *next = o + kSide < to ? w.blocks + w.offsets[o / kSide + 1]
                                                                 : after != nullptr ? after
                                                                                    : block;
    outputs_of(smaller(kSide, to - o), x, rows, w.depth, out + o, out_row,
               [&](int64_t first, int64_t units, const S *part, float *sums) {
                 const auto at = first * kSide * 4;
                 dots_of_rows(reinterpret_cast<const uint32_t *>(block + at), units, part, rows, w.depth, sums,
                              reinterpret_cast<const char *>(next + at));
               });
  }
}

template <typename S> constexpr FewRows<S> few_rows() {
  return {kFewRows, few_rows_product<S>, pack_block<S>, packed_product<S>};
}
template <> constexpr FewRows<double> few_rows<double>() { return {}; }

#else

template <typename S> constexpr FewRows<S> few_rows() { return {}; }

// libtorch's own product of so few rows is slower than this one.
void few_rows_product(const Bf16 *w, int64_t outputs, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out,
                      int64_t out_row) {
  for (int64_t o = 0; o < outputs; o++) {
    for (int64_t r = 0; r < rows; r++) {
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t d = 0; d < depth; d++) {
        sum += load(w + o * depth + d) * load(x + r * depth + d);
      }
      store(out + r * out_row + o, sum);
    }
  }
}

template <> constexpr FewRows<Bf16> few_rows<Bf16>() { return {4, few_rows_product, nullptr, nullptr}; }

#endif

} // namespace
} // namespace tspin
