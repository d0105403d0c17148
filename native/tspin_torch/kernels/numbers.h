// Loading, storing and rounding numbers, exponentials.
// Part of kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "kernels.h"

#include <math.h>
#include <string.h>

namespace tspin {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

inline float load(const float *p) { return *p; }
inline double load(const double *p) { return *p; }
inline float load(const Bf16 *p) {
  const uint32_t bits = static_cast<uint32_t>(p->bits) << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void store(float *p, float value) { *p = value; }
inline void store(double *p, double value) { *p = value; }
inline void store(Bf16 *p, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16; // to nearest, ties to even
  p->bits = (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0 : static_cast<uint16_t>(rounded);
}

// What storing and loading leaves of a number.
inline float rounded(const float *, float value) { return value; }
inline double rounded(const double *, double value) { return value; }
inline float rounded(const Bf16 *, float value) {
  Bf16 narrow;
  store(&narrow, value);
  return load(&narrow);
}

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

} // namespace
} // namespace tspin
