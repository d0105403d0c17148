// SwiGLU, 16 numbers at a time with AVX-512: compilers turn loops over exponentials into vectors too, but divide where
// a reciprocal and a step of Newton's do, and round to bfloat16 in eight instructions where there is one. Part of
// kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "generation.h"

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

inline Floats read_numbers(const float *p) { return _mm512_loadu_ps(p); }
inline void write_numbers(float *p, Floats x) { _mm512_storeu_ps(p, x); }
inline Floats as_stored(const float *, Floats x) { return x; }

inline Floats from_bf16(__m256i narrow) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(narrow), 16));
}
inline __m256i to_bf16(Floats x) {
#if defined(__AVX512BF16__)
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x));
#else
  const __m512i bits = _mm512_castps_si512(x),
                odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i nearest =
      _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  return _mm512_cvtepi32_epi16(
      _mm512_mask_mov_epi32(nearest, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fc0)));
#endif
}
inline Floats read_numbers(const Bf16 *p) {
  return from_bf16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
}
inline void write_numbers(Bf16 *p, Floats x) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), to_bf16(x)); }
inline Floats as_stored(const Bf16 *, Floats x) { return from_bf16(to_bf16(x)); }

// As sigmoid(float), whose polynomial this is.
inline Floats sigmoid_of(Floats x) {
  const auto constant = [](float c) { return _mm512_set1_ps(c); };
  const Floats bounded = _mm512_max_ps(
      constant(-88.0f), _mm512_min_ps(constant(88.0f), _mm512_sub_ps(zeros(), x))); // in this order NaN stays NaN
  const Floats n = _mm512_roundscale_ps(_mm512_mul_ps(bounded, constant(1.44269504f)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const Floats r = multiply_add(n, constant(2.12194440e-4f), multiply_add(n, constant(-0.693359375f), bounded));
  Floats p = multiply_add(constant(1.9875691500e-4f), r, constant(1.3981999507e-3f));
  p = multiply_add(p, r, constant(8.3334519073e-3f));
  p = multiply_add(p, r, constant(4.1665795894e-2f));
  p = multiply_add(p, r, constant(1.6666665459e-1f));
  p = multiply_add(p, r, constant(5.0000001201e-1f));
  p = add(multiply_add(_mm512_mul_ps(p, r), r, r), constant(1.0f));
  const Floats below = add(constant(1.0f), _mm512_scalef_ps(p, n)), rough = _mm512_rcp14_ps(below);
  return _mm512_mul_ps(rough, _mm512_fnmadd_ps(below, rough, constant(2.0f)));
}

template <typename S> void swiglu(const S *gate, const S *up, int64_t n, S *out) {
  int64_t i = 0;
  for (; i + kUnits <= n; i += kUnits) {
    const Floats g = read_numbers(gate + i);
    write_numbers(out + i, _mm512_mul_ps(as_stored(out, _mm512_mul_ps(g, sigmoid_of(g))), read_numbers(up + i)));
  }
  swiglu_plain(gate + i, up + i, n - i, out + i);
}

template <typename S>
void swiglu_grad(const S *grad_out, const S *gate, const S *up, int64_t n, S *grad_gate, S *grad_up) {
  int64_t i = 0;
  for (; i + kUnits <= n; i += kUnits) {
    const Floats d = read_numbers(grad_out + i), g = read_numbers(gate + i), s = sigmoid_of(g),
                 one = _mm512_set1_ps(1.0f);
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
