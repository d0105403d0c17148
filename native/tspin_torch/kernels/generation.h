// Products of few rows.
// Part of kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "numbers.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace tspin {
namespace {

#if defined(__AVX512BF16__)
constexpr int64_t kFewRows = 64;

inline __m512bh read_bf16(const Bf16 *p, __mmask32 mask) { return reinterpret_cast<__m512bh>(_mm512_maskz_loadu_epi16(mask, p)); }

template <int O, int R>
inline void dots(const Bf16 *w, const Bf16 *x, int64_t depth, Bf16 *out, int64_t out_row) {
  __m512 sums[O][R];
#pragma GCC unroll 8
  for (int o = 0; o < O; o++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      sums[o][r] = _mm512_setzero_ps();
    }
  }
  for (int64_t d = 0; d < depth; d += 32) {
    const __mmask32 mask = depth - d >= 32 ? 0xffffffffu : (1u << (depth - d)) - 1;
    __m512bh values[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      values[r] = read_bf16(x + r * depth + d, mask);
    }
#pragma GCC unroll 8
    for (int o = 0; o < O; o++) {
      const __m512bh weight = read_bf16(w + o * depth + d, mask);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        sums[o][r] = _mm512_dpbf16_ps(sums[o][r], weight, values[r]);
      }
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < O; o++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      store(out + r * out_row + o, _mm512_reduce_add_ps(sums[o][r]));
    }
  }
}
#else
constexpr int64_t kFewRows = 4;

template <int O, int R>
inline void dots(const Bf16 *w, const Bf16 *x, int64_t depth, Bf16 *out, int64_t out_row) {
  for (int o = 0; o < O; o++) {
    for (int r = 0; r < R; r++) {
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t d = 0; d < depth; d++) {
        sum += load(w + o * depth + d) * load(x + r * depth + d);
      }
      store(out + r * out_row + o, sum);
    }
  }
}
#endif

// A row's sum does not depend on the other rows: every one is added up in the same order.
template <int O> inline void outputs_of(const Bf16 *w, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    dots<O, 4>(w, x + r * depth, depth, out + r * out_row, out_row);
  }
  for (; r < rows; r++) {
    dots<O, 1>(w, x + r * depth, depth, out + r * out_row, out_row);
  }
}

#if defined(__AVX512BF16__)
constexpr int64_t kTurned = 256; // pairs of columns that are turned at a time

// 16 rows of up to 16 pairs of numbers as 16 columns: to[p] holds pair p of all rows. `ahead` begins 16 rows that are read later.
inline void turn_pairs(const Bf16 *w, int64_t depth, __mmask32 mask, __m512i *to, const Bf16 *ahead) {
  __m512i r[16], t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) {
    r[i] = _mm512_maskz_loadu_epi16(mask, w + i * depth);
    _mm_prefetch(reinterpret_cast<const char *>(ahead + i * depth), _MM_HINT_T1); // sixteen streams are more than the hardware follows
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
    const __m512i even0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88), even1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd), odd1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    to[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
    to[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
    to[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
    to[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
  }
}

// R rows against two turned sets of 16 outputs: a pair of x is read once for both, and no sum crosses lanes.
template <int R> inline void turned_dots(const __m512i *turned, int64_t pairs, const Bf16 *x, int64_t depth, __m512 *sums) {
  __m512 left[R], right[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    left[r] = sums[2 * r];
    right[r] = sums[2 * r + 1];
  }
  for (int64_t p = 0; p < pairs; p++) {
    const __m512bh a = reinterpret_cast<__m512bh>(turned[p]), b = reinterpret_cast<__m512bh>(turned[kTurned + p]);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      int32_t pair;
      memcpy(&pair, x + r * depth + 2 * p, sizeof(pair));
      const __m512bh value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
      left[r] = _mm512_dpbf16_ps(left[r], a, value);
      right[r] = _mm512_dpbf16_ps(right[r], b, value);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    sums[2 * r] = left[r];
    sums[2 * r + 1] = right[r];
  }
}

// 32 outputs of up to kFewRows rows. The weights are turned once for all rows, a stretch that fits the first-level cache at a time.
void turned_outputs(const Bf16 *w, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  alignas(64) __m512i turned[2 * kTurned];
  __m512 sums[2 * kFewRows];
  for (int64_t i = 0; i < 2 * rows; i++) {
    sums[i] = _mm512_setzero_ps();
  }
  for (int64_t from = 0; from < depth; from += 2 * kTurned) {
    const int64_t columns = depth - from < 2 * kTurned ? depth - from : 2 * kTurned;
    for (int64_t d = 0; d < columns; d += 32) {
      const __mmask32 mask = columns - d >= 32 ? 0xffffffffu : (1u << (columns - d)) - 1;
      const Bf16 *left = w + from + d, *right = left + 16 * depth;
      turn_pairs(left, depth, mask, turned + d / 2, left + 32 * depth);
      turn_pairs(right, depth, mask, turned + kTurned + d / 2, right + 32 * depth);
    }
    int64_t r = 0;
    for (; r + 8 <= rows; r += 8) {
      turned_dots<8>(turned, columns / 2, x + r * depth + from, depth, sums + 2 * r);
    }
    for (; r + 4 <= rows; r += 4) {
      turned_dots<4>(turned, columns / 2, x + r * depth + from, depth, sums + 2 * r);
    }
    for (; r < rows; r++) {
      turned_dots<1>(turned, columns / 2, x + r * depth + from, depth, sums + 2 * r);
    }
  }
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t half = 0; half < 2; half++) {
      const __m256bh rounded = _mm512_cvtneps_pbh(sums[2 * r + half]);
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(out + r * out_row + 16 * half), reinterpret_cast<__m256i>(rounded));
    }
  }
}
#endif

// ---- packed weights: turned once, for as often as they are read ----

#if defined(__AVX512BF16__)
// Blocks of 32 outputs, the last one filled up with zeros; in each, pair after pair of columns, that pair of all its outputs. [from, to) are whole blocks.
void pack_weights(const Bf16 *w, int64_t from, int64_t to, int64_t outputs, int64_t depth, Bf16 *packed) {
  packed += from * depth;
  for (int64_t block = from; block < to; block += 32) {
    for (int64_t d = 0; d < depth; d += 2) {
      for (int64_t o = block; o < block + 32; o++, packed += 2) {
        packed[0] = o < outputs ? w[o * depth + d] : Bf16{0};
        packed[1] = o < outputs ? w[o * depth + d + 1] : Bf16{0};
      }
    }
  }
}

// `ahead` is what the next block's memory is asked for from, `stride` bytes further with every pair.
template <int R> inline void packed_dots(const Bf16 *packed, const Bf16 *x, int64_t depth, int64_t count, Bf16 *out, int64_t out_row, const char *ahead, int64_t stride) {
  __m512 left[R], right[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    left[r] = right[r] = _mm512_setzero_ps();
  }
  for (int64_t d = 0; d < depth; d += 2, packed += 64, ahead += stride) {
    _mm_prefetch(ahead, _MM_HINT_T1);
    _mm_prefetch(ahead + 64, _MM_HINT_T1);
    const __m512bh a = reinterpret_cast<__m512bh>(_mm512_loadu_si512(packed)), b = reinterpret_cast<__m512bh>(_mm512_loadu_si512(packed + 32));
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      int32_t pair;
      memcpy(&pair, x + r * depth + d, sizeof(pair));
      const __m512bh value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
      left[r] = _mm512_dpbf16_ps(left[r], a, value);
      right[r] = _mm512_dpbf16_ps(right[r], b, value);
    }
  }
  const __mmask32 valid = count >= 32 ? 0xffffffffu : (1u << count) - 1;
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    const __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(left[r]))), reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(right[r])), 1);
    _mm512_mask_storeu_epi16(out + r * out_row, valid, both);
  }
}

// The sums are those of turned_outputs, in the same order, however many rows there are: whether weights are packed, which free memory decides, shows in no bit. `from` is a multiple of 32.
void packed_product(const Bf16 *packed, int64_t from, int64_t to, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row, const Bf16 *after) {
  constexpr int64_t kPairBytes = 128; // of 32 outputs
  const int64_t passes = rows / 12 + rows % 12 / 8 + rows % 12 % 8 / 4 + rows % 4, stride = kPairBytes / passes;
  for (int64_t o = from; o < to; o += 32) {
    const Bf16 *block = packed + o * depth;
    const char *next = reinterpret_cast<const char *>(o + 32 < to ? block + 32 * depth : after != nullptr ? after : block);
    int64_t r = 0;
    const auto pass = [&](auto dots, int64_t count) {
      dots(block, x + r * depth, depth, to - o, out + r * out_row + o, out_row, next, stride);
      next += stride * (depth / 2);
      r += count;
    };
    while (r + 12 <= rows) {
      pass(packed_dots<12>, 12);
    }
    if (r + 8 <= rows) {
      pass(packed_dots<8>, 8);
    }
    if (r + 4 <= rows) {
      pass(packed_dots<4>, 4);
    }
    while (r < rows) {
      pass(packed_dots<1>, 1);
    }
  }
}
#else
constexpr decltype(Kernels::pack_weights) pack_weights = nullptr;
constexpr decltype(Kernels::packed_product) packed_product = nullptr;
#endif

void few_rows_product(const Bf16 *w, int64_t outputs, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  int64_t o = 0;
#if defined(__AVX512BF16__)
  if (depth % 2 == 0) {
    for (; o + 32 <= outputs; o += 32) {
      turned_outputs(w + o * depth, x, rows, depth, out + o, out_row);
    }
  }
#endif
  for (; o + 4 <= outputs; o += 4) {
    outputs_of<4>(w + o * depth, x, rows, depth, out + o, out_row);
  }
  for (; o < outputs; o++) {
    outputs_of<1>(w + o * depth, x, rows, depth, out + o, out_row);
  }
}

} // namespace
} // namespace tspin
