// Loading, storing and rounding numbers one by one; compilers make vectors of these in loops.
#pragma once

#include "simd/element_types.h"

#include <math.h>
#include <string.h>

namespace tspin {
namespace {

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

// a * b + sum, rounded once where an instruction does that. Said, because what a compiler joins by itself may differ
// between the vectors of a loop and its last numbers.
inline float multiply_add(float a, float b, float sum) {
#if defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, sum);
#else
  return a * b + sum;
#endif
}

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

} // namespace
} // namespace tspin
