// SwiGLU, 16 numbers at a time with AVX-512: compilers turn loops over exponentials into vectors too, but divide where
// a reciprocal and a step of Newton's do, and round to bfloat16 in eight instructions where there is one.
#pragma once

#include "simd/exponential.h"

namespace tspin {
namespace {

template <typename S, typename A = typename Wide<S>::type>
void swiglu_plain(const S *gate, const S *up, int64_t n, S *out) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const A g = load(gate + i);
    store(out + i, rounded(out, g * sigmoid(g)) * load(up + i));
  }
}

// From number `first` on.
template <typename S, typename A = typename Wide<S>::type>
void swiglu_grad_plain(const GatedGradTask<S> &t, int64_t first = 0) {
  const S *const grad_out = t.grad_out, *const gate = t.gate, *const up = t.up;
  S *const grad_gate = t.grad_gate, *const grad_up = t.grad_up;
#pragma omp simd
  for (int64_t i = first; i < t.n; i++) {
    const A d = load(grad_out + i), g = load(gate + i), u = load(up + i);
    const A s = sigmoid(g);
    store(grad_gate + i, d * u * s * (A(1) + g * (A(1) - s)));
    store(grad_up + i, d * g * s);
  }
}

#if defined(__AVX512F__)

template <typename S> void swiglu(const S *gate, const S *up, int64_t n, S *out) {
  int64_t i = 0;
  for (; i + kUnits <= n; i += kUnits) {
    const Floats g = read_numbers(gate + i);
    write_numbers(out + i, _mm512_mul_ps(as_stored(out, _mm512_mul_ps(g, sigmoid(g))), read_numbers(up + i)));
  }
  swiglu_plain(gate + i, up + i, n - i, out + i);
}

template <typename S> void swiglu_grad(const GatedGradTask<S> &t) {
  int64_t i = 0;
  for (; i + kUnits <= t.n; i += kUnits) {
    const Floats d = read_numbers(t.grad_out + i), g = read_numbers(t.gate + i), s = sigmoid(g),
                 one = _mm512_set1_ps(1.0f);
    const Floats ds = _mm512_mul_ps(d, s), slope = multiply_add(g, _mm512_sub_ps(one, s), one);
    write_numbers(t.grad_gate + i, _mm512_mul_ps(_mm512_mul_ps(ds, slope), read_numbers(t.up + i)));
    write_numbers(t.grad_up + i, _mm512_mul_ps(ds, g));
  }
  swiglu_grad_plain(t, i);
}

template <> void swiglu<double>(const double *gate, const double *up, int64_t n, double *out) {
  swiglu_plain(gate, up, n, out);
}
template <> void swiglu_grad<double>(const GatedGradTask<double> &t) { swiglu_grad_plain(t); }

#else

template <typename S> void swiglu(const S *gate, const S *up, int64_t n, S *out) { swiglu_plain(gate, up, n, out); }
template <typename S> void swiglu_grad(const GatedGradTask<S> &t) { swiglu_grad_plain(t); }

#endif

} // namespace
} // namespace tspin
