// AVX-512 on processors that lack it, for the tests of its kernels: the intrinsics by SIMDe (libsimde-dev), and here
// those that version 0.7.4 lacks. scripts/avx512-check.sh includes it in front of all else.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx2.h>
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

#include <cmath>
#include <math.h>
#include <string.h>

#define __AVX512F__ 1
#define __AVX512BW__ 1
#define __AVX512DQ__ 1
#define __AVX512VL__ 1
#if defined(TS_EMULATE_AVX512BF16)
#define __AVX512BF16__ 1
#endif

namespace emulated_avx512 {

template <typename To, typename From> To bits_of(const From &from) {
  static_assert(sizeof(To) == sizeof(From), "of one size");
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}
template <typename T, typename V> struct Lanes {
  T lane[sizeof(V) / sizeof(T)];
  Lanes() : lane{} {}
  explicit Lanes(const V &vector) { memcpy(lane, &vector, sizeof(lane)); }
  static constexpr int count = sizeof(V) / sizeof(T);
  V vector() const { return bits_of<V>(lane); }
};

// Masked reads and writes touch nothing where the mask is 0.
template <typename T, typename V, typename M> V read(M mask, const void *from) {
  Lanes<T, V> v;
  for (int i = 0; i < v.count; i++) {
    if (mask >> i & 1) {
      memcpy(v.lane + i, static_cast<const T *>(from) + i, sizeof(T));
    }
  }
  return v.vector();
}
template <typename T, typename V, typename M> void write(void *to, M mask, V vector) {
  const Lanes<T, V> v(vector);
  for (int i = 0; i < v.count; i++) {
    if (mask >> i & 1) {
      memcpy(static_cast<T *>(to) + i, v.lane + i, sizeof(T));
    }
  }
}

inline __m512i widened(__m256i x) {
  const Lanes<uint16_t, __m256i> from(x);
  Lanes<uint32_t, __m512i> to;
  for (int i = 0; i < to.count; i++) {
    to.lane[i] = from.lane[i];
  }
  return to.vector();
}
inline __m256i cut(__m512i x) {
  const Lanes<uint32_t, __m512i> from(x);
  Lanes<uint16_t, __m256i> to;
  for (int i = 0; i < to.count; i++) {
    to.lane[i] = static_cast<uint16_t>(from.lane[i]);
  }
  return to.vector();
}

// In the order of GCC's: halves, quarters, pairs.
template <typename Op> float reduced(__m512 x, Op op) {
  Lanes<float, __m512> v(x);
  for (int n = 8; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      v.lane[i] = op(v.lane[i], v.lane[i + n]);
    }
  }
  return v.lane[0];
}

inline __m512 reciprocals(__m512 x) {
  Lanes<float, __m512> v(x);
  for (auto &lane : v.lane) {
    // As rough as the instruction: 14 bits.
    const auto bits = bits_of<uint32_t>(1 / lane);
    lane = bits_of<float>(std::isfinite(1 / lane) ? (bits & 0xfffffc00u) : bits);
  }
  return v.vector();
}
inline uint32_t equal_halves(__m512i a, __m512i b) {
  const Lanes<uint16_t, __m512i> x(a), y(b);
  uint32_t mask = 0;
  for (int i = 0; i < x.count; i++) {
    mask |= static_cast<uint32_t>(x.lane[i] == y.lane[i]) << i;
  }
  return mask;
}

// To nearest, ties to even; denormal numbers count as 0, as they do for the instructions.
inline uint16_t bfloat16_of(float x) {
  auto bits = bits_of<uint32_t>(x);
  if ((bits & 0x7f800000u) == 0) {
    bits &= 0x80000000u;
  }
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return static_cast<uint16_t>(bits >> 16 | 0x40u);
  }
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

template <typename V> V bfloat16s_of(__m512 x) {
  const Lanes<float, __m512> from(x);
  uint16_t to[16];
  for (int i = 0; i < 16; i++) {
    to[i] = bfloat16_of(from.lane[i]);
  }
  return bits_of<V>(to);
}
template <typename V> V bfloat16s_of(__m512 high, __m512 low) {
  const Lanes<float, __m512> above(high), below(low);
  uint16_t to[32];
  for (int i = 0; i < 16; i++) {
    to[i] = bfloat16_of(below.lane[i]);
    to[16 + i] = bfloat16_of(above.lane[i]);
  }
  return bits_of<V>(to);
}

} // namespace emulated_avx512

#undef _mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_ps(mask, from) (emulated_avx512::read<float, __m512>(mask, from))
#undef _mm512_maskz_loadu_epi32
#define _mm512_maskz_loadu_epi32(mask, from) (emulated_avx512::read<uint32_t, __m512i>(mask, from))
#undef _mm256_maskz_loadu_epi16
#define _mm256_maskz_loadu_epi16(mask, from) (emulated_avx512::read<uint16_t, __m256i>(mask, from))
#undef _mm512_mask_storeu_ps
#define _mm512_mask_storeu_ps(to, mask, x) (emulated_avx512::write<float, __m512>(to, mask, x))
#undef _mm512_mask_storeu_epi32
#define _mm512_mask_storeu_epi32(to, mask, x) (emulated_avx512::write<uint32_t, __m512i>(to, mask, x))
#undef _mm512_mask_storeu_epi16
#define _mm512_mask_storeu_epi16(to, mask, x) (emulated_avx512::write<uint16_t, __m512i>(to, mask, x))
#undef _mm512_cvtepu16_epi32
#define _mm512_cvtepu16_epi32(x) (emulated_avx512::widened(x))
#undef _mm512_cvtepi32_epi16
#define _mm512_cvtepi32_epi16(x) (emulated_avx512::cut(x))
#undef _mm512_reduce_max_ps
#define _mm512_reduce_max_ps(x) (emulated_avx512::reduced(x, [](float a, float b) { return a > b ? a : b; }))
#undef _mm512_reduce_add_ps
#define _mm512_reduce_add_ps(x) (emulated_avx512::reduced(x, [](float a, float b) { return a + b; }))
#undef _mm512_rcp14_ps
#define _mm512_rcp14_ps(x) (emulated_avx512::reciprocals(x))
#undef _mm512_cmpeq_epi16_mask
#define _mm512_cmpeq_epi16_mask(a, b) (emulated_avx512::equal_halves(a, b))
#undef _mm512_cvtneps_pbh
#define _mm512_cvtneps_pbh(x) (emulated_avx512::bfloat16s_of<__m256bh>(x))
#undef _mm512_cvtne2ps_pbh
#define _mm512_cvtne2ps_pbh(high, low) (emulated_avx512::bfloat16s_of<__m512bh>(high, low))
