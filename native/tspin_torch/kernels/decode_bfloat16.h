// Attention of one new token in bfloat16 where the processor multiplies pairs of bfloat16 numbers: 16 keys at a time
// without sums across lanes, values two by two. Weights are rounded to bfloat16 before they multiply the values; sums
// are float32.
#pragma once

#include "kernels/attention_bfloat16.h"
#include "kernels/decode.h"
#include "simd/turning.h"

#if defined(__AVX512BF16__)

namespace tspin {
namespace {

constexpr int64_t kKeys = kUnits; // of one block

template <> int64_t decode_scratch(const DecodeTask<Bf16> &task) {
  const auto generic = task.heads * (task.count + 2 * task.width) + task.width;
  const auto pairs = task.heads * (padded<float>(task.count) * 3 / 2);
  return generic > pairs ? generic : pairs;
}

// scores[h][0..16) = q[h] . key, of 16 keys. Asks for the memory of 16 later keys and of 16 values.
template <int W, int H>
inline void scores_of_keys(const Bf16 *query, const Bf16 *keys, float *scores, int64_t row, const Bf16 *ahead,
                           const Bf16 *values) {
  Floats sums[H];
  for (int h = 0; h < H; h++) {
    sums[h] = zeros();
  }
  for (int64_t d = 0; d < W; d += 32) {
    Units turned[16];
    turn(units_at(keys + d), W / 2, kKeys, kUnits, turned, units_at(ahead + d));
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      _mm_prefetch(reinterpret_cast<const char *>(values + i * W + d), _MM_HINT_T1);
    }
#pragma GCC unroll 16
    for (int p = 0; p < 16; p++) {
#pragma GCC unroll 4
      for (int h = 0; h < H; h++) {
        sums[h] =
            _mm512_dpbf16_ps(sums[h], reinterpret_cast<__m512bh>(turned[p]), same_pairs(query + h * W + d + 2 * p));
      }
    }
  }
  for (int h = 0; h < H; h++) {
    write_numbers(scores + h * row, sums[h]);
  }
}

// Scores -> exp(score - largest) as bfloat16, zero beyond count; returns their sum.
inline float soften(float *score, int64_t count, Pair *weights) {
  const auto all = padded<float>(count);
  const auto seen = [&](int64_t j) { return mask_of(count - j); };
  Floats most = _mm512_set1_ps(-INFINITY), sums = zeros();
  for (int64_t j = 0; j < all; j += kKeys) {
    most = _mm512_mask_max_ps(most, seen(j), most, read_numbers(score + j));
  }
  const Floats shift = _mm512_set1_ps(_mm512_reduce_max_ps(most));
  for (int64_t j = 0; j < all; j += kKeys) {
    const Floats weight = _mm512_maskz_mov_ps(seen(j), exponential(_mm512_sub_ps(read_numbers(score + j), shift)));
    sums = _mm512_add_ps(sums, weight);
    write_narrowed(weights, j, weight);
  }
  return _mm512_reduce_add_ps(sums);
}

// out[h] = the sum over keys of weight x value, times a factor; values are taken in neighbouring pairs.
template <int W, int H>
inline void mix_values(const Bf16 *values, int64_t count, const Pair *weights, int64_t row, const float *factors,
                       Bf16 *out) {
  constexpr int C = W / 32;
  Floats low[H][C], high[H][C]; // of every 8 numbers, the first four and the last four
  for (int h = 0; h < H; h++) {
    for (int c = 0; c < C; c++) {
      low[h][c] = high[h][c] = zeros();
    }
  }
  for (int64_t j = 0; j < count; j += 2) {
    const Bf16 *first = values + j * W,
               *second = j + 1 < count ? first + W : first; // of a last odd one the weight is zero
    __m512bh weight[H];
#pragma GCC unroll 4
    for (int h = 0; h < H; h++) {
      weight[h] = same_pairs(weights[h * row + j / 2]);
    }
#pragma GCC unroll 4
    for (int c = 0; c < C; c++) {
      const Units a = read_units(units_at(first + 32 * c)), b = read_units(units_at(second + 32 * c));
      const __m512bh l = reinterpret_cast<__m512bh>(_mm512_unpacklo_epi16(a, b)),
                     u = reinterpret_cast<__m512bh>(_mm512_unpackhi_epi16(a, b));
#pragma GCC unroll 4
      for (int h = 0; h < H; h++) {
        low[h][c] = _mm512_dpbf16_ps(low[h][c], l, weight[h]);
        high[h][c] = _mm512_dpbf16_ps(high[h][c], u, weight[h]);
      }
    }
  }
  const Units front = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const Units back = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  for (int h = 0; h < H; h++) {
    const Floats factor = _mm512_set1_ps(factors[h]);
    for (int c = 0; c < C; c++) {
      auto *to = reinterpret_cast<Pair *>(out + h * W + 32 * c);
      write_narrowed(to, 0, _mm512_mul_ps(_mm512_permutex2var_ps(low[h][c], front, high[h][c]), factor));
      write_narrowed(to, 16, _mm512_mul_ps(_mm512_permutex2var_ps(low[h][c], back, high[h][c]), factor));
    }
  }
}

// H query heads from the first on.
template <int W, int H> void attend_pairs(const DecodeTask<Bf16> &task, int64_t first, float *scratch) {
  const auto count = task.count, row = padded<float>(count);
  float *scores = scratch;
  Pair *weights = reinterpret_cast<Pair *>(scores + H * row);
  const Bf16 *query = task.q + first * W;
  // Two blocks ahead: this task's keys, then those that are read next.
  const auto ahead = [&](int64_t i) {
    return i + 2 * kKeys < row || task.next_k == nullptr ? task.k + (i + 2 * kKeys < row ? i + 2 * kKeys : i) * W
                                                         : task.next_k + (i + 2 * kKeys - row) * W;
  };
  int64_t j = 0;
  for (; j + kKeys <= count; j += kKeys) {
    scores_of_keys<W, H>(query, task.k + j * W, scores + j, row, ahead(j), task.v + j * W);
  }
  if (j < count) {
    Bf16 rest[kKeys * W];
    memcpy(rest, task.k + j * W, static_cast<size_t>((count - j) * W) * sizeof(Bf16));
    memset(rest + (count - j) * W, 0, static_cast<size_t>((j + kKeys - count) * W) * sizeof(Bf16));
    scores_of_keys<W, H>(query, rest, scores + j, row, ahead(j), task.v + j * W);
  }
  const Floats scale = _mm512_set1_ps(static_cast<float>(task.scale));
  float factors[H];
  for (int h = 0; h < H; h++) {
    float *score = scores + h * row;
    for (int64_t i = 0; i < row; i += kKeys) {
      write_numbers(score + i, _mm512_mul_ps(read_numbers(score + i), scale));
    }
    if (task.soft_cap != 0) {
      for (int64_t i = 0; i < count; i++) {
        score[i] = static_cast<float>(task.soft_cap * tanh(static_cast<double>(score[i]) / task.soft_cap));
      }
    }
    factors[h] = 1 / soften(score, count, weights + h * row / 2);
  }
  mix_values<W, H>(task.v, count, weights, row / 2, factors, task.out + first * W);
}

template <int W> void attend_pairs(const DecodeTask<Bf16> &task, float *scratch) {
  constexpr int kMost = W == 64 ? 4 : 2; // sums of values that fit the registers
  int64_t head = 0;
  for (; head + kMost <= task.heads; head += kMost) {
    attend_pairs<W, kMost>(task, head, scratch);
  }
  if (kMost == 4 && task.heads - head == 3) {
    return attend_pairs<W, 3>(task, head, scratch);
  }
  for (; head < task.heads; head++) {
    attend_pairs<W, 1>(task, head, scratch);
  }
}

void decode_attention(const DecodeTask<Bf16> &task, float *scratch) {
  switch (task.width) {
  case 64: return attend_pairs<64>(task, scratch);
  case 128: return attend_pairs<128>(task, scratch);
  default: return decode_attention_of<Bf16, float, 0>(task, scratch);
  }
}

} // namespace
} // namespace tspin

#endif
