// Attention of one new token in float32: as many keys at a time as a vector has lanes, turned in registers, so that no
// sum crosses lanes.
#pragma once

#include "kernels/decode.h"
#include "simd/factors.h"
#include "simd/turning.h"

namespace tspin {
namespace {

#if defined(__AVX2__)

template <> int64_t decode_scratch(const DecodeTask<float> &task) {
  const auto generic = task.heads * (task.count + 2 * task.width) + task.width;
  const auto ours = task.heads * padded<float>(task.count);
  return generic > ours ? generic : ours;
}

// scores[h][0..kUnits) = q[h] . key, of some keys of which `count` are there. Asks for the memory of as many later
// keys, and of these keys' values.
template <int W, int H>
inline void scores_of_keys(const float *query, const float *keys, int64_t count, float *scores, int64_t row,
                           const float *ahead, const float *values) {
  Floats sums[H];
#pragma GCC unroll 4
  for (int h = 0; h < H; h++) {
    sums[h] = zeros();
  }
  for (int64_t d = 0; d < W; d += kUnits) {
    Units turned[kUnits];
    turn(units_at(keys + d), W, count, kUnits, turned, units_at(ahead + d));
#pragma GCC unroll 16
    for (int i = 0; i < kUnits; i++) {
      _mm_prefetch(reinterpret_cast<const char *>(values + i * W + d), _MM_HINT_T1);
    }
#pragma GCC unroll 16
    for (int p = 0; p < kUnits; p++) {
#pragma GCC unroll 4
      for (int h = 0; h < H; h++) {
        sums[h] = Factor<float>(unit_at(query + h * W + d + p)).times(turned[p], sums[h]);
      }
    }
  }
#pragma GCC unroll 4
  for (int h = 0; h < H; h++) {
    write_numbers(scores + h * row, sums[h]);
  }
}

// out[h] = the sum over keys of weight x value, times a factor; C vectors of a value at a time.
template <int W, int H>
inline void mix_values(const float *values, int64_t count, const float *weights, int64_t row, const float *factors,
                       float *out) {
  constexpr int C = 4;
  for (int64_t d = 0; d < W; d += C * kUnits) {
    Floats sums[H][C];
#pragma GCC unroll 4
    for (int h = 0; h < H; h++) {
#pragma GCC unroll 4
      for (int c = 0; c < C; c++) {
        sums[h][c] = zeros();
      }
    }
    for (int64_t j = 0; j < count; j++) {
#pragma GCC unroll 4
      for (int h = 0; h < H; h++) {
        const Factor<float> weight(unit_at(weights + h * row + j));
#pragma GCC unroll 4
        for (int c = 0; c < C; c++) {
          sums[h][c] = weight.times(read_units(units_at(values + j * W + d + c * kUnits)), sums[h][c]);
        }
      }
    }
#pragma GCC unroll 4
    for (int h = 0; h < H; h++) {
      const Factor<float> factor(unit_at(factors + h));
#pragma GCC unroll 4
      for (int c = 0; c < C; c++) {
        write_numbers(out + h * W + d + c * kUnits, multiply_add(sums[h][c], factor.value, zeros()));
      }
    }
  }
}

// H query heads from the first on.
template <int W, int H> void attend_floats(const DecodeTask<float> &task, int64_t first, float *scores) {
  const auto count = task.count, row = padded<float>(count);
  const float *query = task.q + first * W;
  // Two blocks ahead: this task's keys, then those that are read next.
  const auto ahead = [&](int64_t j) {
    const auto later = j + 2 * kUnits;
    return later < row ? task.k + later * W : task.next_k != nullptr ? task.next_k + (later - row) * W : task.k + j * W;
  };
  for (int64_t j = 0; j < count; j += kUnits) {
    scores_of_keys<W, H>(query, task.k + j * W, count - j, scores + j, row, ahead(j), task.v + j * W);
  }
  float factors[H];
  for (int h = 0; h < H; h++) {
    float *score = scores + h * row;
    float largest = -INFINITY, sum = 0;
    for (int64_t j = 0; j < count; j++) {
      score[j] *= static_cast<float>(task.scale);
    }
    if (task.soft_cap != 0) {
      for (int64_t j = 0; j < count; j++) {
        score[j] = static_cast<float>(task.soft_cap * tanh(static_cast<double>(score[j]) / task.soft_cap));
      }
    }
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < count; j++) {
      largest = score[j] > largest ? score[j] : largest;
    }
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++) {
      score[j] = exponential(score[j] - largest);
      sum += score[j];
    }
    factors[h] = 1 / sum;
  }
  mix_values<W, H>(task.v, count, scores, row, factors, task.out + first * W);
}

template <int W> void attend_floats(const DecodeTask<float> &task, float *scratch) {
  constexpr int kMost = kUnits == 16 ? 4 : 2; // heads whose sums fit the registers
  int64_t head = 0;
  for (; head + kMost <= task.heads; head += kMost) {
    attend_floats<W, kMost>(task, head, scratch);
  }
  if (kMost == 4 && task.heads - head == 3) {
    return attend_floats<W, 3>(task, head, scratch);
  }
  for (; head < task.heads; head++) {
    attend_floats<W, 1>(task, head, scratch);
  }
}

void decode_attention(const DecodeTask<float> &task, float *scratch) {
  switch (task.width) {
  case 64: return attend_floats<64>(task, scratch);
  case 128: return attend_floats<128>(task, scratch);
  default: return decode_attention_of<float, float, 0>(task, scratch);
  }
}

#endif

} // namespace
} // namespace tspin
