// The vocabulary of vectors.h for AVX-512, with masks, which only it has.
#pragma once

#include "simd/vectors.h"

namespace tspin {
namespace {

using Floats = __m512;
using Units = __m512i;

inline Floats zeros() { return _mm512_setzero_ps(); }
inline Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats multiply_add(Floats a, Floats b, Floats sum) { return _mm512_fmadd_ps(a, b, sum); }
inline Floats floats(Units x) { return _mm512_castsi512_ps(x); }

inline Units read_units(const uint32_t *p) { return _mm512_loadu_si512(p); }
inline void write_units(uint32_t *p, Units x) { _mm512_storeu_si512(p, x); }
inline Units same_units(uint32_t unit) { return _mm512_set1_epi32(static_cast<int>(unit)); }

// The numbers in the low and the high halves of units of bfloat16, widened.
inline Floats low_halves(Units x) { return floats(_mm512_slli_epi32(x, 16)); }
inline Floats high_halves(Units x) { return floats(_mm512_and_si512(x, same_units(0xffff0000u))); }

inline Floats widened(__m256i narrow) { return low_halves(_mm512_cvtepu16_epi32(narrow)); }

// As store() rounds; a NaN may keep its sign and digits.
inline __m256i narrowed(Floats x) {
#if defined(__AVX512BF16__)
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x));
#else
  const Units bits = _mm512_castps_si512(x);
  const Units odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const Units nearest = _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(nearest, nan, _mm512_set1_epi32(0x7fc0)));
#endif
}

inline Floats read_numbers(const float *p) { return _mm512_loadu_ps(p); }
inline Floats read_numbers(const Bf16 *p) { return widened(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))); }
inline void write_numbers(float *p, Floats x) { _mm512_storeu_ps(p, x); }
inline void write_numbers(Bf16 *p, Floats x) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), narrowed(x)); }

// What writing and reading leaves of numbers.
inline Floats as_stored(const float *, Floats x) { return x; }
inline Floats as_stored(const Bf16 *, Floats x) { return widened(narrowed(x)); }

// The first lanes of a vector, as many of them as there are.
inline __mmask16 mask_of(int64_t lanes) {
  return lanes >= kUnits ? 0xffffu : lanes > 0 ? static_cast<__mmask16>((1u << lanes) - 1) : 0;
}

} // namespace
} // namespace tspin
