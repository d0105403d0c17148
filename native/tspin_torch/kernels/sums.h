// Sums of squares, of rows and of two rows.
#pragma once

#include "kernels/kernels.h"
#include "simd/numbers.h"

namespace tspin {
namespace {

// Sums of 4096 squares in A, their sums in double: a flat float32 sum over a large matrix is a percent off.
template <typename S, typename A = typename Wide<S>::type> double sum_of_squares(const S *x, int64_t n) {
  double total = 0;
  for (int64_t start = 0; start < n; start += 4096) {
    const int64_t end = start + 4096 < n ? start + 4096 : n;
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
      const A value = load(x + i);
      sum += value * value;
    }
    total += static_cast<double>(sum);
  }
  return total;
}

template <typename S, typename A = typename Wide<S>::type>
void sum_rows(const S *x, const int64_t *rows, int64_t count, int64_t width, S *out) {
  constexpr int64_t kPart = 64;
  A sums[kPart];
  for (int64_t first = 0; first < width; first += kPart) {
    const auto n = width - first < kPart ? width - first : kPart;
    for (int64_t i = 0; i < n; i++) {
      sums[i] = load(out + first + i);
    }
    for (int64_t r = 0; r < count; r++) {
      const S *row = x + rows[r] * width + first;
#pragma omp simd
      for (int64_t i = 0; i < n; i++) {
        sums[i] += load(row + i);
      }
    }
    for (int64_t i = 0; i < n; i++) {
      store(out + first + i, sums[i]);
    }
  }
}

// x = x + factor * y, rounded as two operations are.
template <typename S, typename A = typename Wide<S>::type> void add_scaled(S *x, const S *y, int64_t n, A factor) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const A term = factor == A(1) ? load(y + i) : rounded(y, load(y + i) * factor);
    store(x + i, load(x + i) + term);
  }
}

} // namespace
} // namespace tspin
