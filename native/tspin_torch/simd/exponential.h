// Exponentials and what is made of them.
#pragma once

#include "simd/vectors.h"

namespace tspin {
namespace {

inline double exponential(double x) { return exp(x); }

// Relative error below 2e-7; 0 below -87.3, where float32 ends. NaN stays NaN.
inline float exponential(float x) {
  const float bounded = x > 88.7f ? 88.7f : (x < -87.3f ? -87.3f : x);
  const float magic = 12582912.0f; // 1.5 x 2^23: adding it leaves the nearest whole number in the low bits
  const float shifted = bounded * 1.44269504f + magic;
  const float n = shifted - magic;
  const float r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t whole = static_cast<int32_t>(n);
  const uint32_t bits = static_cast<uint32_t>(whole + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof(power));
  return x < -87.3f ? 0.0f : p * power;
}

template <typename A> inline A sigmoid(A x) { return A(1) / (A(1) + exponential(-x)); }

// Relative error below 1e-15; for arguments of at most 0. 0 below -708, where float64 ends.
inline double exponential_of_negative(double x) {
  const double bounded = x < -708.0 ? -708.0 : x;
  const double magic = 6755399441055744.0; // 1.5 x 2^52
  const double shifted = bounded * 1.4426950408889634 + magic;
  const double n = shifted - magic;
  const double r = bounded - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10;
  double p = 1.6059043836821613e-10;
  p = p * r + 2.08767569878681e-9;
  p = p * r + 2.505210838544172e-8;
  p = p * r + 2.755731922398589e-7;
  p = p * r + 2.7557319223985893e-6;
  p = p * r + 2.48015873015873e-5;
  p = p * r + 1.984126984126984e-4;
  p = p * r + 1.388888888888889e-3;
  p = p * r + 8.333333333333333e-3;
  p = p * r + 4.1666666666666664e-2;
  p = p * r + 1.6666666666666666e-1;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  int64_t low;
  memcpy(&low, &shifted, sizeof(low));
  const int64_t bits = ((low + 1023) & 0x7ff) << 52; // the low bits of shifted hold n
  double power;
  memcpy(&power, &bits, sizeof(power));
  return x < -708.0 ? 0.0 : p * power;
}

#if defined(__AVX512F__)

// exp(x) of 16 numbers, to 2e-7 of itself; 0 where it ends.
inline Floats exponential(Floats x) {
  const Floats n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const Floats r =
      _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x));
  constexpr float kTerms[] = {1.9875691500e-4f,
                              1.3981999507e-3f,
                              8.3334519073e-3f,
                              4.1665795894e-2f,
                              1.6666665459e-1f,
                              5.0000001201e-1f,
                              1.0f,
                              1.0f};
  Floats p = _mm512_set1_ps(kTerms[0]);
#pragma GCC unroll 8
  for (int i = 1; i < 8; i++) {
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kTerms[i]));
  }
  return _mm512_scalef_ps(p, n);
}

// As sigmoid(float), whose polynomial this is. Compilers turn loops over that into vectors too, but divide where a
// reciprocal and a step of Newton's do.
inline Floats sigmoid(Floats x) {
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

#endif

} // namespace
} // namespace tspin
