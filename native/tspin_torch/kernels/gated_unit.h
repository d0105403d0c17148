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

template <typename S, typename A = typename Wide<S>::type>
void swiglu_grad_plain(const S *grad_out, const S *gate, const S *up, int64_t n, S *grad_gate, S *grad_up) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
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

template <typename S>
void swiglu_grad(const S *grad_out, const S *gate, const S *up, int64_t n, S *grad_gate, S *grad_up) {
  int64_t i = 0;
  for (; i + kUnits <= n; i += kUnits) {
    const Floats d = read_numbers(grad_out + i), g = read_numbers(gate + i), s = sigmoid(g), one = _mm512_set1_ps(1.0f);
    const Floats ds = _mm512_mul_ps(d, s), slope = multiply_add(g, _mm512_sub_ps(one, s), one);
    write_numbers(grad_gate + i, _mm512_mul_ps(_mm512_mul_ps(ds, slope), read_numbers(up + i)));
    write_numbers(grad_up + i, _mm512_mul_ps(ds, g));
  }
  swiglu_grad_plain(grad_out + i, gate + i, up + i, n - i, grad_gate + i, grad_up + i);
}

template <> void swiglu<double>(const double *gate, const double *up, int64_t n, double *out) {
  swiglu_plain(gate, up, n, out);
}
template <>
void swiglu_grad<double>(const double *grad_out, const double *gate, const double *up, int64_t n, double *grad_gate,
                         double *grad_up) {
  swiglu_grad_plain(grad_out, gate, up, n, grad_gate, grad_up);
}

#else

template <typename S> void swiglu(const S *gate, const S *up, int64_t n, S *out) { swiglu_plain(gate, up, n, out); }
template <typename S>
void swiglu_grad(const S *grad_out, const S *gate, const S *up, int64_t n, S *grad_gate, S *grad_up) {
  swiglu_grad_plain(grad_out, gate, up, n, grad_gate, grad_up);
}

#endif

} // namespace
} // namespace tspin
