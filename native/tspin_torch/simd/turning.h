// Rows that become columns, in registers.
#pragma once

#include "simd/vectors.h"

namespace tspin {
namespace {

// As many vectors as each has lanes: rows become columns, in registers. As often as there are bits in the number of
// lanes, vectors of the first half interleave with those of the second.
template <typename A, typename V> inline void transpose_square(V *tile) {
  constexpr int L = static_cast<int>(kLanes<A>);
  typename Vector<A>::mask low, high;
  for (int i = 0; i < L; i++) {
    low[i] = i / 2 + (i % 2) * L;
    high[i] = low[i] + L / 2;
  }
  V next[L];
#pragma GCC unroll 4
  for (int bit = 1; bit < L; bit *= 2) {
#pragma GCC unroll 8
    for (int n = 0; n < L / 2; n++) {
      next[2 * n] = __builtin_shuffle(tile[n], tile[n + L / 2], low);
      next[2 * n + 1] = __builtin_shuffle(tile[n], tile[n + L / 2], high);
    }
#pragma GCC unroll 16
    for (int n = 0; n < L; n++) {
      tile[n] = next[n];
    }
  }
}

#if defined(__AVX512F__)

// Rows of `from` [16, 16] as columns of `to`; rows are `stride` units apart, of which only some may be there, and only
// some of the units of each. `ahead` begins 16 rows that are read later.
inline void turn(const uint32_t *from, int64_t stride, int64_t rows, int64_t units, Units *to, const uint32_t *ahead) {
  const __mmask16 mask = units >= kUnits ? 0xffffu : static_cast<__mmask16>((1u << units) - 1);
  __m512i r[16], t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) {
    r[i] = i < rows ? _mm512_maskz_loadu_epi32(mask, from + i * stride) : _mm512_setzero_si512();
    _mm_prefetch(reinterpret_cast<const char *>(ahead + i * stride),
                 _MM_HINT_T1); // sixteen streams are more than the hardware follows
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    const __m512i even0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88),
                  even1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd),
                  odd1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    to[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
    to[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
    to[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
    to[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
  }
}

#elif defined(__AVX2__)

// Rows of `from` [8, 8] as columns of `to`; rows are `stride` units apart, of which only some may be there, and only
// some of the units of each. `ahead` begins 8 rows that are read later.
inline void turn(const uint32_t *from, int64_t stride, int64_t rows, int64_t units, Units *to, const uint32_t *ahead) {
  const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(units < kUnits ? units : kUnits)),
                                          _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  __m256i r[8], t[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    r[i] = i < rows ? _mm256_maskload_epi32(reinterpret_cast<const int *>(from + i * stride), mask)
                    : _mm256_setzero_si256();
    _mm_prefetch(reinterpret_cast<const char *>(ahead + i * stride), _MM_HINT_T1);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    to[j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x20);
    to[4 + j] = _mm256_permute2x128_si256(r[j], r[4 + j], 0x31);
  }
}

#endif

} // namespace
} // namespace tspin
