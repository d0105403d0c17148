// Pairs of bfloat16 numbers, which AVX-512 BF16 multiplies and adds up.
#pragma once

#include "simd/vectors.h"

#if defined(__AVX512BF16__)

namespace tspin {
namespace {

// Two bfloat16 numbers that follow each other in the depth of a product, the former in the low half.
struct Pair {
  uint32_t bits;
};

inline __m512bh pairs_at(const Pair *p) { return reinterpret_cast<__m512bh>(read_units(&p->bits)); }

// One pair in all lanes.
inline __m512bh same_pairs(Pair pair) { return reinterpret_cast<__m512bh>(same_units(pair.bits)); }
inline __m512bh same_pairs(const Bf16 *p) { return reinterpret_cast<__m512bh>(same_units(unit_at(p))); }

// 16 float32 numbers as bfloat16 in the low halves of 16 units.
inline Units narrowed_units(Floats x) { return _mm512_cvtepu16_epi32(narrowed(x)); }

// The low halves of two vectors, as pairs.
inline Units paired(Units low, Units high) { return _mm512_or_si512(low, _mm512_slli_epi32(high, 16)); }

// 16 float32 numbers as bfloat16, into a row of such from a column on.
inline void write_narrowed(Pair *row, int64_t column, Floats x) {
  write_numbers(reinterpret_cast<Bf16 *>(row + column / 2), x);
}

} // namespace
} // namespace tspin

#endif
