// The log-probability head over a chunk of the vocabulary, forward and backward.
#pragma once

#include "kernels/kernels.h"
#include "simd/exponential.h"

namespace tspin {
namespace {

// Columns after which a sum is added to those before: over a whole vocabulary float32 would lose digits.
constexpr int64_t kSumStretch = 4096;

template <typename S, typename A = typename Wide<S>::type>
void log_sum_exp(const S *logits, int64_t rows, int64_t columns, A *maximum, A *sum) {
  for (int64_t row = 0; row < rows; row++, logits += columns) {
    A largest = maximum[row];
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < columns; i++) {
      const A value = load(logits + i);
      largest = value > largest ? value : largest;
    }
    A total = 0;
    for (int64_t from = 0; from < columns; from += kSumStretch) {
      const int64_t end = from + kSumStretch < columns ? from + kSumStretch : columns;
      A part = 0;
#pragma omp simd reduction(+ : part)
      for (int64_t i = from; i < end; i++) {
        part += exponential(A(load(logits + i)) - largest);
      }
      total += part;
    }
    sum[row] = sum[row] * exponential(maximum[row] - largest) + total;
    maximum[row] = largest;
  }
}

template <typename S, typename A = typename Wide<S>::type>
void log_prob_grad(S *logits, int64_t rows, int64_t columns, const A *lse, const A *g, const int64_t *targets,
                   int64_t first) {
  for (int64_t row = 0; row < rows; row++, logits += columns) {
    const A shift = lse[row], factor = -g[row];
    const int64_t target = targets[row] - first;
    const bool inside = target >= 0 && target < columns;
    const A at_target = inside ? factor * (exponential(A(load(logits + target)) - shift) - A(1)) : A(0);
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) {
      store(logits + i, factor * exponential(A(load(logits + i)) - shift));
    }
    if (inside) {
      store(logits + target, at_target);
    }
  }
}

} // namespace
} // namespace tspin
