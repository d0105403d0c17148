// RMSNorm, forward and backward.
#pragma once

#include "kernels/kernels.h"
#include "simd/numbers.h"

namespace tspin {
namespace {

template <typename S, typename A = typename Wide<S>::type>
void rms_norm(const S *x, const S *w, int64_t rows, int64_t width, double epsilon, bool plus_one, S *y, A *rstd) {
  for (int64_t row = 0; row < rows; row++, x += width, y += width) {
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < width; i++) {
      const A value = load(x + i);
      sum += value * value;
    }
    const A r = A(1) / A(sqrt(static_cast<double>(sum / A(width)) + epsilon));
    rstd[row] = r;
    if (plus_one) {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) {
        store(y + i, load(x + i) * r * (A(1) + load(w + i)));
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) {
        store(y + i, rounded(y, load(x + i) * r) * load(w + i));
      }
    }
  }
}

template <typename S, typename A = typename Wide<S>::type> void rms_norm_grad(const NormGradTask<S> &t) {
  const S *grad_y = t.grad_y, *x = t.x, *const w = t.w;
  S *grad_x = t.grad_x;
  A *const grad_w = t.grad_w;
  const int64_t width = t.width;
  const A one = t.plus_one ? 1 : 0;
  for (int64_t row = 0; row < t.rows; row++, x += width, grad_y += width, grad_x += width) {
    const A r = t.rstd[row];
    A along = 0; // sum of g * normal
#pragma omp simd reduction(+ : along)
    for (int64_t i = 0; i < width; i++) {
      const A dy = load(grad_y + i), normal = load(x + i) * r;
      along += dy * (one + load(w + i)) * normal;
      grad_w[i] += dy * normal;
    }
    along /= A(width);
#pragma omp simd
    for (int64_t i = 0; i < width; i++) {
      store(grad_x + i, r * (load(grad_y + i) * (one + load(w + i)) - load(x + i) * r * along));
    }
  }
}

} // namespace
} // namespace tspin
