// The vocabulary of vectors.h for AVX2 and, in the compiler's own notation, for any processor.
#pragma once

#include "simd/vectors.h"

namespace tspin {
namespace {

#if defined(__AVX2__)
using Floats = __m256;
using Units = __m256i;

inline Floats zeros() { return _mm256_setzero_ps(); }
inline Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm256_fmadd_ps(a, b, sum); }
inline Floats floats(Units x) { return _mm256_castsi256_ps(x); }

inline Units read_units(const uint32_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
inline void write_units(uint32_t *p, Units x) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), x); }
inline Units same_units(uint32_t unit) { return _mm256_set1_epi32(static_cast<int>(unit)); }

// The numbers in the low and the high halves of units of bfloat16, widened.
inline Floats low_halves(Units x) { return floats(_mm256_slli_epi32(x, 16)); }
inline Floats high_halves(Units x) { return floats(_mm256_and_si256(x, same_units(0xffff0000u))); }
#else
typedef float Floats __attribute__((vector_size(kVectorBytes)));

inline Floats zeros() { return Floats{}; }
#endif

typedef uint16_t Halves __attribute__((vector_size(kVectorBytes / 2), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));

inline Floats read_numbers(const float *p) { return *reinterpret_cast<const Vector<float>::type *>(p); }
inline Floats read_numbers(const Bf16 *p) {
  return reinterpret_cast<Floats>(__builtin_convertvector(*reinterpret_cast<const Halves *>(p), Words) << 16);
}
inline void write_numbers(float *p, Floats x) { *reinterpret_cast<Vector<float>::type *>(p) = x; }
// As store() rounds.
inline void write_numbers(Bf16 *p, Floats x) {
  const auto bits = reinterpret_cast<Words>(x);
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words kept = (bits & 0x7fffffffu) > 0x7f800000u ? Words{} + 0x7fc0u : rounded;
  *reinterpret_cast<Halves *>(p) = __builtin_convertvector(kept, Halves);
}

} // namespace
} // namespace tspin
